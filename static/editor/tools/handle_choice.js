/**
 * Which handles are shown: the points of the selected parcels that lie in view and may be edited, in ring order, each
 * followed by the place to insert between it and the next.
 *
 * @module handle_choice
 */

/** @import {Graph} from '../graph.js' */
/** @import {Handle} from './handles.js' */
/** @import {Bench, Tool} from './tool.js' */
/** @import {Box, Point, PointId, Ring} from '../types.js' */

import { whyNotRemovable } from '../actions/remove_point.js';
import { rings } from '../base.js';
import { sharedBy } from '../describe.js';
import { boxHolds, intersection } from '../storage/geodesy.js';

/** More handles than this in view help nobody; zooming in shows them. */
const MOST_HANDLES = 400;
/** Sides shorter than this on the screen have no room for a handle between their points. */
const SHORTEST_SIDE_PX = 44;

/**
 * @param {Bench} bench
 * @param {Tool} tool
 * @returns {Handle[]}
 */
export function handlesOf({ session, view }, tool) {
  const { loaded } = session.state;
  const { chosen } = session;
  if (chosen.length === 0 || !tool.hasPoints || !session.canEdit || !loaded) return [];
  const within = intersection(view.box, loaded);
  if (!within) return [];
  const project = view.projection();
  /** @type {Map<string, Handle>} */
  const found = new Map();
  for (const ring of chosen.flatMap((parcel) => [...rings(parcel)])) {
    for (const handle of ringHandles(session.graph, ring, within, project, tool)) {
      found.set(handle.key, handle);
      if (found.size > MOST_HANDLES) return [];
    }
  }
  return [...found.values()];
}

/**
 * @param {Graph} graph
 * @param {Ring} ring
 * @param {Box} within
 * @param {(place: Point) => [number, number]} project
 * @param {Tool} tool
 * @returns {Generator<Handle>}
 */
function* ringHandles(graph, ring, within, project, tool) {
  for (const [index, id] of ring.entries()) {
    const point = graph.point(id);
    const nextId = /** @type {PointId} */ (ring[(index + 1) % ring.length]);
    const next = graph.point(nextId);
    if (boxHolds(within, point)) yield pointHandle(graph, point, index, tool);
    if (!tool.hasMiddles || !boxHolds(within, point) || !boxHolds(within, next)) continue;
    const [ax, ay] = project(point);
    const [bx, by] = project(next);
    if (Math.hypot(bx - ax, by - ay) >= SHORTEST_SIDE_PX) yield middleHandle(point, next, index);
  }
}

/**
 * @param {Graph} graph
 * @param {Point} point
 * @param {number} index
 * @param {Tool} tool
 * @returns {Handle}
 */
function pointHandle(graph, point, index, tool) {
  return {
    key: point.id, kind: 'point', place: point, points: [point.id],
    name: `Point ${index + 1}, ${sharedBy(graph, point.id)}`,
    reason: tool.name === 'remove' ? whyNotRemovable(graph, point.id) : null,
  };
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {number} index
 * @returns {Handle}
 */
function middleHandle(a, b, index) {
  return {
    key: [a.id, b.id].sort().join('|'), kind: 'middle', points: [a.id, b.id],
    place: { lon: (a.lon + b.lon) / 2, lat: (a.lat + b.lat) / 2 },
    name: `Insert a point after point ${index + 1}`,
  };
}
