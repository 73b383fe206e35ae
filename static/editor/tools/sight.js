/**
 * What a point in hand, or the next point of a line, is lined up with.
 *
 * @module tools/sight
 */

/** @import {Graph} from '../graph.js' */
/** @import {Anchors} from '../snapping/snap.js' */
/** @import {LinePosition, Sight} from '../snapping/snapper.js' */
/** @import {Point, PointId} from '../types.js' */

import { edgesAt } from '../land/edges.js';

/** What can be done besides while something is in hand, for the hint. */
export const HELD_KEYS = ' · Alt: freely · A holds the bearing, O the length';

/**
 * Perpendiculars are dropped from the neighbours that stay; the sides that end at them, and the side in hand, are prolonged.
 * @param {Graph} graph
 * @param {readonly PointId[]} moved
 * @param {Point} from where lengths and bearings are measured from
 * @returns {Sight}
 */
export function sightOf(graph, moved, from) {
  const exclude = new Set(moved);
  const own = edgesAt(graph, moved).filter(({ b }) => !exclude.has(b.id));
  const neighbours = [...new Set(own.map(({ b }) => b))];
  const beyond = edgesAt(graph, neighbours.map(({ id }) => id)).filter(({ b }) => !exclude.has(b.id));
  return { exclude, from, anchors: { from: neighbours, guides: [...own, ...beyond].map(inOrder) } };
}

/**
 * @param {Graph} graph
 * @param {LinePosition} from
 * @returns {Anchors} a perpendicular is dropped from it, and the edges at it are prolonged
 */
export function anchorsAt(graph, from) {
  return { from: [from], guides: from.point ? edgesAt(graph, [from.point]).map(inOrder) : [] };
}

/**
 * @param {{a: Point, b: Point}} edge
 * @returns {[Point, Point]} as the index of snapping has it
 */
export function inOrder({ a, b }) {
  return a.id < b.id ? [a, b] : [b, a];
}
