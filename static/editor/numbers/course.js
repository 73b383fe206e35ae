/**
 * Lengths and bearings between storage coordinates, and the place that a length and a bearing lead to. Where storage is
 * projected both are of its grid: grid north, grid length, as the rest of the engine means *straight*. Where degrees are
 * stored, the length is that of the ellipsoid and the bearing is from true north in the middle of the line, so that the way
 * back has exactly the opposite bearing; over a kilometre the length is right to a thousandth of a millimetre.
 *
 * @module course
 */

/** @import {Grid} from '../base.js' */
/** @import {StoragePair} from '../types.js' */

import { metresPerUnit } from '../storage/storage_frame.js';

/** `degrees` clockwise from north, 0 to below 360. @typedef {{metres: number, degrees: number}} Course */

const RADIANS = Math.PI / 180;
/** The middle of a line is found by its end, which it leads to: each round gains five digits or more. */
const ROUNDS = 6;

/**
 * @param {Grid} grid
 * @param {StoragePair} from
 * @param {StoragePair} to
 * @returns {Course}
 */
export function courseBetween(grid, from, to) {
  const scale = metresPerUnit(grid, (from[1] + to[1]) / 2);
  return courseOf((to[0] - from[0]) * scale.x, (to[1] - from[1]) * scale.y);
}

/**
 * @param {number} east metres
 * @param {number} north metres
 * @returns {Course}
 */
export function courseOf(east, north) {
  return { metres: Math.hypot(east, north), degrees: (Math.atan2(east, north) / RADIANS + 360) % 360 };
}

/**
 * @param {Course} course
 * @returns {[number, number]} metres east and north; a right angle gives exactly nothing the other way
 */
export function componentsOf({ metres, degrees }) {
  const quarter = degrees / 90;
  if (Number.isInteger(quarter)) {
    const [east = 0, north = 0] = [[0, 1], [1, 0], [0, -1], [-1, 0]][((quarter % 4) + 4) % 4] ?? [];
    return [east * metres, north * metres];
  }
  return [Math.sin(degrees * RADIANS) * metres, Math.cos(degrees * RADIANS) * metres];
}

/**
 * @param {Grid} grid
 * @param {StoragePair} from
 * @param {[number, number]} metres east and north
 * @returns {StoragePair} unrounded
 */
export function pairBeside(grid, from, [east, north]) {
  let y = from[1];
  for (let round = 0; round < (grid.isGeographic ? ROUNDS : 1); round += 1) y = from[1] + north / metresPerUnit(grid, (from[1] + y) / 2).y;
  return [from[0] + east / metresPerUnit(grid, (from[1] + y) / 2).x, y];
}

/**
 * Said once, beside the numbers.
 * @param {{isGeographic: boolean, srid?: number}} storage
 * @returns {string}
 */
export function meaningOf({ isGeographic, srid }) {
  return isGeographic
    ? 'Bearings from true north, in the middle of each side; lengths on the ellipsoid.'
    : `Bearings from grid north, lengths on the grid${srid ? ` of EPSG:${srid}` : ''}.`;
}
