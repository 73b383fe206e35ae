/**
 * Areas on the WGS 84 ellipsoid, by Karney's own library, as PROJ has it on the server. It is fetched only where storage is in
 * degrees.
 *
 * @module storage/ellipsoid
 */

/** @import {StoragePair} from '../types.js' */

/** The library names it by a global where it is no module of Node. @typedef {typeof import('geographiclib-geodesic')} Library */

/** @type {Library | null} */
let library = null;

/** @returns {Promise<void>} when areas can be told */
export async function loadEllipsoid() {
  const found = /** @type {{default?: Library}} */ (await import('geographiclib-geodesic'));
  library = found.default ?? /** @type {{geodesic?: Library}} */ (globalThis).geodesic ?? null;
}

/**
 * @param {readonly StoragePair[]} ring lon/lat in degrees, not closed
 * @returns {number | null} square metres, positive where it runs counterclockwise; null where the library is not there yet
 */
export function signedAreaM2(ring) {
  if (!library) return null;
  const polygon = library.Geodesic.WGS84.Polygon(false);
  for (const [lon, lat] of ring) polygon.AddPoint(lat, lon);
  return polygon.Compute(false, true).area ?? null;
}
