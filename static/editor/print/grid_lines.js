/**
 * Round coordinates of the storage system along the sides of a sheet. Pure.
 *
 * @module print/grid_lines
 */

/** @import {Area} from './paper.js' */

/** Apart by at least so much. */
const APART_MM = 45;

/** `at` in millimetres along the side. @typedef {{at: number, text: string}} GridLine */

/**
 * @param {number} middle coordinate in the middle of the side
 * @param {number} mmPerUnit
 * @param {number} sizeMm of the side
 * @returns {{value: number, at: number, digits: number}[]} `at` from the middle; `digits` that the coordinate needs
 */
export function roundCoordinates(middle, mmPerUnit, sizeMm) {
  const least = APART_MM / mmPerUnit;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = /** @type {number} */ ([1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9))) * power;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const half = sizeMm / 2 / mmPerUnit;
  const lines = [];
  for (let n = Math.ceil((middle - half) / step); n * step <= middle + half; n += 1) lines.push({ value: n * step, at: (n * step - middle) * mmPerUnit, digits });
  return lines;
}

/**
 * @param {[number, number]} origin storage coordinates of the middle
 * @param {{x: number, y: number}} mmPerUnit
 * @param {Area} map
 * @param {boolean} isGeographic
 * @returns {{east: GridLine[], north: GridLine[]}} `east` lines run upwards and are placed along the lower side from the left; `north` lines run
 *   across and are placed along the left side from the top
 */
export function gridLines([x, y], mmPerUnit, map, isGeographic) {
  /** @param {number} value @param {number} digits @param {'EW' | 'NS'} letters */
  const degrees = (value, digits, letters) => `${Math.abs(value).toFixed(digits)}° ${letters.charAt(value < 0 ? 1 : 0)}`;
  /** @param {number} value @param {number} digits @param {string} letter */
  const metres = (value, digits, letter) => `${letter} ${value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f')}`;
  return {
    east: roundCoordinates(x, mmPerUnit.x, map.width).map(({ value, at, digits }) => ({ at: map.x + map.width / 2 + at, text: isGeographic ? degrees(value, digits, 'EW') : metres(value, digits, 'E') })),
    north: roundCoordinates(y, mmPerUnit.y, map.height).map(({ value, at, digits }) => ({ at: map.y + map.height / 2 - at, text: isGeographic ? degrees(value, digits, 'NS') : metres(value, digits, 'N') })),
  };
}

/**
 * @param {number} scale N
 * @returns {{metres: number, parts: number}} a round length of 2.4 to 6 cm on paper, and into how many parts it is divided
 */
export function scaleBar(scale) {
  const most = 0.06 * scale;
  const power = 10 ** Math.floor(Math.log10(most));
  const first = /** @type {number} */ ([5, 2, 1].find((one) => one * power <= most));
  return { metres: first * power, parts: first === 2 ? 4 : 5 };
}
