/**
 * Rings of points in storage coordinates: which way they run, what lies in them, how wide they are.
 *
 * @module land/rings
 */

/** @import {Graph} from '../graph.js' */
/** @import {Part, PointId, Ring, StoragePair} from '../types.js' */

import { frameAt, twiceTheArea } from '../storage/storage_frame.js';

/**
 * Where points lie, as the operations on land need it.
 * @typedef {object} Land
 * @property {(id: PointId) => StoragePair} at
 * @property {(pair: StoragePair) => [number, number]} local metres in a plane over the whole
 * @property {number} withinM noding distance
 */

/** What counts as an overlap, and not as a sliver (design: decision 7). */
const TOLERANCE_M2 = 0.01;
const NOISE_WIDTH_M = 0.001;

/**
 * @param {Graph} graph
 * @param {Iterable<Part[]>} shapes what the plane is laid over
 * @param {number} withinM
 * @returns {Land & {corner: StoragePair, middleY: number}} corner: where the plane begins; middleY: where its scale is taken
 */
export function landOf(graph, shapes, withinM) {
  /** @param {PointId} id */
  const at = (id) => graph.pairOf(graph.point(id));
  let [west, south, north] = [Infinity, Infinity, -Infinity];
  for (const shape of shapes) {
    for (const part of shape) {
      for (const id of part[0] ?? []) {
        const [x, y] = at(id);
        [west, south, north] = [Math.min(west, x), Math.min(south, y), Math.max(north, y)];
      }
    }
  }
  const middleY = (south + north) / 2;
  return { at, local: frameAt(graph.base.grid, [west, south], middleY), withinM, corner: [west, south], middleY };
}

/**
 * @param {Land} land
 * @param {Ring} ring
 * @returns {boolean} whether it runs counterclockwise
 */
export function runsLeft(land, ring) {
  return twiceTheArea(ring.map(land.at)) > 0;
}

/**
 * @param {Land} land
 * @param {Ring} ring
 * @returns {number} square metres, positive
 */
export function ringAreaM2(land, ring) {
  return Math.abs(twiceTheArea(ring.map((id) => land.local(land.at(id))))) / 2;
}

/**
 * @param {Land} land
 * @param {Ring} ring
 * @returns {boolean} whether what it encloses is more than a sliver
 */
export function isAboveTolerance(land, ring) {
  const area = ringAreaM2(land, ring);
  const metres = ring.map((id) => land.local(land.at(id)));
  const perimeter = metres.reduce((sum, [x, y], i) => {
    const [nx, ny] = /** @type {[number, number]} */ (metres[(i + 1) % metres.length]);
    return sum + Math.hypot(nx - x, ny - y);
  }, 0);
  return area > TOLERANCE_M2 && (2 * area) / perimeter > NOISE_WIDTH_M;
}

/**
 * @param {Ring} ring
 * @returns {[PointId, PointId][]} its segments, each from a point to the next
 */
export function segmentsOf(ring) {
  return ring.map((id, index) => [id, /** @type {PointId} */ (ring[(index + 1) % ring.length])]);
}

/**
 * @param {StoragePair[]} ring
 * @param {StoragePair} place
 * @returns {boolean} whether a ray from the place crosses the ring an odd number of times
 */
export function ringHolds(ring, [x, y]) {
  let isInside = false;
  let before = ring[ring.length - 1];
  if (!before) return false;
  // Streets of a town have thousands of points, and hundreds of blocks are asked for: nothing is made in here.
  for (const here of ring) {
    const [ay, by] = [before[1], here[1]];
    if (ay > y !== by > y && x < before[0] + ((here[0] - before[0]) * (y - ay)) / (by - ay)) isInside = !isInside;
    before = here;
  }
  return isInside;
}

/**
 * @param {StoragePair[][]} rings exterior and interior ones, of one shape
 * @param {StoragePair} place
 * @returns {boolean}
 */
export function shapeHolds(rings, place) {
  return rings.reduce((isInside, ring) => (ringHolds(ring, place) ? !isInside : isInside), false);
}

/**
 * A place inside a ring: on a line through it at half the height of its widest band between two points.
 * @param {StoragePair[]} ring
 * @returns {StoragePair}
 */
export function placeInside(ring) {
  const heights = [...new Set(ring.map(([, y]) => y))].sort((a, b) => a - b);
  let y = heights[0] ?? NaN;
  let widest = 0;
  heights.forEach((height, index) => {
    const next = heights[index + 1] ?? height;
    if (next - height > widest) [widest, y] = [next - height, (height + next) / 2];
  });
  const crossings = [];
  for (const [index, [ax, ay]] of ring.entries()) {
    const [bx, by] = /** @type {StoragePair} */ (ring[(index + 1) % ring.length]);
    if (ay > y !== by > y) crossings.push(ax + ((bx - ax) * (y - ay)) / (by - ay));
  }
  crossings.sort((a, b) => a - b);
  return [((crossings[0] ?? NaN) + (crossings[1] ?? NaN)) / 2, y];
}
