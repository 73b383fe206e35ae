/**
 * Where a line that somebody drew goes through a shape; the same rules as cadastre/dividing_line.py. Within the noding
 * distance an existing point takes the place of a crossing, and of a vertex of the line, and a vertex that near to the
 * boundary is put onto it. So a line through a corner goes through that corner, and the boundary itself does not move.
 *
 * @module land/dividing_line
 */

/** @import {Part, PointId, StoragePair} from '../types.js' */
/** @import {Work} from './work.js' */

import { ActionRefused } from '../actions/refused.js';
import { pointsOnSegment } from './noding.js';
import { length } from '../format.js';
import { metresPerUnit } from '../storage/storage_frame.js';
import { segmentsOf, shapeHolds } from './rings.js';

/** @typedef {[PointId, PointId]} Segment */

/**
 * A point of the line: on the boundary as a point it has already, on one of its segments, where it is to be inserted, or
 * beside it.
 * @typedef {{id: PointId, isOnBoundary: boolean, segment: Segment | null}} Node
 */

/** New points on a segment of the boundary, in the order along it. @typedef {{segment: Segment, points: PointId[]}} Insertion */

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {PointId[]} line
 * @returns {Segment[]} of the boundary that a line comes near
 */
function segmentsNear(work, shape, line) {
  const margin = 2 * work.withinM;
  const ends = line.map((id) => work.metres(id));
  const [xs, ys] = [ends.map(([x]) => x), ends.map(([, y]) => y)];
  const [west, east, south, north] = [Math.min(...xs) - margin, Math.max(...xs) + margin, Math.min(...ys) - margin, Math.max(...ys) + margin];
  return shape.flat().flatMap(segmentsOf).filter(([a, b]) => {
    const [[ax, ay], [bx, by]] = [work.metres(a), work.metres(b)];
    return Math.max(ax, bx) >= west && Math.min(ax, bx) <= east && Math.max(ay, by) >= south && Math.min(ay, by) <= north;
  });
}

/**
 * The line's vertices, joined to what they are near, and between them what it meets.
 * @param {Work} work
 * @param {Part[]} shape
 * @param {PointId[]} line
 * @returns {Node[]}
 */
