/**
 * Bearings and courses as people write them. Pure.
 *
 * @module bearing
 */

/** @import {Course} from './course.js' */

import { length } from '../format.js';

/** @typedef {'quadrant' | 'azimuth' | 'gon'} BearingNotation */

/** What each is called where it is chosen. @type {Readonly<Record<BearingNotation, string>>} */
export const NOTATIONS = Object.freeze({ quadrant: 'Quadrant, N 51°21′00″ E', azimuth: 'Azimuth, 51°21′00″', gon: 'Azimuth, 57.0556 gon' });
const GON_DIGITS = 4;
const FULL_SECONDS = 360 * 3600;

/**
 * @param {number} degrees from north, clockwise
 * @param {BearingNotation} notation
 * @returns {string} to a second of arc, or a ten-thousandth of a gon
 */
export function bearingText(degrees, notation) {
  if (notation === 'gon') return `${(Number(((degrees * 10) / 9).toFixed(GON_DIGITS)) % 400).toFixed(GON_DIGITS)} gon`;
  // Rounded before it is taken apart: 59.6 seconds are the next minute, and 359°59′59.6″ is north.
  const seconds = Math.round(degrees * 3600) % FULL_SECONDS;
  if (notation === 'azimuth') return angleText(seconds, 3);
  const half = FULL_SECONDS / 2;
  const isNorth = seconds <= half / 2 || seconds >= half * 1.5;
  const angle = isNorth ? Math.min(seconds, FULL_SECONDS - seconds) : Math.abs(half - seconds);
  return `${isNorth ? 'N' : 'S'} ${angleText(angle, 2)} ${seconds <= half ? 'E' : 'W'}`;
}

/**
 * @param {number} seconds of arc, whole
 * @param {number} digits of the degrees
 * @returns {string}
 */
function angleText(seconds, digits) {
  /** @param {number} value */
  const two = (value) => String(value).padStart(2, '0');
  return `${String(Math.floor(seconds / 3600)).padStart(digits, '0')}°${two(Math.floor(seconds / 60) % 60)}′${two(seconds % 60)}″`;
}

/**
 * @param {Course} course
 * @param {BearingNotation} notation
 * @returns {string} "28.69 m · S 51°21′00″ W"
 */
export function courseText({ metres, degrees }, notation) {
  return `${length(metres)} · ${bearingText(degrees, notation)}`;
}

/**
 * @param {string | null | undefined} text as remembered
 * @returns {BearingNotation}
 */
export function notationNamed(text) {
  return text === 'azimuth' || text === 'gon' ? text : 'quadrant';
}
