/**
 * Positions of operations: where a token lies.
 *
 * @module actions/position
 */

/** @import {Graph} from '../graph.js' */
/** @import {LonLat, Point, PointId, StoragePair, Token} from '../types.js' */

import { rings } from '../base.js';
import { metresPerDegree, nearestOnSegment } from '../geodesy.js';
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
 * The point that a position means: the one that stands there now, or a new one, snapped to the grid and not yet in any
 * ring. `names` are what later steps may call it: the token as it was given, and the place where it is stored.
 * @param {Graph} graph
 * @param {Token} token
 * @returns {{point: Point, isNew: boolean, names: [string, PointId][]}}
 * @throws {ActionRefused} unknown_point where no parcel is loaded that tells where storage coordinates lie
 */
export function pointAtPosition(graph, token) {
  const given = keyOf(token);
  const pair = storedPair(graph, token);
  const stored = pair ? keyOf(pair) : given;
  const standing = graph.standingAt(given) ?? graph.standingAt(stored);
  if (standing) return { point: standing, isNew: false, names: [[given, standing.id]] };
  const { lon, lat } = pair ? placeOfPair(graph, pair) : /** @type {LonLat} */ (token);
  const id = graph.knows(given) ? `${given} again` : given;
  return { point: { id, name: token, lon, lat, pair, at: stored }, isNew: true, names: [[given, id], [stored, id]] };
}

/**
 * @param {Graph} graph
 * @param {Token} token
 * @returns {StoragePair | null} where the server will store it, null where only the server can tell
 */
function storedPair({ base: { grid } }, token) {
  const pair = isStoragePair(token) ? token : grid.isLonLat ? /** @type {StoragePair} */ ([token.lon, token.lat]) : null;
  if (!pair || !grid.steps) return pair;
  return [Math.floor(pair[0] * grid.steps + 0.5) / grid.steps, Math.floor(pair[1] * grid.steps + 0.5) / grid.steps];
}

/**
 * Where a storage pair lies in lon/lat: where a loaded point stood there, its own place; else by the boundary nearest to
 * it in storage coordinates.
 * @param {Graph} graph
 * @param {StoragePair} pair
 * @returns {LonLat}
 */
function placeOfPair(graph, pair) {
  const known = graph.base.points.get(keyOf(pair));
  if (known) return known;
  if (graph.base.grid.isLonLat) return { lon: pair[0], lat: pair[1] };
  const nearest = nearestSegment(graph, pair);
  if (!nearest) throw new ActionRefused('unknown_point', `No boundary is loaded near ${pair.join(', ')}.`);
  return besideSegment(nearest.a, nearest.b, pair);
}

/**
 * @param {Graph} graph
 * @param {StoragePair} pair
 * @returns {{a: Point, b: Point, distance: number} | null}
 */
function nearestSegment(graph, [x, y]) {
  let best = /** @type {{a: Point, b: Point, distance: number} | null} */ (null);
  for (const parcel of graph.parcels()) {
    for (const ring of rings(parcel)) {
      ring.forEach((id, index) => {
        const a = graph.point(id);
        const b = graph.point(/** @type {PointId} */ (ring[(index + 1) % ring.length]));
        if (!a.pair || !b.pair) return;
        const { distance } = nearestOnSegment(x, y, a.pair[0], a.pair[1], b.pair[0], b.pair[1]);
        if (!best || distance < best.distance) best = { a, b, distance };
      });
    }
  }
  return best;
}

/**
 * A place by its offset along and across a segment. A projected system keeps angles to well below what a screen shows,
 * so the same offsets hold on the ground; on the segment itself this is plain interpolation.
 * @param {Point} a
 * @param {Point} b
 * @param {StoragePair} pair
 * @returns {LonLat}
 */
function besideSegment(a, b, [x, y]) {
  const [ax, ay] = a.pair ?? [NaN, NaN];
  const [bx, by] = b.pair ?? [NaN, NaN];
  const [dx, dy] = [bx - ax, by - ay];
  const length2 = dx * dx + dy * dy;
  const along = ((x - ax) * dx + (y - ay) * dy) / length2;
  const across = (dx * (y - ay) - dy * (x - ax)) / length2;
  const scale = metresPerDegree(a.lat);
  const [east, north] = [(b.lon - a.lon) * scale.lon, (b.lat - a.lat) * scale.lat];
  return {
    lon: a.lon + (along * east - across * north) / scale.lon,
    lat: a.lat + (along * north + across * east) / scale.lat,
  };
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
