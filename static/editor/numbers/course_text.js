/**
 * A distance, a bearing, both, or a place as people type them while they draw. Pure.
 *
 * @module course_text
 */

/** @import {Course} from './course.js' */
/** @import {LonLat, StoragePair} from '../types.js' */

import { parsePlace } from './place_text.js';

/**
 * What a text says. `offset`: metres east and north. `why`: what is wrong with it.
 * @typedef {{distance: number} | {bearing: number} | {course: Course} | {offset: [number, number]} | {lonlat: LonLat} | {stored: StoragePair} | {why: string}} Typed
 */

/** Metres in a unit; feet are international, ftUS those of the survey. @type {Readonly<Record<string, number>>} */
const UNITS = Object.freeze({ m: 1, km: 1000, ft: 0.3048, feet: 0.3048, ftus: 1200 / 3937, usft: 1200 / 3937 });
const NUMBER = String.raw`(?:\d+(?:\.\d+)?|\.\d+)`;
const DISTANCE = String.raw`(${NUMBER})\s*(m|km|ft|feet|ftus|usft)?`;
const SIGNED = String.raw`([+-]?${NUMBER})`;
const ANGLE = String.raw`[\d.][\d.\s°º'′’"″”:-]*`;
const BEARING = String.raw`([NS]\s*${ANGLE}(?:g|gon)?\s*[EW]|<\s*${ANGLE}(?:g|gon)?|[NESW])`;
const DISTANCE_ALONE = new RegExp(`^${DISTANCE}$`, 'i');
const BEARING_ALONE = new RegExp(`^${BEARING}$`, 'i');
const DISTANCE_FIRST = new RegExp(String.raw`^@?\s*${DISTANCE}[\s,;]*${BEARING}$`, 'i');
/** A quadrant ends with its letter; after an azimuth only a comma says where the distance begins. */
const BEARING_FIRST = new RegExp(String.raw`^(?:${BEARING}\s*[,;]|([NS]\s*${ANGLE}(?:g|gon)?\s*[EW]))\s*${DISTANCE}$`, 'i');
const OFFSET = new RegExp(String.raw`^@\s*${SIGNED}\s*[,;\s]\s*${SIGNED}$`);

export const UNDERSTOOD = 'Type a distance (0.5, 12 ft), a distance and a bearing (28.69 S 51 21 00 W, 28.69 < 231.35, 28.69 < 257.06g), an offset east and north (@3.2, -1) or a coordinate.';

/**
 * @param {string} text
 * @param {boolean} isGeographic whether degrees are stored
 * @returns {Typed}
 */
export function parseTyped(text, isGeographic) {
  const plain = text.trim().replaceAll('−', '-').replace(/\s+/g, ' ');
  const offset = OFFSET.exec(plain);
  if (offset) return { offset: [Number(offset[1]), Number(offset[2])] };
  const alone = DISTANCE_ALONE.exec(plain);
  if (alone) return told(metresOf(alone[1], alone[2]), null);
  const bearing = BEARING_ALONE.exec(plain);
  if (bearing) return told(null, bearingOf(bearing[1] ?? ''));
  const course = DISTANCE_FIRST.exec(plain);
  if (course) return told(metresOf(course[1], course[2]), bearingOf(course[3] ?? ''));
  const turned = BEARING_FIRST.exec(plain);
  if (turned) return told(metresOf(turned[3], turned[4]), bearingOf(turned[1] ?? turned[2] ?? ''));
  return parsePlace(plain, isGeographic) ?? { why: UNDERSTOOD };
}

/**
 * @param {number | null} metres
 * @param {number | string | null} bearing degrees, or what is wrong with it
 * @returns {Typed}
 */
function told(metres, bearing) {
  if (typeof bearing === 'string') return { why: bearing };
  if (metres !== null && !(metres > 0)) return { why: 'A distance is greater than zero.' };
  if (metres === null) return { bearing: bearing ?? NaN };
  return bearing === null ? { distance: metres } : { course: { metres, degrees: bearing } };
}

/**
 * @param {string} [number]
 * @param {string} [unit]
 * @returns {number}
 */
function metresOf(number = '', unit = 'm') {
  return Number(number) * (UNITS[unit.toLowerCase()] ?? NaN);
}

/**
 * @param {string} text "S 51 21 00 W", "< 231.35", "< 257.06g", "N"
 * @returns {number | string} degrees clockwise from north, or what is wrong
 */
export function bearingOf(text) {
  const letters = text.toUpperCase().replace(/GON|G/, '').match(/[NESW]/g) ?? [];
  const isGon = /g/i.test(text);
  const [first = '', last] = letters;
  if (!/\d/.test(text)) return { N: 0, E: 90, S: 180, W: 270 }[first] ?? UNDERSTOOD;
  const angle = angleOf(text.replace(/[^\d.\s°º'′’"″”:-]/g, ' '), isGon);
  if (typeof angle === 'string') return angle;
  if (!last) return angle < 360 ? angle : angle === 360 ? 0 : 'An azimuth is less than 360 degrees (400 gon).';
  if (angle > 90) return 'A bearing from north or south is at most 90 degrees (100 gon).';
  const degrees = first === 'N' ? (last === 'E' ? angle : 360 - angle) : last === 'E' ? 180 - angle : 180 + angle;
  return degrees % 360;
}

/**
 * @param {string} text one to three numbers
 * @param {boolean} isGon
 * @returns {number | string} degrees, or what is wrong
 */
export function angleOf(text, isGon) {
  const parts = text.match(/\d+(?:\.\d+)?|\.\d+/g) ?? [];
  const [degrees = NaN, minutes = 0, seconds = 0] = parts.map(Number);
  if (isGon) return parts.length === 1 ? (degrees * 9) / 10 : 'Gon are one decimal number: 257.06g.';
  if (parts.length === 0 || parts.length > 3) return 'An angle is degrees, minutes and seconds: 51 21 00, or decimal degrees: 51.35.';
  if (parts.slice(0, -1).some((part) => part.includes('.'))) return 'Only the last of degrees, minutes and seconds has decimals.';
  if (minutes >= 60 || seconds >= 60) return 'Minutes and seconds are less than 60.';
  // In seconds first: 51°21′ is the double next to 51.35, whatever way it is written.
  return (degrees * 3600 + minutes * 60 + seconds) / 3600;
}
