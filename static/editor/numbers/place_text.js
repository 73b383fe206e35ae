/**
 * A place as people type or paste it: degrees, or the coordinates that are stored. Pure.
 *
 * @module place_text
 */

/** @import {LonLat, StoragePair} from '../types.js' */

/**
 * What a text says. `why`: it is meant as a place, and is none.
 * @typedef {{lonlat: LonLat} | {stored: StoragePair} | {why: string}} TypedPlace
 */

const NUMBER = '[+-]?\\d+(?:\\.\\d+)?';
const PAIR = new RegExp(`^(${NUMBER})(?:\\s*[,;]\\s*|\\s+)(${NUMBER})$`);
/** "E 649 780.38 N 6 842 403.04", as the status bar writes it, with any spaces. */
const GRID = /^E\s*([+-]?[\d\s]+(?:\.\d+)?)[\s,;]*N\s*([+-]?[\d\s]+(?:\.\d+)?)$/i;
/** "2.30461° E, 48.67812° N" or "48°40′41.2″ N 2°18′16.6″ E". */
const ANGLE = String.raw`(\d+(?:\.\d+)?)\s*°?\s*(?:(\d+(?:\.\d+)?)\s*['′]\s*)?(?:(\d+(?:\.\d+)?)\s*(?:["″]|'')\s*)?([NSEW])`;
const ANGLES = new RegExp(`^${ANGLE}[\\s,;]*${ANGLE}$`, 'i');
/** Two numbers without a comma are a place only where both are as long as coordinates of a plane. */
const LONG_DIGITS = 5;
const NO_DEGREES = 'Longitude goes from −180 to 180 and latitude from −90 to 90 degrees.';

/**
 * @param {string} text
 * @param {boolean} isGeographic whether degrees are stored
 * @returns {TypedPlace | null} null where it is not meant as a place
 */
export function parsePlace(text, isGeographic) {
  const plain = normalized(text);
  const angles = ANGLES.exec(plain);
  if (angles) return fromAngles(angles);
  const grid = GRID.exec(plain);
  if (grid && !isGeographic) return { stored: [numberOf(grid[1]), numberOf(grid[2])] };
  const pair = PAIR.exec(plain);
  if (!pair) return null;
  const [, first = '', second = ''] = pair;
  const isLong = [first, second].every((number) => number.replace(/\..*|\D/g, '').length >= LONG_DIGITS);
  if (!/[.,;]/.test(plain) && !isLong) return null;
  return fromPair(Number(first), Number(second), isGeographic);
}

/**
 * @param {string} text
 * @returns {string} with one kind of minus, of space and of decimal sign
 */
export function normalized(text) {
  const grouped = text.trim().replace(/·\s*EPSG:\d+$/i, '').replaceAll('−', '-');
  const plain = grouped.replace(/(\d)[\u00a0\u2009\u202f](?=\d{3})/g, '$1').replace(/\s+/g, ' ').trim();
  // "2,30461; 48,67812": the semicolon says that the commas are decimal signs.
  return plain.includes(';') ? plain.replace(/(\d),(?=\d)/g, '$1.') : plain;
}

/**
 * @param {number} first
 * @param {number} second
 * @param {boolean} isGeographic
 * @returns {TypedPlace}
 */
function fromPair(first, second, isGeographic) {
  if (Math.abs(first) <= 180 && Math.abs(second) <= 90) return { lonlat: { lon: first, lat: second } };
  // Nobody measures a plane so near to where its coordinates begin; degrees in the wrong order are that near.
  const isNearZero = Math.abs(first) <= 360 && Math.abs(second) <= 360;
  return isGeographic || isNearZero ? { why: NO_DEGREES } : { stored: [first, second] };
}

/**
 * @param {RegExpExecArray} match degrees, minutes, seconds and letter, twice
 * @returns {TypedPlace}
 */
function fromAngles(match) {
  const [one, other] = [angleOf(match.slice(1, 5)), angleOf(match.slice(5, 9))];
  const [lon, lat] = one.isNorth ? [other, one] : [one, other];
  if (lon.isNorth || !lat.isNorth) return { why: 'Give one angle east or west and one north or south.' };
  if (Math.abs(lon.degrees) > 180 || Math.abs(lat.degrees) > 90) return { why: NO_DEGREES };
  return { lonlat: { lon: lon.degrees, lat: lat.degrees } };
}

/**
 * @param {(string | undefined)[]} parts
 * @returns {{degrees: number, isNorth: boolean}}
 */
function angleOf([degrees, minutes = '0', seconds = '0', letter = '']) {
  const size = Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600;
  const way = letter.toUpperCase();
  return { degrees: way === 'S' || way === 'W' ? -size : size, isNorth: way === 'N' || way === 'S' };
}

/**
 * @param {string | undefined} grouped
 * @returns {number}
 */
function numberOf(grouped = '') {
  return Number(grouped.replaceAll(' ', ''));
}
