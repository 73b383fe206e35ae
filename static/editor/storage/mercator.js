/**
 * Spherical Mercator, as web maps draw it, for many places at once: no object is made but the answer.
 *
 * @module mercator
 */

/** @import {LonLat} from '../types.js' */

/**
 * @param {number} world width of the whole world in pixels
 * @param {number} originX pixel of the world that becomes 0
 * @param {number} originY
 * @returns {(place: LonLat) => [number, number]}
 */
export function mercator(world, originX, originY) {
  return ({ lon, lat }) => {
    const sine = Math.sin((lat * Math.PI) / 180);
    const y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
    return [((lon + 180) / 360) * world - originX, y * world - originY];
  };
}

/**
 * The projection that shows a box in the middle of a picture, as large as it fits.
 * @param {import('../types.js').Box} box
 * @param {number} width pixels
 * @param {number} height pixels
 * @returns {(place: LonLat) => [number, number]}
 */
export function mercatorFitting([west, south, east, north], width, height) {
  const unit = mercator(1, 0, 0);
  const [left, bottom] = unit({ lon: west, lat: south });
  const [right, top] = unit({ lon: east, lat: north });
  const world = Math.min(width / (right - left || 1e-12), height / (bottom - top || 1e-12));
  return mercator(world, ((left + right) / 2) * world - width / 2, ((top + bottom) / 2) * world - height / 2);
}
