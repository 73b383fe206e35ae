/**
 * Boundaries between two points: which path along the rings is meant, and whose it is; as cadastre/boundary_path.py. A
 * boundary is a path whose segments all belong to the same one or two parcels of a level.
 *
 * @module land/boundary_path
 */

/** @import {Graph} from '../graph.js' */
/** @import {Parcel, PointId, Ring} from '../types.js' */

import { ActionRefused } from '../actions/refused.js';
import { label } from '../actions/ring_repair.js';
import { nodePoint, nodeSegment } from './noding.js';
import { isCounterclockwise } from '../storage/storage_frame.js';

/** A way along a ring: forwards, or against its order. @typedef {{parcel: string, part: number, ring: number, isForward: boolean}} Way */

/**
 * A path from one point to the other whose every segment these parcels have, ascending; `ways` run along it. `graph` is
 * noded for it.
 * @typedef {{level: string, path: PointId[], parcels: string[], ways: Way[], graph: Graph}} Boundary
 */

/** A way on which the parcels change. @typedef {{at: PointId, before: string[], after: string[], count: number}} Parting */

/**
 * @param {Graph} graph
 * @param {PointId} start
 * @param {PointId} end
 * @returns {{found: Boundary[], partings: Parting[]}} each path once for each level
 */
export function boundariesBetween(graph, start, end) {
  /** @type {Map<string, Boundary>} */
  const found = new Map();
  /** @type {Parting[]} */
  const partings = [];
  const levels = levelsOf(graph, start).filter((level) => levelsOf(graph, end).includes(level)).sort();
  for (const level of levels) {
    const only = new Set([level]);
    const noded = nodePoint(nodePoint(graph, start, undefined, only), end, undefined, only);
    for (const way of waysBetween(noded, level, start, end)) {
      const outcome = follow(noded, level, way, start, end);
      if ('at' in outcome) partings.push(outcome);
      else found.set([level, ...outcome.path].join('|'), outcome);
    }
  }
  return { found: [...found.values()], partings };
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {string[]}
 */
function levelsOf(graph, id) {
  return [...new Set(graph.parcelsWith(id).map((parcel) => parcel.level))];
}

/**
 * @param {Graph} graph
 * @param {string} level
 * @param {PointId} start
 * @param {PointId} end
 * @returns {Way[]}
 */
function waysBetween(graph, level, start, end) {
  return graph.parcelsWith(start).filter((parcel) => parcel.level === level).flatMap((parcel) => parcel.parts.flatMap((part, p) => part.flatMap((ring, r) => (
    ring.includes(start) && ring.includes(end) ? [true, false].map((isForward) => ({ parcel: parcel.id, part: p, ring: r, isForward })) : []))));
}

/**
 * @param {Graph} graph
 * @param {string} level
 * @param {Way} way
 * @param {PointId} start
 * @param {PointId} end
 * @returns {Boundary | Parting}
 */
function follow(graph, level, way, start, end) {
  const noded = nodePath(graph, pathAlong(graph, way, start, end), level);
  const path = pathAlong(noded, way, start, end);
  /** @type {string[]} */
  let parcels = [];
  for (const [index, id] of path.slice(1).entries()) {
    const before = /** @type {PointId} */ (path[index]);
    const having = noded.parcelsWith(before).filter((parcel) => parcel.level === level && parcel.parts.flat().some((ring) => stepOf(ring, before, id) !== 0));
    const ids = having.map((parcel) => parcel.id);
    if (parcels.length === 0) parcels = ids;
    if (ids.join('|') !== parcels.join('|') || ids.length > 2) return { at: before, before: index === 0 ? [] : parcels, after: ids, count: path.length - 1 };
  }
  return { level, path, parcels, ways: waysAlong(noded, level, path), graph: noded };
}

/**
 * Node a path: what others have on its segments, then its points on theirs.
 * @param {Graph} graph
 * @param {PointId[]} path
 * @param {string} level
 * @returns {Graph}
 */
export function nodePath(graph, path, level) {
  const only = new Set([level]);
  const noded = path.slice(1).reduce((state, id, index) => nodeSegment(state, /** @type {PointId} */ (path[index]), id, undefined, only), graph);
  return path.reduce((state, id) => nodePoint(state, id, undefined, only), noded);
}

/**
 * @param {Graph} graph
 * @param {Way} way
 * @returns {Ring}
 */
function ringOf(graph, { parcel, part, ring }) {
  return graph.parcel(parcel)?.parts[part]?.[ring] ?? [];
}

/**
 * @param {Graph} graph
 * @param {Way} way
 * @param {PointId} start
 * @param {PointId} end
 * @returns {PointId[]} the points of a ring from start to end, both included
 */
export function pathAlong(graph, way, start, end) {
  const ring = ringOf(graph, way);
  const turned = way.isForward ? ring : [...ring].reverse();
  const first = turned.indexOf(start);
  const path = [...turned.slice(first), ...turned.slice(0, first)];
  return path.slice(0, path.indexOf(end) + 1);
}

/**
 * @param {Graph} graph
 * @param {string} level
 * @param {PointId[]} path
 * @returns {Way[]} every ring of the level that runs along the whole path
 */
export function waysAlong(graph, level, path) {
  return graph.parcelsWith(path[0] ?? '').filter((parcel) => parcel.level === level).flatMap((parcel) => parcel.parts.flatMap((part, p) => part.flatMap((ring, r) => {
    const steps = new Set(path.slice(1).map((id, index) => stepOf(ring, path[index] ?? '', id)));
    const [step] = steps;
    return steps.size === 1 && step !== 0 ? [{ parcel: parcel.id, part: p, ring: r, isForward: step === 1 }] : [];
  })));
}

/**
 * @param {Ring} ring
 * @param {PointId} a
 * @param {PointId} b
 * @returns {-1 | 0 | 1} 1 where the ring has the segment in its order, -1 against it, 0 where it does not
 */
function stepOf(ring, a, b) {
  const at = ring.indexOf(a);
  if (at < 0) return 0;
  if (ring[(at + 1) % ring.length] === b) return 1;
  return ring.at(at - 1) === b ? -1 : 0;
}

/**
 * @param {Graph} graph
 * @param {Way} way
 * @returns {boolean} whether the way's parcel lies on its left
 */
export function isLeft(graph, way) {
  const pairs = ringOf(graph, way).map((id) => graph.pairOf(graph.point(id)));
  return (isCounterclockwise(pairs) === (way.ring === 0)) === way.isForward;
}

/**
 * A ring that runs along a path in its own order, with another path in its place; both have the same two ends. It begins
 * where it began, but where that point goes with the path.
 * @param {Ring} ring
 * @param {PointId[]} path
 * @param {PointId[]} by
 * @returns {Ring}
 */
function replaced(ring, path, by) {
  const first = ring.indexOf(path[0] ?? '');
  const beyond = first + path.length - ring.length;
  if (beyond <= 0) return [...ring.slice(0, first), ...by, ...ring.slice(first + path.length)];
  if (beyond === 1) return [...by.slice(-1), ...ring.slice(1, first), ...by.slice(0, -1)];
  return [...by, ...ring.slice(beyond, first)];
}

/**
 * @param {Graph} graph
 * @param {Way} way
 * @param {PointId[]} old
 * @param {PointId[]} path
 * @returns {Graph}
 */
export function withPath(graph, way, old, path) {
  const parcel = /** @type {Parcel} */ (graph.parcel(way.parcel));
  if (old.join('|') === path.join('|')) return graph;
  const paths = way.isForward ? [old, path] : [[...old].reverse(), [...path].reverse()];
  const ring = replaced(ringOf(graph, way), paths[0] ?? [], paths[1] ?? []);
  if (ring.length < 3) throw new ActionRefused('collapsed', `A ring of parcel ${label(parcel)} would keep fewer than three points.`);
  const parts = parcel.parts.map((part, p) => (p === way.part ? part.map((one, r) => (r === way.ring ? ring : one)) : part));
  return graph.with({ parcels: [{ ...parcel, parts }] });
}
