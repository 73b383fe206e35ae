/**
 * Line points: what lies on a straight boundary between two corners, and follows when one of the corners moves. The same
 * rules as cadastre/line_points.py: a point lies within 1 mm of the line between its neighbours on some ring of the level,
 * and a straight boundary ends at the first point that is a line point of none, or where it bends away from those passed.
 *
 * @module line_points
 */

/** @import {Graph} from '../graph.js' */
/** @import {PointId, StoragePair} from '../types.js' */

import { rings } from '../base.js';
import { nearestOnSegment } from '../storage/geodesy.js';
import { nodeAround } from './noding.js';
import { frameAt } from '../storage/storage_frame.js';

const LINE_POINT_M = 0.001;

/** Seen from the point that moves: its line points in order, then its corner. @typedef {{level: string, points: PointId[], corner: PointId}} StraightBoundary */

/**
 * Straight boundaries from a point in every direction; what a neighbour has on them belongs to them, and may carry them on,
 * so they are noded as they are followed.
 * @param {Graph} graph
 * @param {PointId} start noded itself
 * @returns {{graph: Graph, lines: StraightBoundary[]}}
 */
export function straightBoundaries(graph, start) {
  const noded = new Set([start]);
  for (let state = graph; ;) {
    const lines = linesFrom(state, start);
    const fresh = lines.flatMap((line) => line.points).filter((id) => !noded.has(id));
    if (fresh.length === 0) return { graph: state, lines };
    for (const id of fresh) {
      state = nodeAround(state, id);
      noded.add(id);
    }
  }
}

/**
 * Where the line points of straight boundaries go: each by as much of the corner's move as its position says, so that
 * what is straight stays straight.
 * @param {Graph} graph
 * @param {StraightBoundary[]} lines
 * @param {PointId} start
 * @param {StoragePair} to
 * @returns {Map<PointId, StoragePair>} not yet on the grid
 */
export function carriedTo(graph, lines, start, to) {
  const from = pairOf(graph, start);
  const local = frameAt(graph.base.grid, from);
  /** @type {Map<PointId, StoragePair>} */
  const found = new Map();
  // Of two lines along each other the farther corner counts: the other ends at a point that is carried itself.
  const ordered = lines.map((line) => ({ line, corner: local(pairOf(graph, line.corner)) })).sort((a, b) => Math.hypot(...a.corner) - Math.hypot(...b.corner));
  for (const { line, corner } of ordered) {
    const [cx, cy] = pairOf(graph, line.corner);
    const isJoin = cx === to[0] && cy === to[1];
    for (const id of line.points) {
      const pair = pairOf(graph, id);
      const { t } = nearestOnSegment(...local(pair), 0, 0, ...corner);
      found.set(id, isJoin ? to : [pair[0] + (1 - t) * (to[0] - from[0]), pair[1] + (1 - t) * (to[1] - from[1])]);
    }
  }
  return found;
}

/**
 * None goes on where that of another level ends; a unit's corner ends none, for units follow their ground parcel.
 * @param {Graph} graph
 * @param {PointId} start
 * @returns {StraightBoundary[]}
 */
function linesFrom(graph, start) {
  const users = graph.parcelsWith(start);
  const ending = new Set(users.filter((parcel) => (parcel.properties['part_of'] ?? null) === null).map((parcel) => parcel.level));
  /** @type {Map<string, {level: string, first: PointId}>} */
  const firsts = new Map();
  for (const { level, parts } of users) {
    for (const ring of parts.flat()) for (const [before, after] of neighbours(ring, start)) for (const first of [before, after]) firsts.set(`${level}|${first}`, { level, first });
  }
  const lines = [...firsts.values()].map(({ level, first }) => lineOf(graph, level, start, first));
  const ends = new Set(lines.filter((line) => ending.has(line.level)).map((line) => line.corner));
  return lines.map((line) => {
    const end = line.points.findIndex((id) => ends.has(id));
    return end < 0 ? line : { level: line.level, points: line.points.slice(0, end), corner: /** @type {PointId} */ (line.points[end]) };
  });
}

