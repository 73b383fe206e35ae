/**
 * A traverse typed or pasted line by line, or a list of coordinates: the corners that it comes to, and by how much it
 * does not close. Pure.
 *
 * @module traverse
 */

/** @import {Grid} from '../base.js' */
/** @import {Course} from './course.js' */
/** @import {LonLat, StoragePair} from '../types.js' */

import { componentsOf, courseBetween, pairBeside } from './course.js';
import { figure } from '../format.js';
import { bearingOf, parseTyped } from './course_text.js';

/**
 * How a traverse that does not come back to its start is closed: by one more side, by taking the start for its last point,
 * or by the compass rule (Bowditch).
 * @typedef {'side' | 'start' | 'compass'} Closing
 */

/** @typedef {{stored: StoragePair} | {lonlat: LonLat}} Place */

/** Places without courses are a ring; one place before courses is their start. @typedef {{places: Place[], courses: Course[]} | {why: string}} TypedLines */

/** `ratio` N of 1 : N; null where it closes to the bit. @typedef {{metres: number, bearing: number, length: number, ratio: number | null}} Misclosure from the last point to the start */

/** What nobody measures: a traverse that misses by less comes back to its start. */
export const CLOSED_WITHIN_M = 0.0005;
const LIST_SIGN = /^(?:\d{1,3}[.)]\s+|thence\s+)/i;
/** An azimuth before a distance: 231-21-00 28.69, 231 21 00 28.69, 231.35 28.69, 257.06g 28.69. */
const BARE = /^(\d+(?:\.\d+)?\s*(?:g|gon)|\d+(?:[\s°:-]+\d+[\s'′:-]+\d+(?:\.\d+)?\s*["″]?)|\d+(?:\.\d+)?°?)\s+(\d+(?:\.\d+)?\s*(?:m|km|ft|feet|ftus|usft)?)$/i;
/** Two bare numbers with as many decimals are degrees of a place; of angle and distance nobody writes so many. */
const DEGREES_APART = /^[+-]?\d+\.\d{5,}\s+[+-]?\d+\.\d{5,}$/;
const LONG_APART = /^\d{5,}(?:\.\d+)?\s+\d{5,}(?:\.\d+)?$/;

/**
 * @param {string} text
 * @param {boolean} isGeographic
 * @returns {TypedLines}
 */
export function parseLines(text, isGeographic) {
  /** @type {Place[]} */
  const places = [];
  /** @type {Course[]} */
  const courses = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim().replace(LIST_SIGN, '').replace(/[,;]$/, '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const typed = parseLine(line, isGeographic);
    if ('course' in typed) courses.push(typed.course);
    else if ('why' in typed) return { why: `Line ${index + 1}, “${line}”: ${typed.why}` };
    else if (courses.length > 0) return { why: `Line ${index + 1}, “${line}”: a coordinate after courses. Give courses from one starting point, or coordinates alone.` };
    else places.push(typed);
  }
  if (courses.length > 0 && places.length > 1) return { why: 'Courses begin at one place; here several coordinates come before them.' };
  return { places, courses };
}

/**
 * @param {string} line
 * @param {boolean} isGeographic
 * @returns {{course: Course} | Place | {why: string}}
 */
function parseLine(line, isGeographic) {
  const bare = DEGREES_APART.test(line) || LONG_APART.test(line) ? null : BARE.exec(line);
  if (bare) {
    const degrees = bearingOf(`<${bare[1] ?? ''}`);
    if (typeof degrees === 'string') return { why: degrees };
    const distance = parseTyped(bare[2] ?? '', isGeographic);
    return 'distance' in distance ? { course: { metres: distance.distance, degrees } } : { why: 'why' in distance ? distance.why : 'Not a distance.' };
  }
  const typed = parseTyped(line, isGeographic);
  if ('course' in typed || 'stored' in typed || 'lonlat' in typed) return typed;
  return { why: 'why' in typed && !typed.why.startsWith('Type ') ? typed.why : 'Give bearing and distance (S 51 21 00 W 28.69, 231-21-00 28.69, 257.06g 28.69 m, 94.13 ft N 10 E), or a coordinate.' };
}

/**
 * @param {Grid} grid
 * @param {StoragePair} start
 * @param {readonly Course[]} courses at least one
 * @param {Closing | null} closing
 * @returns {{pairs: StoragePair[], misclosure: Misclosure, isClosed: boolean}} corners, the start first, unrounded; `isClosed`: it
 *   comes back to the start, by itself or by the adjustment, which is then no corner twice
 */
export function traverse(grid, start, courses, closing) {
  const parts = courses.map(componentsOf);
  const raw = along(grid, start, parts);
  const length = courses.reduce((sum, { metres }) => sum + metres, 0);
  const gap = courseBetween(grid, raw.at(-1) ?? start, start);
  const misclosure = { metres: gap.metres, bearing: gap.degrees, length, ratio: gap.metres > 0 ? length / gap.metres : null };
  const isClosed = gap.metres <= CLOSED_WITHIN_M;
  if (!isClosed && closing !== 'compass') return { pairs: closing === 'start' ? raw.slice(0, -1) : raw, misclosure, isClosed: closing === 'start' };
  // Each course takes of the misclosure as its length is of the whole.
  const [east, north] = componentsOf(gap);
  const adjusted = parts.map(([x, y], index) => /** @type {[number, number]} */ ([x + (east * (courses[index]?.metres ?? 0)) / length, y + (north * (courses[index]?.metres ?? 0)) / length]));
  return { pairs: along(grid, start, closing === 'compass' ? adjusted : parts).slice(0, -1), misclosure, isClosed: true };
}

/**
 * @param {Grid} grid
 * @param {StoragePair} start
 * @param {readonly [number, number][]} parts metres east and north
 * @returns {StoragePair[]}
 */
function along(grid, start, parts) {
  const pairs = [start];
  for (const part of parts) pairs.push(pairBeside(grid, pairs.at(-1) ?? start, part));
  return pairs;
}

/**
 * @param {Misclosure} misclosure
 * @param {(degrees: number) => string} written
 * @returns {string}
 */
export function misclosureText({ metres, bearing, length, ratio }, written) {
  if (ratio === null || metres <= CLOSED_WITHIN_M) return `Closes: ${length.toFixed(2)} m, misclosure less than a millimetre.`;
  return `Misclosure ${figure(metres, 3)} m · ${written(bearing)}, 1 : ${Math.round(ratio)} of ${length.toFixed(2)} m.`;
}
