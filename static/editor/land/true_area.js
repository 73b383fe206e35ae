/**
 * Areas by the coverage's one method: on the grid in a projected system, on the ellipsoid in degrees. As cadastre/area.py.
 *
 * @module land/true_area
 */

/** @import {Part} from '../types.js' */
/** @import {Work} from './work.js' */

import { ActionRefused } from '../actions/refused.js';
import { signedAreaM2 } from '../storage/ellipsoid.js';
import { twiceTheArea } from '../storage/storage_frame.js';
import { shapeAreaM2 } from './union.js';

/**
 * @param {import('../base.js').Grid} grid
 * @returns {boolean} whether areas are what the server measures
 */
export function isAreaKnown(grid) {
  return !grid.isGeographic || (grid.isLonLat && signedAreaM2([[0, 0], [1, 0], [0, 1]]) !== null);
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @returns {number} square metres
 * @throws {ActionRefused} where only the server knows
 */
export function trueAreaM2(work, shape) {
  if (!isAreaKnown(work.graph.base.grid)) throw new ActionRefused('invalid_operation', 'Only the server knows areas here.');
  const { isGeographic, metresPerUnit } = work.graph.base.grid;
  let total = 0;
  for (const part of shape) {
    part.forEach((ring, index) => {
      const places = ring.map(work.at);
      const area = Math.abs(isGeographic ? (signedAreaM2(places) ?? NaN) : (twiceTheArea(places) / 2) * metresPerUnit ** 2);
      total += index === 0 ? area : -area;
    });
  }
  return total;
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @returns {number} square metres; as near as can be told where only the server knows
 */
export function nearAreaM2(work, shape) {
  return isAreaKnown(work.graph.base.grid) ? trueAreaM2(work, shape) : shapeAreaM2(work, shape);
}
