/**
 * Positions of operations: where a token lies.
 *
 * @module actions/position
 */

/** @import {Graph} from '../graph.js' */
/** @import {LonLat, Point, PointId, StoragePair, Token} from '../types.js' */

import { rings } from '../base.js';
import { nearestOnSegment } from '../geodesy.js';
import { isStoragePair, keyOf } from '../point_name.js';
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
 * The point that a position means: an existing one that it names, or a new one, not yet in any ring.
 * @param {Graph} graph
 * @param {Token} token
 * @returns {{point: Point, isNew: boolean}}
 * @throws {ActionRefused} unknown_point where storage coordinates lie on no loaded boundary
 */
export function pointAtPosition(graph, token) {
  const existing = graph.resolve(token);
  if (existing) return { point: existing, isNew: false };
  const pair = isStoragePair(token) ? token : null;
  const { lon, lat } = isStoragePair(token) ? placeOfPair(graph, token) : token;
  return { point: { id: keyOf(token), name: token, lon, lat, pair }, isNew: true };
}

/**
 * Where a new storage pair lies in lon/lat. The editor sends one only for a place on a boundary, so it is found by the
 * same interpolation that made it: along the nearest segment in storage coordinates.
 * @param {Graph} graph
 * @param {StoragePair} pair
 * @returns {LonLat}
 */
function placeOfPair(graph, [x, y]) {
  let best = /** @type {{a: Point, b: Point, t: number, distance: number} | null} */ (null);
  for (const parcel of graph.parcels()) {
    for (const ring of rings(parcel)) {
      ring.forEach((id, index) => {
        const a = graph.point(id);
        const b = graph.point(/** @type {PointId} */ (ring[(index + 1) % ring.length]));
        if (!a.pair || !b.pair) return;
        const { t, distance } = nearestOnSegment(x, y, a.pair[0], a.pair[1], b.pair[0], b.pair[1]);
        if (!best || distance < best.distance) best = { a, b, t, distance };
      });
    }
  }
  if (!best) throw new ActionRefused('unknown_point', `No boundary is loaded near ${x}, ${y}.`);
  return between(best.a, best.b, best.t);
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
