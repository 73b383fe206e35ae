/**
 * On which side of a line a point lies, exactly: by floating point where its error cannot matter, else by whole numbers. The
 * server's GEOS answers by numbers of double length; both are right, so both say the same.
 *
 * @module rules/orientation
 */

/** @import {StoragePair} from '../types.js' */

/** Shewchuk 1997: what the sum of the products may be off by, as a share of it. */
const ERROR_BOUND = (3 + 16 * 2 ** -53) * 2 ** -53;
/** A power of two, so that multiplying by it loses nothing; what is left behind the point then is below any coordinate. */
const WHOLE = 2 ** 80;

/**
 * @param {StoragePair} a
 * @param {StoragePair} b
 * @param {StoragePair} c
 * @returns {number} above zero where c lies left of a-b, below where right, zero where on it
 */
export function orientation([ax, ay], [bx, by], [cx, cy]) {
  const left = (ax - cx) * (by - cy);
  const right = (ay - cy) * (bx - cx);
  const difference = left - right;
  // Of products with different signs, or of nothing, the difference has the right sign whatever was rounded.
  if (left === 0 || right === 0 || left > 0 !== right > 0) return difference;
  if (Math.abs(difference) > ERROR_BOUND * (Math.abs(left) + Math.abs(right))) return difference;
  const [px, py, qx, qy, rx, ry] = [ax, ay, bx, by, cx, cy].map(whole);
  const exact = (big(px) - big(rx)) * (big(qy) - big(ry)) - (big(py) - big(ry)) * (big(qx) - big(rx));
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}

/**
 * @param {number} value
 * @returns {bigint}
 */
function whole(value) {
  return BigInt(Math.trunc(value * WHOLE));
}

/**
 * @param {bigint | undefined} value
 * @returns {bigint}
 */
function big(value) {
  return value ?? 0n;
}

/** How two segments meet: they cross, they run along each other, or they have one point in common. @typedef {{how: 'cross' | 'along' | 'touch', at: StoragePair}} Meeting */

/**
 * @param {StoragePair} p
 * @param {StoragePair} q
 * @param {StoragePair} a
 * @param {StoragePair} b
 * @returns {Meeting | null} how p-q and a-b meet, if they do
 */
export function meeting(p, q, a, b) {
  if (Math.max(p[0], q[0]) < Math.min(a[0], b[0]) || Math.max(a[0], b[0]) < Math.min(p[0], q[0])) return null;
  if (Math.max(p[1], q[1]) < Math.min(a[1], b[1]) || Math.max(a[1], b[1]) < Math.min(p[1], q[1])) return null;
  const [fromA, fromB] = [orientation(p, q, a), orientation(p, q, b)];
  if (fromA * fromB > 0) return null;
  const [fromP, fromQ] = [orientation(a, b, p), orientation(a, b, q)];
  if (fromP * fromQ > 0) return null;
  if (fromA === 0 && fromB === 0) return alongEachOther(p, q, a, b);
  if (fromA === 0) return { how: 'touch', at: a };
  if (fromB === 0) return { how: 'touch', at: b };
  if (fromP === 0) return { how: 'touch', at: p };
  if (fromQ === 0) return { how: 'touch', at: q };
  const t = fromA / (fromA - fromB);
  return { how: 'cross', at: [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])] };
}

/**
 * @param {StoragePair} p
 * @param {StoragePair} q
 * @param {StoragePair} a
 * @param {StoragePair} b
 * @returns {Meeting | null} of two segments of one line
 */
function alongEachOther(p, q, a, b) {
  const [low, high] = isBefore(p, q) ? [p, q] : [q, p];
  const [from, to] = isBefore(a, b) ? [a, b] : [b, a];
  const start = isBefore(low, from) ? from : low;
  const end = isBefore(high, to) ? high : to;
  if (isBefore(end, start)) return null;
  return { how: isBefore(start, end) ? 'along' : 'touch', at: start };
}

/**
 * @param {StoragePair} a
 * @param {StoragePair} b
 * @returns {boolean}
 */
function isBefore(a, b) {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
