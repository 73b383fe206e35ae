/**
 * Noding: where a point lies on a boundary of another parcel of its level, that boundary gets the point too, so that a
 * T-junction moves as one. The server does the same on its exact coordinates and has the last word; this is what the
 * author sees meanwhile.
 *
 * @module noding
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box, LonLat, Parcel, PointId, Ring} from '../types.js' */

import { pointIds, rings, withRings } from '../base.js';
import { boxesMeet, boxOf, nearestOnSegment, widen } from '../storage/geodesy.js';
import { frameAt } from '../storage/storage_frame.js';

/** The server's setting where it was not told. */
const NODE_WITHIN_M = 0.01;
/** What is straight in storage coordinates may leave its box in lon/lat by so much. */
const BULGE_M = 1;

/**
 * @param {Graph} graph
 * @returns {number} metres
 */
export function withinOf(graph) {
  return graph.base.grid.nodeWithinM || NODE_WITHIN_M;
}

/**
 * Give every segment of the point's levels that passes within `withinM` of it this point as a vertex.
 * A segment whose end lies within the distance is left alone. Inverse: remove_point, ring by ring.
 * @param {Graph} graph
 * @param {PointId} id
 * @param {number} [withinM] metres
 * @param {ReadonlySet<string>} [only] levels
 * @returns {Graph}
 */
export function nodePoint(graph, id, withinM = withinOf(graph), only = levelsOf(graph, id)) {
  const place = graph.point(id);
  const box = widen([place.lon, place.lat, place.lon, place.lat], 0, withinM + BULGE_M);
  const near = parcelsOfLevels(graph, box, only);
  const changed = near.map((parcel) => [parcel, withRings(parcel, (ring) => ringThrough(graph, ring, id, withinM))]);
  const parcels = changed.filter(([before, after]) => before !== after).map(([, after]) => /** @type {Parcel} */ (after));
  return parcels.length > 0 ? graph.with({ parcels }) : graph;
}

/**
 * Node everything around a point: first the point into the boundaries that pass at it, then what lies on the segments
 * that end at it, those just made included. The first makes a T-junction move as one, the second keeps what a neighbour
 * has on its side of a segment that is about to change.
 * @param {Graph} graph
 * @param {PointId} id
 * @param {number} [withinM] metres
 * @returns {Graph}
 */
