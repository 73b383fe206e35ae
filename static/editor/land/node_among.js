/**
 * Noding parcels with each other, as cadastre/noding.py's `node_among`; what only others have is left alone.
 *
 * @module land/node_among
 */

/** @import {Graph} from '../graph.js' */
/** @import {Parcel, PointId} from '../types.js' */
/** @import {Land} from './rings.js' */

import { pointIds, rings, withRings } from '../base.js';
import { pointsOnSegment, ringWithPath, sideAt } from './noding.js';
import { segmentsOf } from './rings.js';

/**
 * Give every segment of some parcels of one level those points of theirs that lie on it, in every ring that has it.
 * @param {Graph} graph
 * @param {Land} land
 * @param {Parcel[]} members
 * @returns {Graph}
 */
export function nodeAmong(graph, land, members) {
  const ids = [...new Set(members.flatMap((parcel) => [...pointIds(parcel)]))];
  const points = ids.map((id) => ({ id, at: land.local(land.at(id)) })).sort((a, b) => a.at[0] - b.at[0]);
  const segments = members.flatMap((parcel) => [...rings(parcel)].flatMap(segmentsOf));
  const level = /** @type {Parcel} */ (members[0]).level;
  return segments.reduce((state, [a, b]) => {
    const near = pointsNear(land, points, a, b);
    return near.length > 0 ? withPoints(state, level, a, b, near) : state;
  }, graph);
}

/**
 * @param {Land} land
 * @param {{id: PointId, at: [number, number]}[]} points ascending eastward
 * @param {PointId} a
 * @param {PointId} b
 * @returns {PointId[]} in the box of a segment, but not its ends
 */
function pointsNear(land, points, a, b) {
  const [[ax, ay], [bx, by]] = [land.local(land.at(a)), land.local(land.at(b))];
  const margin = 2 * land.withinM;
  const [west, east] = [Math.min(ax, bx) - margin, Math.max(ax, bx) + margin];
  const [south, north] = [Math.min(ay, by) - margin, Math.max(ay, by) + margin];
  const near = [];
  for (let index = firstFrom(points, west); index < points.length; index += 1) {
    const point = /** @type {{id: PointId, at: [number, number]}} */ (points[index]);
    if (point.at[0] > east) break;
    if (point.at[1] >= south && point.at[1] <= north && point.id !== a && point.id !== b) near.push(point.id);
  }
  return near;
}

/**
 * @param {{at: [number, number]}[]} points ascending
 * @param {number} x
 * @returns {number} index of the first that is not west of x
 */
function firstFrom(points, x) {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.at[0] ?? NaN) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {Graph} graph
 * @param {string} level
 * @param {PointId} a
 * @param {PointId} b
 * @param {PointId[]} near
 * @returns {Graph}
 */
function withPoints(graph, level, a, b, near) {
  const found = pointsOnSegment(graph, a, b, near);
  if (found.length === 0) return graph;
  const sides = graph.parcelsWith(a).filter((parcel) => parcel.level === level && [...rings(parcel)].some((ring) => sideAt(ring, a, b) >= 0));
  const taken = sides.flatMap((parcel) => [...rings(parcel)].filter((ring) => sideAt(ring, a, b) >= 0));
  const inner = found.filter((id) => !taken.some((ring) => ring.includes(id)));
  if (inner.length === 0) return graph;
  return graph.with({ parcels: sides.map((parcel) => withRings(parcel, (ring) => ringWithPath(ring, a, b, inner))) });
}
