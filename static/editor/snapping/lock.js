/**
 * A length or a bearing that is held while a place is pointed at: the place stays on a circle or on a ray, and where they meet
 * an edge it can be both.
 *
 * @module lock
 */

/** @import {Grid} from '../base.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Point, StoragePair} from '../types.js' */

import { courseText, bearingText } from '../numbers/bearing.js';
import { componentsOf, courseBetween, pairBeside } from '../numbers/course.js';
import { length } from '../format.js';
import { metresPerUnit } from '../storage/storage_frame.js';

/** At least one of them; of both together there is one place alone. @typedef {{metres: number | null, degrees: number | null}} Lock */

const RADIANS = Math.PI / 180;

/**
 * @param {Grid} grid
 * @param {Lock} lock
 * @param {StoragePair} from
 * @param {StoragePair} towards where the pointer is
 * @returns {StoragePair} the place as near to it as the lock allows; behind the beginning of a ray, its beginning
 */
export function lockedPair(grid, lock, from, towards) {
  const pointed = courseBetween(grid, from, towards);
  const degrees = lock.degrees ?? pointed.degrees;
  const along = pointed.metres * Math.cos((pointed.degrees - degrees) * RADIANS);
  return pairBeside(grid, from, componentsOf({ metres: lock.metres ?? Math.max(0, along), degrees }));
}

/**
 * @param {Graph} graph
 * @param {Lock} lock not of both
 * @param {StoragePair} from
 * @param {Point} a
 * @param {Point} b
 * @returns {number[]} where on the edge, 0 at a to 1 at b, it crosses the ray or the circle
 */
export function crossedAt(graph, lock, from, a, b) {
  const { grid } = graph.base;
  const [pa, pb] = [graph.pairOf(a), graph.pairOf(b)];
  // The scale of degrees changes with latitude: that between here and there, as in lengths and bearings.
  let y = (pa[1] + pb[1]) / 2;
  /** @type {number[]} */
  let found = [];
  for (let round = 0; round < (grid.isGeographic ? 3 : 1); round += 1) {
    const scale = metresPerUnit(grid, (from[1] + y) / 2);
    const [ax, ay, bx, by] = [(pa[0] - from[0]) * scale.x, (pa[1] - from[1]) * scale.y, (pb[0] - from[0]) * scale.x, (pb[1] - from[1]) * scale.y];
    found = lock.degrees !== null ? onRay(lock.degrees, ax, ay, bx - ax, by - ay) : onCircle(lock.metres ?? 0, ax, ay, bx - ax, by - ay);
    if (found.length === 0) return [];
    y = pa[1] + (found[0] ?? 0) * (pb[1] - pa[1]);
  }
  return found;
}

/**
 * @param {number} degrees
 * @param {number} ax metres from its beginning, as the others
 * @param {number} ay
 * @param {number} ux
 * @param {number} uy
 * @returns {number[]}
 */
function onRay(degrees, ax, ay, ux, uy) {
  const [rx, ry] = componentsOf({ metres: 1, degrees });
  const cross = ux * ry - uy * rx;
  if (Math.abs(cross) < 1e-9 * Math.hypot(ux, uy)) return [];
  const t = (rx * ay - ry * ax) / cross;
  const isAhead = (ax + t * ux) * rx + (ay + t * uy) * ry > 0;
  return t >= 0 && t <= 1 && isAhead ? [t] : [];
}

/**
 * @param {number} radius
 * @param {number} ax
 * @param {number} ay
 * @param {number} ux
 * @param {number} uy
 * @returns {number[]}
 */
function onCircle(radius, ax, ay, ux, uy) {
  const [a, b, c] = [ux * ux + uy * uy, ax * ux + ay * uy, ax * ax + ay * ay - radius * radius];
  const root = b * b - a * c;
  if (root < 0 || a === 0) return [];
  return [(-b - Math.sqrt(root)) / a, (-b + Math.sqrt(root)) / a].filter((t) => t >= 0 && t <= 1);
}

/**
 * @param {Lock} lock
 * @param {import('../numbers/bearing.js').BearingNotation} notation
 * @returns {string} "Bearing S 51°21′00″ W locked"
 */
export function lockText({ metres, degrees }, notation) {
  if (metres !== null && degrees !== null) return `${courseText({ metres, degrees }, notation)} locked`;
  return degrees !== null ? `Bearing ${bearingText(degrees, notation)} locked` : `Length ${length(metres ?? 0)} locked`;
}
