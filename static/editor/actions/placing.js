/**
 * A whole parcel put in place: drawn, or as it was. Positions that equal current points are those points.
 *
 * @module actions/placing
 */

/** @import {Graph} from '../graph.js' */
/** @import {Part, PointId, Ring, Token} from '../types.js' */

import { segmentsOf } from '../land/rings.js';
import { nodePoint, nodeSegment } from '../land/noding.js';
import { pointAtPosition } from './position.js';
import { ActionRefused } from './refused.js';

/**
 * @param {Graph} graph in which the parcel stands
 * @param {Part[]} parts of it
 * @param {string} level
 * @returns {Graph} what others have on its segments made its points, and its points theirs
 */
export function nodedWhole(graph, parts, level) {
  const only = new Set([level]);
  const noded = parts.flat().flatMap(segmentsOf).reduce((one, [a, b]) => nodeSegment(one, a, b, undefined, only), graph);
  return [...new Set(parts.flat(2))].reduce((one, point) => nodePoint(one, point, undefined, only), noded);
}

/**
 * @param {Graph} graph
 * @param {Token[][][]} parts
 * @returns {{state: Graph, parts: Part[]}}
 */
export function placed(graph, parts) {
  let state = graph;
  /** Places that are in no ring yet. @type {Map<string, PointId>} */
  const made = new Map();
  /** @param {Token} token @returns {PointId} */
  const place = (token) => {
    const { point, isNew, names } = pointAtPosition(state, token);
    const id = made.get(point.at) ?? point.id;
    made.set(point.at, id);
    state = state.with({ points: isNew && id === point.id ? [point] : [], names: names.map(([key]) => [key, id]) });
    return id;
  };
  const rings = parts.map((part) => part.map((ring) => withoutRepeats(ring.map(place))));
  if (rings.flat().some((ring) => ring.length < 3)) throw new ActionRefused('collapsed', 'A ring of the parcel has fewer than three points.');
  return { state, parts: rings };
}

/**
 * @param {Ring} ring
 * @returns {Ring} equal points that follow each other made one
 */
function withoutRepeats(ring) {
  return ring.filter((id, index) => id !== ring[(index + 1) % ring.length]);
}
