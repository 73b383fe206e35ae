/**
 * Metres in storage coordinates: *straight*, distances of noding and areas mean the storage system, as on the server.
 *
 * @module storage_frame
 */

/** @import {Grid} from '../base.js' */
/** @import {StoragePair} from '../types.js' */

import { metresPerDegree } from './geodesy.js';

/**
 * @param {Grid} grid
 * @param {number} y
 * @returns {{x: number, y: number}} metres a storage unit, east and north
 */
export function metresPerUnit(grid, y) {
  if (!grid.isGeographic) return { x: grid.metresPerUnit, y: grid.metresPerUnit };
  const { lon, lat } = metresPerDegree(y);
  return { x: lon, y: lat };
}

/**
 * A local plane.
 * @param {Grid} grid
 * @param {StoragePair} origin
 * @param {number} [y] where its scale is taken
 * @returns {(pair: StoragePair) => [number, number]} metres east and north of the origin
 */
export function frameAt(grid, [x0, y0], y = y0) {
  const scale = metresPerUnit(grid, y);
  return ([px, py]) => [(px - x0) * scale.x, (py - y0) * scale.y];
}

/**
 * Twice the area to the left of a closed walk, relative to its first point so that no digits are lost.
 * @param {readonly StoragePair[]} ring not closed
 * @returns {number} in square units of the pairs; positive where it runs counterclockwise
 */
export function twiceTheArea(ring) {
  const [x0, y0] = ring[0] ?? [0, 0];
  let twice = 0;
  ring.forEach(([x, y], index) => {
    const [nx, ny] = ring[(index + 1) % ring.length] ?? [0, 0];
    twice += (x - x0) * (ny - y0) - (nx - x0) * (y - y0);
  });
  return twice;
}

/**
 * @param {readonly StoragePair[]} ring
 * @returns {boolean}
 */
export function isCounterclockwise(ring) {
  return twiceTheArea(ring) > 0;
}