/**
 * @param {Graph} graph
 * @param {string} level
 * @param {PointId} start
 * @param {PointId} first
 * @returns {StraightBoundary}
 */
function lineOf(graph, level, start, first) {
  const local = frameAt(graph.base.grid, pairOf(graph, start));
  const sleeve = new Sleeve((id) => local(pairOf(graph, id)), first);
  const path = [start, first];
  for (;;) {
    const [before = start, point = first] = path.slice(-2);
    const following = straightOn(graph, level, before, point);
    if (following === null) break;
    sleeve.passBy(point);
    if (path.includes(following) || !sleeve.leadsTo(following)) break;
    path.push(following);
  }
  return { level, points: path.slice(1, -1), corner: /** @type {PointId} */ (path.at(-1)) };
}

/**
 * @param {Graph} graph
 * @param {string} level
 * @param {PointId} before
 * @param {PointId} point
 * @returns {PointId | null} where a ring of the level goes on straight over a point; of several the straightest
 */
function straightOn(graph, level, before, point) {
  let best = /** @type {{id: PointId, distance: number} | null} */ (null);
  for (const parcel of graph.parcelsWith(point)) {
    if (parcel.level !== level) continue;
    for (const ring of rings(parcel)) {
      for (const ends of neighbours(ring, point)) {
        if (!ends.includes(before)) continue;
        const id = ends[0] === before ? ends[1] : ends[0];
        const distance = offLine(graph, point, before, id);
        if (distance <= LINE_POINT_M && (!best || distance < best.distance)) best = { id, distance };
      }
    }
  }
  return best?.id ?? null;
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @param {PointId} a
 * @param {PointId} b
 * @returns {number} metres from a point to a line, the same from both its ends
 */
function offLine(graph, id, a, b) {
  const [low, high] = [pairOf(graph, a), pairOf(graph, b)].sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  if (!low || !high) return Infinity;
  const local = frameAt(graph.base.grid, low);
  return nearestOnSegment(...local(pairOf(graph, id)), 0, 0, ...local(high)).distance;
}

/**
 * @param {PointId[]} ring
 * @param {PointId} id
 * @returns {[PointId, PointId][]} the points before and after each occurrence
 */
function neighbours(ring, id) {
  return ring.flatMap((here, index) => (here === id ? [/** @type {[PointId, PointId]} */ ([ring.at(index - 1), ring[(index + 1) % ring.length]])] : []));
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {StoragePair}
 */
function pairOf(graph, id) {
  return graph.pairOf(graph.point(id));
}

/** Directions from a point in which a line passes everything so far within 1 mm (after Zhao and Saalfeld 1997). */
class Sleeve {
  /**
   * @param {(id: PointId) => [number, number]} local
   * @param {PointId} towards
   */
  constructor(local, towards) {
    this.local = local;
    const [x, y] = local(towards);
    this.axis = Math.atan2(y, x);
    this.low = -Math.PI;
    this.high = Math.PI;
  }

  /** @param {PointId} id */
  passBy(id) {
    const far = Math.max(Math.hypot(...this.local(id)), LINE_POINT_M);
    const half = Math.asin(Math.min(1, LINE_POINT_M / far));
    const angle = this.#angle(id);
    this.low = Math.max(this.low, angle - half);
    this.high = Math.min(this.high, angle + half);
  }

  /**
   * @param {PointId} id
   * @returns {boolean}
   */
  leadsTo(id) {
    const angle = this.#angle(id);
    return this.low <= angle && angle <= this.high;
  }

  /**
   * @param {PointId} id
   * @returns {number} from the axis, -pi to pi
   */
  #angle(id) {
    const [x, y] = this.local(id);
    const turn = Math.atan2(y, x) - this.axis;
    return turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
  }
}
