/**
 * Which handles are shown: the points of the selected parcels that lie in view and may be edited, in ring order, each
 * followed by the place to insert between it and the next. A road parcel has thousands: where they are too many, points
 * that stand close together on the screen share one handle, and zooming in parts them.
 *
 * @module handle_choice
 */

/** @import {Graph} from '../graph.js' */
/** @import {Handle} from './handles.js' */
/** @import {Bench, Tool} from './tool.js' */
/** @import {Box, LonLat, Point, PointId, Ring} from '../types.js' */

import { whyNotRemovable } from '../actions/remove_point.js';
import { rings } from '../base.js';
import { sharedBy } from '../describe.js';
import { sections } from '../land/long_rings.js';
import { boxHolds, intersection } from '../storage/geodesy.js';

/** More handles than this in view help nobody, and slow the page down. */
const MOST_HANDLES = 400;
/** How far apart handles then stand at least: the first distance that leaves few enough. */
const SPACINGS_PX = [8, 16, 32, 64, 128];
/** Sides shorter than this on the screen have no room for a handle between their points. */
const SHORTEST_SIDE_PX = 44;

/** A handle that is not named yet: naming asks who shares the point. `index`: of its point in the ring. @typedef {Omit<Handle, 'name' | 'reason'> & {index: number}} Candidate */

/**
 * @param {Bench} bench
 * @param {Tool} tool
 * @returns {{handles: Handle[], left: number}} `left`: points in view that have none until the map is zoomed in
 */
export function handlesOf({ session, view }, tool) {
  const { loaded } = session.state;
  const { chosen } = session;
  const within = chosen.length > 0 && tool.hasPoints && session.canEdit && loaded ? intersection(view.box, loaded) : null;
  if (!within) return { handles: [], left: 0 };
  const project = view.projection();
  /** @type {Map<string, Candidate>} */
  const found = new Map();
  for (const ring of chosen.flatMap((parcel) => [...rings(parcel)])) {
    for (const candidate of ringCandidates(session.graph, ring, within, project, tool)) found.set(candidate.key, candidate);
  }
  const all = [...found.values()];
  const points = all.filter(({ kind }) => kind === 'point');
  const shown = all.length <= MOST_HANDLES ? all : points.length <= MOST_HANDLES ? points : spaced(points, project);
  return { handles: shown.map((candidate) => named(session.graph, candidate, tool)), left: all.length <= MOST_HANDLES ? 0 : points.length - shown.length };
}

/**
 * @param {Candidate[]} candidates
 * @param {(place: LonLat) => [number, number]} project
 * @returns {Candidate[]} so many of them, in their order, that each stands in a square of the screen of its own
 */
function spaced(candidates, project) {
  const pixels = candidates.map(({ place }) => project(place));
  /** @type {Candidate[]} */
  let kept = [];
  for (const spacing of SPACINGS_PX) {
    const taken = new Set();
    kept = candidates.filter((_, index) => {
      const [x, y] = pixels[index] ?? [0, 0];
      const square = `${Math.floor(x / spacing)},${Math.floor(y / spacing)}`;
      return !taken.has(square) && taken.add(square);
    });
    if (kept.length <= MOST_HANDLES) break;
  }
  return kept;
}

/**
 * @param {Graph} graph
 * @param {Ring} ring
 * @param {Box} within
 * @param {(place: Point) => [number, number]} project
 * @param {Tool} tool
 * @returns {Generator<Candidate>}
 */
function* ringCandidates(graph, ring, within, project, tool) {
  for (const { from, to, isSeen } of sections(graph, ring, within)) {
    for (let index = from; isSeen && index < to; index += 1) {
      const point = graph.point(/** @type {PointId} */ (ring[index]));
      if (!boxHolds(within, point)) continue;
      yield { key: point.id, kind: 'point', place: point, points: [point.id], index };
      const next = graph.point(/** @type {PointId} */ (ring[(index + 1) % ring.length]));
      if (!tool.hasMiddles || !boxHolds(within, next)) continue;
      const [ax, ay] = project(point);
      const [bx, by] = project(next);
      if (Math.hypot(bx - ax, by - ay) >= SHORTEST_SIDE_PX) yield middle(point, next, index);
    }
  }
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {number} index
 * @returns {Candidate}
 */
function middle(a, b, index) {
  return {
    key: [a.id, b.id].sort().join('|'), kind: 'middle', points: [a.id, b.id], index,
    place: { lon: (a.lon + b.lon) / 2, lat: (a.lat + b.lat) / 2 },
  };
}

/**
 * @param {Graph} graph
 * @param {Candidate} candidate
 * @param {Tool} tool
 * @returns {Handle}
 */
function named(graph, { index, ...handle }, tool) {
  if (handle.kind === 'middle') return { ...handle, name: `Insert a point after point ${index + 1}` };
  const [id] = handle.points;
  return { ...handle, name: `Point ${index + 1}, ${sharedBy(graph, id)}`, reason: tool.name === 'remove' ? whyNotRemovable(graph, id) : null };
}
