/**
 * The lines along which a parcel came to be divided, read off its pieces: of exact storage pairs, so that the same division
 * can be sent as lines, and later steps can name their points.
 *
 * @module land/piece_lines
 */

/** @import {Part, PointId, StoragePair, Token} from '../types.js' */

import { isCounterclockwise } from '../storage/storage_frame.js';
import { segmentsOf } from './rings.js';

/** Where pieces are read from. @typedef {{partsOf: (id: string) => Part[], pair: (id: PointId) => StoragePair}} Source */

/**
 * @param {import('../base.js').Base} base
 * @returns {Source}
 */
export function sourceOf(base) {
  return { partsOf: (id) => base.parcels.get(id)?.parts ?? [], pair: (id) => /** @type {StoragePair} */ (base.points.get(id)?.pair) };
}

/** Each part would be of several pieces, which are no equal parts any more. */
const SEVERAL = 'In this direction a line meets the parcel several times, and the parts would come in pieces that are not equal. Choose another direction, or divide by area or along lines.';
const NO_LINE = 'In this direction no line divides off that area. Choose another direction, or draw the line.';

/**
 * @param {Source} source
 * @param {string[]} ids of the pieces, from right to left
 * @param {'area' | 'parts'} way
 * @returns {{lines: Token[][] | null, reason: string | null}}
 */
export function linesFound(source, ids, way) {
  const lines = linesBetween(source, ids);
  if (lines || way === 'parts') return { lines, reason: lines ? null : SEVERAL };
  const line = lineAcross(source, ids);
  return { lines: line && [line], reason: line ? null : NO_LINE };
}

/**
 * The lines between pieces that lie side by side, each with the earlier ones on its right.
 * @param {Source} source
 * @param {string[]} ids in order from right to left
 * @returns {Token[][] | null} null where two pieces meet in more than one line
 */
export function linesBetween(source, ids) {
  const pieces = piecesIn(source, ids);
  if (pieces.some(({ parts }) => parts !== 1)) return null;
  const lines = pieces.slice(1).map((left, index) => chains(shared(pieces.slice(0, index + 1), left)));
  return lines.every((found) => found?.length === 1) ? lines.map((found) => found?.[0] ?? []) : null;
}

/**
 * The one straight line between two sides of a parcel that it meets several times, as of a parcel with a bay or a hole. What
 * lies on either side may come in several pieces.
 * @param {Source} source
 * @param {string[]} ids of the side to its right and of that to its left
 * @returns {Token[] | null} over all places where it comes in and goes out; null where they meet in none
 */
export function lineAcross(source, ids) {
  const [right, left] = piecesIn(source, ids);
  const found = right && left ? chains(shared([right], left)) : null;
  if (!found) return null;
  const along = (/** @type {StoragePair[]} */ chain) => {
    const [[ax, ay], [bx, by]] = [chain[0] ?? [0, 0], chain.at(-1) ?? [0, 0]];
    return [bx - ax, by - ay];
  };
  const [dx, dy] = found.map(along).reduce(([x = 0, y = 0], [u = 0, v = 0]) => [x + u, y + v], [0, 0]);
  return found.flat().sort((a, b) => (a[0] - b[0]) * (dx ?? 0) + (a[1] - b[1]) * (dy ?? 0));
}

/** Sides by the names of their ends, with the piece on the left. @typedef {{parts: number, sides: Map<string, [StoragePair, StoragePair]>}} Piece */

/**
 * @param {Source} source
 * @param {string[]} ids
 * @returns {Piece[]}
 */
function piecesIn({ partsOf, pair }, ids) {
  return ids.map((id) => {
    const parts = partsOf(id);
    const sides = parts.flatMap((part) => part.flatMap((ring, index) => segmentsOf(isCounterclockwise(ring.map(pair)) === (index === 0) ? ring : [...ring].reverse())));
    return { parts: parts.length, sides: new Map(sides.map(([a, b]) => [`${a}|${b}`, [pair(a), pair(b)]])) };
  });
}

/**
 * @param {Piece[]} right
 * @param {Piece} left
 * @returns {[StoragePair, StoragePair][]} sides of the left one that one of the others has, too
 */
function shared(right, left) {
  return [...left.sides].filter(([name]) => right.some(({ sides }) => sides.has(name.split('|').reverse().join('|')))).map(([, side]) => side);
}

/**
 * @param {[StoragePair, StoragePair][]} sides
 * @returns {StoragePair[][] | null} the paths that they make; null where they make none, or one that closes
 */
function chains(sides) {
  const next = new Map(sides.map(([a, b]) => [a.join(), b]));
  const ends = new Set(sides.map(([, b]) => b.join()));
  const found = sides.filter(([a]) => !ends.has(a.join())).map(([a]) => {
    const path = [a];
    for (let at = next.get(a.join()); at !== undefined; at = next.get(at.join())) path.push(at);
    return path;
  });
  const covered = found.reduce((sum, path) => sum + path.length - 1, 0);
  return found.length > 0 && next.size === sides.length && covered === sides.length ? found : null;
}