export function pathOf(work, shape, line) {
  const vertices = line.map((id) => joined(work, shape, id));
  const path = vertices.slice(0, 1);
  vertices.slice(1).forEach((node, index) => {
    const before = /** @type {Node} */ (vertices[index]);
    if (before.id !== node.id) path.push(...between(work, shape, before, node), node);
  });
  return path;
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {PointId} id
 * @returns {Node}
 */
function joined(work, shape, id) {
  const near = segmentsNear(work, shape, [id]);
  const end = work.nearest(id, near.flat());
  if (end && end.distance <= work.withinM) return { id: end.id, isOnBoundary: true, segment: null };
  for (const [a, b] of near) {
    const { t, distance } = work.along(id, a, b);
    if (distance <= work.withinM) return onSegment(work, id, [a, b], t, distance);
  }
  return { id, isOnBoundary: false, segment: null };
}

/**
 * A vertex of the line that lies near a segment of the boundary: the boundary does not move, so the vertex does.
 * @param {Work} work
 * @param {PointId} id
 * @param {Segment} segment
 * @param {number} t
 * @param {number} distance
 * @returns {Node}
 */
function onSegment(work, id, [a, b], t, distance) {
  const [[ax, ay], [bx, by]] = [work.at(a), work.at(b)];
  const { grid } = work.graph.base;
  const scale = metresPerUnit(grid, ay);
  // What is off by no more than a client's own snapping stays where it was given.
  const isOff = distance > Math.max(scale.x, scale.y) / (grid.steps || Infinity);
  const point = isOff ? work.make([ax + (bx - ax) * t, ay + (by - ay) * t]) : id;
  const end = work.nearest(point, [a, b]);
  if (end && end.distance <= work.withinM) return { id: end.id, isOnBoundary: true, segment: null };
  return { id: point, isOnBoundary: true, segment: [a, b] };
}

/**
 * What a segment of the line meets between its ends: points of the boundary, and crossings.
 * @param {Work} work
 * @param {Part[]} shape
 * @param {Node} a
 * @param {Node} b
 * @returns {Node[]} from a to b
 */
function between(work, shape, a, b) {
  const near = segmentsNear(work, shape, [a.id, b.id]);
  /** @type {Map<PointId, Node>} */
  const met = new Map();
  for (const id of pointsOnSegment(work.graph, a.id, b.id, near.flat())) met.set(id, { id, isOnBoundary: true, segment: null });
  for (const segment of near) {
    const node = crossingNode(work, a, b, segment);
    if (node && !met.has(node.id)) met.set(node.id, node);
  }
  const nodes = [...met.values()].filter(({ id }) => id !== a.id && id !== b.id);
  const place = new Map(nodes.map(({ id }) => [id, work.along(id, a.id, b.id).t]));
  return nodes.sort((one, other) => (place.get(one.id) ?? 0) - (place.get(other.id) ?? 0));
}

/**
 * @param {Work} work
 * @param {Node} a
 * @param {Node} b
 * @param {Segment} segment
 * @returns {Node | null} what is there already, on the boundary, takes the place of the crossing
 */
function crossingNode(work, a, b, [p, q]) {
  const [start, end, from, to] = [a.id, b.id, p, q].map((id) => work.metres(id));
  if (!start || !end || !from || !to) return null;
  const [fromP, fromQ] = [cross(start, end, from), cross(start, end, to)];
  if (fromP * fromQ >= 0 || cross(from, to, start) * cross(from, to, end) >= 0) return null;
  const [[px, py], [qx, qy]] = [work.at(p), work.at(q)];
  const t = fromP / (fromP - fromQ);
  const id = work.make([px + (qx - px) * t, py + (qy - py) * t]);
  const there = work.nearest(id, [p, q, ...[a, b].filter((node) => node.isOnBoundary).map((node) => node.id)]);
  if (there && there.distance <= work.withinM) return { id: there.id, isOnBoundary: true, segment: null };
  return { id, isOnBoundary: true, segment: [p, q] };
}

/**
 * @param {[number, number]} a
 * @param {[number, number]} b
 * @param {[number, number]} c
 * @returns {number}
 */
function cross([ax, ay], [bx, by], [cx, cy]) {
  return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

/**
 * @param {Work} work
 * @param {Node[]} path
 * @returns {Insertion[]}
 */
export function insertionsOf(work, path) {
  /** @type {Map<string, Insertion>} */
  const found = new Map();
  for (const { id, segment } of path) {
    if (!segment) continue;
    const key = segment.join('|');
    const known = found.get(key) ?? { segment, points: [] };
    if (!known.points.includes(id)) known.points.push(id);
    found.set(key, known);
  }
  for (const { segment: [a, b], points } of found.values()) points.sort((one, other) => work.along(one, a, b).t - work.along(other, a, b).t);
  return [...found.values()];
}

/**
 * The stretches of a path that lie inside a shape, from boundary to boundary.
 * @param {Work} work
 * @param {Part[]} opened the shape with the path's new points on its boundary
 * @param {Node[]} path
 * @returns {PointId[][]}
 * @throws {ActionRefused} where it ends inside
 */
export function stretchesOf(work, opened, path) {
  const rings = opened.flat().map((ring) => ring.map(work.at));
  const edges = new Set(opened.flat().flatMap(segmentsOf).flatMap(([a, b]) => [`${a}|${b}`, `${b}|${a}`]));
  /** @type {PointId[][]} */
  const found = [];
  let isOpen = false;
  path.slice(1).forEach((b, index) => {
    const a = /** @type {Node} */ (path[index]);
    if (edges.has(`${a.id}|${b.id}`) || !shapeHolds(rings, middle(work.at(a.id), work.at(b.id)))) {
      if (isOpen) throw endsInside(work, opened, a.id);
      return;
    }
    if (!isOpen && !a.isOnBoundary) throw endsInside(work, opened, a.id);
    if (!isOpen) found.push([a.id]);
    found.at(-1)?.push(b.id);
    isOpen = !b.isOnBoundary;
  });
  if (isOpen) throw endsInside(work, opened, /** @type {Node} */ (path.at(-1)).id);
  return found;
}

/**
 * @param {StoragePair} a
 * @param {StoragePair} b
 * @returns {StoragePair}
 */
function middle([ax, ay], [bx, by]) {
  return [(ax + bx) / 2, (ay + by) / 2];
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {PointId} id
 * @returns {ActionRefused}
 */
function endsInside(work, shape, id) {
  const nearest = Math.min(...shape.flat().flatMap(segmentsOf).map(([a, b]) => work.along(id, a, b).distance));
  return new ActionRefused('invalid_operation', `The line ends inside the parcel, ${length(nearest)} from its boundary: it must reach it.`);
}

/**
 * @param {Work} work
 * @param {PointId[]} line
 * @throws {ActionRefused} where it crosses itself
 */
export function refuseCrossingItself(work, line) {
  if (line.length < 2) throw new ActionRefused('invalid_operation', 'The line takes at least two different points.');
  if (line[0] === line.at(-1)) throw new ActionRefused('invalid_operation', 'The line ends where it begins; it must lead from boundary to boundary.');
  const ends = line.map((id) => work.metres(id));
  for (let i = 0; i + 1 < ends.length; i += 1) {
    for (let j = i + 2; j + 1 < ends.length; j += 1) {
      const [p, q, a, b] = [ends[i], ends[i + 1], ends[j], ends[j + 1]];
      if (p && q && a && b && haveBoxesInCommon([p, q], [a, b]) && cross(p, q, a) * cross(p, q, b) <= 0 && cross(a, b, p) * cross(a, b, q) <= 0) {
        throw new ActionRefused('invalid_operation', 'The line crosses itself.');
      }
    }
  }
}

/**
 * Stretches of one straight line are on each other's line, and still apart.
 * @param {[[number, number], [number, number]]} one
 * @param {[[number, number], [number, number]]} other
 * @returns {boolean}
 */
function haveBoxesInCommon([[px, py], [qx, qy]], [[ax, ay], [bx, by]]) {
  return Math.max(px, qx) >= Math.min(ax, bx) && Math.max(ax, bx) >= Math.min(px, qx) && Math.max(py, qy) >= Math.min(ay, by) && Math.max(ay, by) >= Math.min(py, qy);
}
