/**
 * The sides of a parcel: length, bearing, and whose they are besides. Pure.
 *
 * @module edges
 */

/** @import {Course} from '../numbers/course.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Parcel, Point, PointId} from '../types.js' */

import { rings } from '../base.js';
import { courseBetween } from '../numbers/course.js';

/** @typedef {{key: string, a: Point, b: Point}} Side */

/** `neighbours`: parcels that have the very same side. @typedef {Side & {course: Course, neighbours: Parcel[]}} Edge */

/**
 * @param {PointId} a
 * @param {PointId} b
 * @returns {string} the same both ways
 */
export function edgeKey(a, b) {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {Side[]} in the order of its rings, all parts
 */
export function sidesOf(graph, parcel) {
  return [...rings(parcel)].flatMap((ring) => ring.map((id, index) => {
    const [a, b] = [graph.point(id), graph.point(ring[(index + 1) % ring.length] ?? id)];
    return { key: edgeKey(a.id, b.id), a, b };
  }));
}

/**
 * Who has a side besides is looked for in whole rings: of a road of twenty thousand points only for those that are shown.
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {Side} side
 * @returns {Edge}
 */
export function edgeOf(graph, parcel, { key, a, b }) {
  const neighbours = graph.parcelsWith(a.id).filter((other) => other.id !== parcel.id && hasEdge(other, a.id, b.id));
  return { key, a, b, course: courseOfSide(graph, { a, b }), neighbours };
}

/**
 * @param {Graph} graph
 * @param {{a: Point, b: Point}} side
 * @returns {Course}
 */
export function courseOfSide(graph, { a, b }) {
  return courseBetween(graph.base.grid, graph.pairOf(a), graph.pairOf(b));
}

/**
 * The sides that end at some points, each once, seen from the first of the points that it has.
 * @param {Graph} graph
 * @param {readonly PointId[]} ids
 * @returns {{a: Point, b: Point}[]}
 */
export function edgesAt(graph, ids) {
  /** @type {Map<string, {a: Point, b: Point}>} */
  const found = new Map();
  for (const id of ids) {
    for (const parcel of graph.parcelsWith(id)) {
      for (const ring of rings(parcel)) {
        const at = ring.indexOf(id);
        if (at < 0) continue;
        for (const other of [ring[(at + 1) % ring.length], ring[(at + ring.length - 1) % ring.length]]) {
          if (other === undefined || other === id) continue;
          const key = edgeKey(id, other);
          if (!found.has(key)) found.set(key, { a: graph.point(id), b: graph.point(other) });
        }
      }
    }
  }
  return [...found.values()];
}

/**
 * @param {Parcel} parcel
 * @param {PointId} a
 * @param {PointId} b
 * @returns {boolean}
 */
function hasEdge(parcel, a, b) {
  for (const ring of rings(parcel)) {
    const at = ring.indexOf(a);
    if (at >= 0 && (ring[(at + 1) % ring.length] === b || ring[(at + ring.length - 1) % ring.length] === b)) return true;
  }
  return false;
}
