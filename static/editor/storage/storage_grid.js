/**
 * Storage coordinates under the pointer. The server transforms a small grid of places about the view; between them the
 * browser interpolates, by polynomials of the fourth degree in both directions. Over a view a projection is so smooth
 * that the error is far below a pixel, and no movement of the pointer asks the server. Pure.
 *
 * @module storage_grid
 */

/** @import {Box, LonLat, StoragePair} from '../types.js' */

/** Places on a side of the grid. */
export const SIDE = 5;

/** Row by row from the south-west. @typedef {{box: Box, pairs: StoragePair[]}} StorageGrid */

/**
 * @param {Box} box
 * @returns {LonLat[]} that the server is asked for, row by row from the south-west
 */
export function gridPlaces([west, south, east, north]) {
  const places = [];
  for (let row = 0; row < SIDE; row += 1) {
    for (let column = 0; column < SIDE; column += 1) {
      places.push({ lon: west + ((east - west) * column) / (SIDE - 1), lat: south + ((north - south) * row) / (SIDE - 1) });
    }
  }
  return places;
}

/**
 * @param {StorageGrid} grid
 * @param {LonLat} place within its box
 * @returns {StoragePair}
 */
export function storageAt({ box: [west, south, east, north], pairs }, { lon, lat }) {
  const across = weights(((lon - west) / (east - west)) * (SIDE - 1));
  const up = weights(((lat - south) / (north - south)) * (SIDE - 1));
  let [x, y] = [0, 0];
  pairs.forEach(([px, py], index) => {
    const weight = (across[index % SIDE] ?? 0) * (up[Math.floor(index / SIDE)] ?? 0);
    x += weight * px;
    y += weight * py;
  });
  return [x, y];
}

/**
 * Lagrange's polynomials on 0, 1, … SIDE - 1.
 * @param {number} t
 * @returns {number[]}
 */
function weights(t) {
  return Array.from({ length: SIDE }, (_, node) => {
    let weight = 1;
    for (let other = 0; other < SIDE; other += 1) if (other !== node) weight *= (t - other) / (node - other);
    return weight;
  });
}
