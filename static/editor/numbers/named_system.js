/**
 * Coordinates of a CRS that is named by its EPSG code. What they come to only the server says: PostGIS transforms them, as it
 * does what is imported. Pure.
 *
 * @module named_system
 */

/** @import {StoragePair} from '../types.js' */

import { normalized } from './place_text.js';

/** `system` is EPSG:n. @typedef {{system: string, pairs: StoragePair[]}} NamedPairs */

/** A place both ways, as GET /api/positions answers. @typedef {{lon: number, lat: number, x: number, y: number}} FoundPosition */

/** `asked`: the question that this answers. @typedef {{asked: string, positions: FoundPosition[], why: string | null}} NamedAnswer */

const CODE = /^EPSG\s*:?\s*(\d{1,6})$/i;
const BEFORE = /^EPSG\s*:?\s*(\d{4,6})[\s,;:]+(.+)$/i;
const BEHIND = /^(.+?)[\s,;·]+EPSG\s*:?\s*(\d{4,6})$/i;
const NUMBER = '[+-]?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?';
const LETTERED = `(?:[EX]\\s*=?\\s*)?(${NUMBER})(?:\\s*[,;]\\s*|\\s+)(?:[NY]\\s*=?\\s*)?(${NUMBER})`;
const PAIR = new RegExp(`^${LETTERED}$`, 'i');
/** The name of a point before its coordinates: "P12, 500000.1, 4649776.2", "12 500000.1 4649776.2", "3. …". */
const NAMED_PAIR = new RegExp(`^[\\w./-]{1,20}[.)]?(?:\\s*[,;]\\s*|\\s+)${LETTERED}$`, 'i');
/** Of one request to the server. */
export const MOST_AT_ONCE = 64;
const MOST = 2000;

/**
 * @param {string} text a line, or what stands in a field
 * @returns {string | null} EPSG:n
 */
export function systemNamed(text) {
  const found = CODE.exec(text.trim()) ?? /^(\d{4,6})$/.exec(text.trim());
  return found ? `EPSG:${Number(found[1])}` : null;
}

/**
 * @param {string} text that is searched for: a code and two numbers, in either order
 * @returns {NamedPairs | {why: string} | null} null where no CRS is named
 */
export function parseNamedPlace(text) {
  const before = BEFORE.exec(text.trim());
  const behind = before ? null : BEHIND.exec(text.trim());
  if (!before && !behind) return null;
  const system = `EPSG:${Number(before ? before[1] : behind?.[2])}`;
  const pair = pairIn((before ? before[2] : behind?.[1]) ?? '');
  return pair ? { system, pairs: [pair] } : { why: `Two numbers belong to ${system}, east or longitude first: ${system} 500000.5, 4649776.2.` };
}

/**
 * @param {string} text coordinates line by line; the first line may name the CRS
 * @param {string} field what is said beside it; empty where nothing is
 * @returns {NamedPairs | {why: string} | null} null where no CRS is named
 */
export function parseNamedLines(text, field) {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 })).filter(({ line }) => line !== '' && !line.startsWith('#'));
  const first = lines[0] && CODE.test(lines[0].line) ? systemNamed(lines[0].line) : null;
  if (first) lines.shift();
  const system = first ?? (field.trim() === '' ? null : systemNamed(field));
  if (!system) return field.trim() === '' ? null : { why: `“${field.trim()}” names no CRS: give its EPSG code, such as EPSG:32618.` };
  if (lines.length > MOST) return { why: `${lines.length} lines; at most ${MOST} are transformed at once.` };
  const pairs = [];
  for (const { line, number } of lines) {
    const pair = pairIn(line);
    if (!pair) return { why: `Line ${number}, “${line}”: a line of ${system} takes two numbers, east or longitude first.` };
    pairs.push(pair);
  }
  return { system, pairs };
}

/**
 * @param {string} line
 * @returns {StoragePair | null}
 */
function pairIn(line) {
  const plain = normalized(line);
  const found = PAIR.exec(plain) ?? NAMED_PAIR.exec(plain);
  return found ? [Number(found[1]), Number(found[2])] : null;
}

/**
 * @param {NamedPairs} named
 * @returns {string} equal where the same is asked
 */
export function questionOf({ system, pairs }) {
  return `${system} ${pairs.join(';')}`;
}
