/**
 * Names of points. The server knows a point by its exact storage pair, or, when this edit made it, by the very token
 * that was sent for it. Numbers go through String(), which is exact and unique for a double, so equal keys mean equal
 * doubles.
 *
 * @module point_name
 */

/** @import {Token, StoragePair} from './types.js' */

/**
 * The key of a token, usable in a Map. `-0` and `0` are one coordinate.
 * @param {Token} token
 * @returns {string}
 */
export function keyOf(token) {
  if (Array.isArray(token)) return `${token[0] + 0},${token[1] + 0}`;
  return `@${token.lon + 0},${token.lat + 0}`;
}

/**
 * @param {Token} token
 * @returns {token is StoragePair}
 */
export function isStoragePair(token) {
  return Array.isArray(token);
}
