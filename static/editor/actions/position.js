/**
 * Positions of operations: where a token lies.
 *
 * @module actions/position
 */

/** @import {Grid} from '../base.js' */
/** @import {Graph} from '../graph.js' */
/** @import {LonLat, Point, PointId, StoragePair, Token} from '../types.js' */

import { isStoragePair, keyOf } from '../point_name.js';
import { lonLatOf, storageOf } from '../storage/storage_fit.js';
import { refuseBeyond } from './extent.js';
import { ActionRefused } from './refused.js';

/**
 * The point that an operation names.
 * @param {Graph} graph
 * @param {Token} token
 * @returns {Point}
 * @throws {ActionRefused} unknown_point
 */
export function namedPoint(graph, token) {
  const point = graph.resolve(token);
  if (!point) throw new ActionRefused('unknown_point', 'The point of this step is no longer there.');
  return point;
}

/**
 * The point that a position means: the one that stands there now, or a new one, snapped to the grid and not yet in any
 * ring. `names` are what later steps may call it: the token as it was given, and the place where it is stored.
 * @param {Graph} graph
 * @param {Token} token
 * @param {boolean} [isGiven] by an author; what is computed between points lies where they do
 * @returns {{point: Point, isNew: boolean, names: [string, PointId][]}}
 * @throws {ActionRefused} unknown_point where no parcel is loaded that tells where storage coordinates lie; invalid_operation
 *   outside the extent
 */
export function pointAtPosition(graph, token, isGiven = true) {
  const given = keyOf(token);
  const pair = storedPair(graph, token);
  // Where only the server can tell to the bit, the place goes by what was given.
  const stored = pair && (isStoragePair(token) || graph.base.grid.isLonLat) ? keyOf(pair) : given;
  const standing = graph.standingAt(given) ?? graph.standingAt(stored);
  if (standing) return { point: standing, isNew: false, names: [[given, standing.id]] };
  if (pair && isGiven) refuseBeyond(graph.base.grid, pair);
  const { lon, lat } = isStoragePair(token) ? placeOfPair(graph, pair ?? token) : token;
  const id = graph.knows(given) ? `${given} again` : given;
  return { point: { id, name: token, lon, lat, pair, at: stored }, isNew: true, names: [[given, id], [stored, id]] };
}

/**
 * @param {Graph} graph
 * @param {Token} token
 * @returns {StoragePair | null} where the server will store it, as near as can be told; null where nothing tells
 */
function storedPair({ base }, token) {
  const { grid } = base;
  const pair = isStoragePair(token) ? token : grid.isLonLat ? /** @type {StoragePair} */ ([token.lon, token.lat]) : storageOf(base, token);
  return pair && snapped(grid, pair);
}

/**
 * @param {Grid} grid
 * @param {StoragePair} pair
 * @returns {StoragePair} the grid point of a new position; the same formula in Python and SQL
 */
export function snapped({ steps }, [x, y]) {
  return steps ? [Math.floor(x * steps + 0.5) / steps, Math.floor(y * steps + 0.5) / steps] : [x, y];
}

/**
 * Where a storage pair lies in lon/lat: where a loaded point stood there, its own place.
 * @param {Graph} graph
 * @param {StoragePair} pair
 * @returns {LonLat}
 */
export function placeOfPair(graph, pair) {
  const known = graph.base.points.get(keyOf(pair));
  if (known) return { lon: known.lon, lat: known.lat };
  if (graph.base.grid.isLonLat) return { lon: pair[0], lat: pair[1] };
  const place = lonLatOf(graph.base, pair);
  if (!place) throw new ActionRefused('unknown_point', `No boundary is loaded near ${pair.join(', ')}.`);
  return place;
}

/**
 * @param {LonLat} a
 * @param {LonLat} b
 * @param {number} t 0 at a, 1 at b
 * @returns {LonLat}
 */
function between(a, b, t) {
  return { lon: a.lon + t * (b.lon - a.lon), lat: a.lat + t * (b.lat - a.lat) };
}

/**
 * A place on the boundary between two points. Where the storage coordinates of both are known it is given in them:
 * *straight* means straight in the storage system, and a line a mile long is centimetres off in lon/lat.
 * @param {Point} a
 * @param {Point} b
 * @param {number} t 0 at a, 1 at b
 * @returns {import('../types.js').Position}
 */
export function positionOnSegment(a, b, t) {
  const place = between(a, b, t);
  if (!a.pair || !b.pair) return { ...place, token: place };
  return { ...place, token: [a.pair[0] + t * (b.pair[0] - a.pair[0]), a.pair[1] + t * (b.pair[1] - a.pair[1])] };
}

/**
 * @param {LonLat} place
 * @returns {import('../types.js').Position} a free place, unrounded
 */
export function freePosition({ lon, lat }) {
  return { lon, lat, token: { lon, lat } };
}

/**
 * @param {Point} point
 * @returns {import('../types.js').Position} the place of an existing point, which a move onto it joins
 */
export function pointPosition(point) {
  return { lon: point.lon, lat: point.lat, token: point.name };
}