export function nodeAround(graph, id, withinM = withinOf(graph)) {
  const noded = nodePoint(graph, id, withinM);
  return segmentsAt(noded, id).reduce((state, [a, b]) => nodeSegment(state, a, b, withinM), noded);
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {[PointId, PointId][]} the distinct segments that end at a point, in all rings
 */
export function segmentsAt(graph, id) {
  /** @type {Map<PointId, [PointId, PointId]>} */
  const found = new Map();
  for (const parcel of graph.parcelsWith(id)) {
    for (const ring of rings(parcel)) {
      ring.forEach((here, index) => {
        if (here !== id) return;
        for (const step of [1, ring.length - 1]) {
          const other = /** @type {PointId} */ (ring[(index + step) % ring.length]);
          found.set(other, [id, other]);
        }
      });
    }
  }
  return [...found.values()];
}

/**
 * Give the segment a-b, in every ring that has it, the points of its level that lie on it.
 * @param {Graph} graph
 * @param {PointId} a
 * @param {PointId} b
 * @param {number} [withinM] metres
 * @param {ReadonlySet<string>} [only] levels
 * @returns {Graph}
 */
export function nodeSegment(graph, a, b, withinM = withinOf(graph), only = levelsOf(graph, a)) {
  const owners = graph.parcelsWith(a).filter((parcel) => [...rings(parcel)].some((ring) => sideAt(ring, a, b) >= 0));
  let result = graph;
  for (const level of new Set(owners.map((parcel) => parcel.level).filter((each) => only.has(each)))) {
    const sides = owners.filter((parcel) => parcel.level === level);
    const inner = pointsBetween(graph, a, b, level, withinM);
    if (inner.length > 0) result = result.with({ parcels: sides.map((parcel) => withRings(parcel, (ring) => ringWithPath(ring, a, b, inner))) });
  }
  return result;
}

/**
 * The points of a level that lie on the line between two points and that no ring with this line has already: a ring
 * takes no point twice.
 * @param {Graph} graph
 * @param {PointId} a
 * @param {PointId} b
 * @param {string} level
 * @param {number} [withinM] metres
 * @returns {PointId[]} from a to b; the ends, and what lies within the distance of an end, are left out
 */
export function pointsBetween(graph, a, b, level, withinM = withinOf(graph)) {
  const box = widen(/** @type {Box} */ (boxOf([graph.point(a), graph.point(b)])), 0, withinM + BULGE_M);
  const parcels = parcelsOfLevels(graph, box, new Set([level]));
  const found = pointsOnSegment(graph, a, b, parcels.flatMap((parcel) => [...pointIds(parcel)]), withinM);
  if (found.length === 0) return found;
  const sides = parcels.flatMap((parcel) => [...rings(parcel)].filter((ring) => sideAt(ring, a, b) >= 0));
  return found.filter((id) => !sides.some((ring) => ring.includes(id)));
}

/**
 * @param {Graph} graph
 * @param {PointId} a
 * @param {PointId} b
 * @param {LonLat} place
 * @returns {boolean} whether a place lies on the line between two points, so that a point there bends nothing
 */
export function isOnLine(graph, a, b, place) {
  const metric = metricAt(graph, graph.point(a));
  const end = metric(graph.point(b));
  const { x, y } = metric(place);
  return nearestOnSegment(x, y, 0, 0, end.x, end.y).distance <= withinOf(graph);
}

/**
 * @param {Graph} graph
 * @param {PointId} a
 * @param {PointId} b
 * @param {LonLat} place
 * @returns {number} position of the nearest place on the line, 0 at a, 1 at b
 */
export function positionAlong(graph, a, b, place) {
  const metric = metricAt(graph, graph.point(a));
  const end = metric(graph.point(b));
  const { x, y } = metric(place);
  return nearestOnSegment(x, y, 0, 0, end.x, end.y).t;
}

/**
 * Put points between two neighbours of a ring, wherever the ring has them in succession.
 * @param {Ring} ring
 * @param {PointId} a
 * @param {PointId} b
 * @param {PointId[]} inner in order from a to b
 * @returns {Ring} the same ring where a and b are not neighbours on it
 */
export function ringWithPath(ring, a, b, inner) {
  /** @type {Ring} */
  const next = [];
  ring.forEach((id, index) => {
    const after = ring[(index + 1) % ring.length];
    next.push(id);
    if (id === a && after === b) next.push(...inner);
    else if (id === b && after === a) next.push(...[...inner].reverse());
  });
  return next.length === ring.length ? ring : next;
}

/**
 * @param {Ring} ring
 * @param {PointId} a
 * @param {PointId} b
 * @returns {number} index of the first of the two where they follow each other in either direction, else -1
 */
export function sideAt(ring, a, b) {
  return ring.findIndex((id, index) => {
    const after = ring[(index + 1) % ring.length];
    return (id === a && after === b) || (id === b && after === a);
  });
}

/**
 * The parcels, of the point's levels, that pass at a point without having it: their boundary would not follow.
 * @param {Graph} graph
 * @param {PointId} id
 * @param {number} [withinM] metres
 * @returns {Parcel[]}
 */
export function parcelsPassing(graph, id, withinM = withinOf(graph)) {
  const place = graph.point(id);
  const box = widen([place.lon, place.lat, place.lon, place.lat], 0, withinM + BULGE_M);
  return parcelsOfLevels(graph, box, levelsOf(graph, id)).filter((parcel) =>
    [...rings(parcel)].some((ring) => ringThrough(graph, ring, id, withinM) !== ring),
  );
}

/**
 * @param {Graph} graph
 * @param {Ring} ring
 * @param {PointId} id
 * @param {number} withinM
 * @returns {Ring} with the point in its nearest segment, or the same ring
 */
function ringThrough(graph, ring, id, withinM) {
  if (ring.includes(id)) return ring;
  const metric = metricAt(graph, graph.point(id));
  let best = { index: -1, distance: Infinity };
  for (let index = 0; index < ring.length; index += 1) {
    const a = metric(graph.point(/** @type {PointId} */ (ring[index])));
    const b = metric(graph.point(/** @type {PointId} */ (ring[(index + 1) % ring.length])));
    if (Math.hypot(a.x, a.y) <= withinM) return ring;
    const { distance } = nearestOnSegment(0, 0, a.x, a.y, b.x, b.y);
    if (distance <= withinM && distance < best.distance) best = { index, distance };
  }
  if (best.index < 0) return ring;
  return [...ring.slice(0, best.index + 1), id, ...ring.slice(best.index + 1)];
}

/**
 * @param {Graph} graph
 * @param {PointId} a
 * @param {PointId} b
 * @param {Iterable<PointId>} points
 * @param {number} [withinM] metres
 * @returns {PointId[]} ordered from a to b, ends and what lies within the distance of an end left out
 */
export function pointsOnSegment(graph, a, b, points, withinM = withinOf(graph)) {
  const metric = metricAt(graph, graph.point(a));
  const end = metric(graph.point(b));
  /** @type {Map<PointId, number>} */
  const found = new Map();
  for (const id of points) {
    if (id === a || id === b || found.has(id)) continue;
    const p = metric(graph.point(id));
    if (Math.hypot(p.x, p.y) <= withinM || Math.hypot(p.x - end.x, p.y - end.y) <= withinM) continue;
    const { t, distance } = nearestOnSegment(p.x, p.y, 0, 0, end.x, end.y);
    if (distance <= withinM) found.set(id, t);
  }
  return [...found].sort((one, other) => one[1] - other[1]).map(([id]) => id);
}

/**
 * @param {Graph} graph
 * @param {LonLat} origin a point or place
 * @returns {(place: LonLat) => {x: number, y: number}} metres east and north of the origin, in storage coordinates
 */
function metricAt(graph, origin) {
  const local = frameAt(graph.base.grid, graph.pairOf(origin));
  return (place) => {
    const [x, y] = local(graph.pairOf(place));
    return { x, y };
  };
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {Set<string>}
 */
function levelsOf(graph, id) {
  return new Set(graph.parcelsWith(id).map((parcel) => parcel.level));
}

/**
 * @param {Graph} graph
 * @param {Box} box
 * @param {ReadonlySet<string>} levels
 * @returns {Parcel[]}
 */
function parcelsOfLevels(graph, box, levels) {
  const found = [];
  for (const parcel of graph.parcels()) {
    if (levels.has(parcel.level) && boxesMeet(graph.envelope(parcel), box)) found.push(parcel);
  }
  return found;
}
