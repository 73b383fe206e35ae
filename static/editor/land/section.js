/**
 * A line cut to a shape: its stretches inside, and the boundary points they need; and the pieces, in order.
 *
 * @module land/section
 */

/** @import {Part, PointId} from '../types.js' */
/** @import {Insertion, Node} from './dividing_line.js' */
/** @import {Face} from './division.js' */
/** @import {Work} from './work.js' */

import { ActionRefused } from '../actions/refused.js';
import { length } from '../format.js';
import { pointsOnSegment } from './noding.js';
import { insertionsOf, pathOf, refuseCrossingItself, stretchesOf } from './dividing_line.js';
import { divide, openedShape } from './division.js';

/** @typedef {{stretches: PointId[][], insertions: Insertion[]}} Section */

/** Centroids that are not further apart across the line are ordered along it. */
const SAME_PLACE_M = 0.001;

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {PointId[]} given
 * @param {Iterable<PointId>} others points of the shape's level: those that lie on a stretch become vertices of it
 * @returns {Section}
 * @throws {ActionRefused} where the line crosses itself, ends inside, or divides nothing
 */
export function sectionOf(work, shape, given, others) {
  const line = given.filter((id, index) => id !== given[index + 1]);
  refuseCrossingItself(work, line);
  const path = pathOf(work, shape, line);
  const insertions = insertionsOf(work, path);
  const opened = openedShape(shape, insertions);
  const stretches = stretchesOf(work, opened, path);
  if (stretches.length === 0) throw new ActionRefused('invalid_operation', howItMisses(work, shape, path));
  const full = stretches.map((stretch) => withOthers(work, shape, stretch, others));
  const section = without({ stretches: full, insertions }, new Set());
  const inner = full.flat();
  if (new Set(inner).size < inner.length) throw new ActionRefused('invalid_operation', 'The line meets itself.');
  // Only what leads to a hole can divide nothing.
  if (shape.every((part) => part.length === 1)) return section;
  const { idle } = divide(work, openedShape(shape, section.insertions), section.stretches);
  if (idle.size === full.length) {
    throw new ActionRefused('invalid_operation', 'The line ends at a hole and divides nothing: let it go on to the boundary on the other side.');
  }
  return without(section, idle);
}

/**
 * @param {Section} section
 * @param {ReadonlySet<number>} idle
 * @returns {Section} without some of its stretches, and without the points that only they need
 */
function without({ stretches, insertions }, idle) {
  const kept = stretches.filter((_, index) => !idle.has(index));
  const ends = new Set(kept.flatMap((stretch) => [stretch[0], stretch.at(-1)]));
  const needed = insertions.map(({ segment, points }) => ({ segment, points: points.filter((id) => ends.has(id)) }));
  return { stretches: kept, insertions: needed.filter(({ points }) => points.length > 0) };
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {PointId[]} stretch
 * @param {Iterable<PointId>} others
 * @returns {PointId[]}
 */
function withOthers(work, shape, stretch, others) {
  const own = new Set([...shape.flat(2), ...stretch]);
  const foreign = [...others].filter((id) => !own.has(id));
  const found = stretch.slice(0, 1);
  stretch.slice(1).forEach((id, index) => {
    found.push(...pointsOnSegment(work.graph, /** @type {PointId} */ (stretch[index]), id, foreign), id);
  });
  return [...new Set(found)];
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {Node[]} path
 * @returns {string}
 */
function howItMisses(work, shape, path) {
  if (path.some((node) => node.isOnBoundary)) return 'The line does not cut the parcel: it only touches its boundary.';
  const ids = path.map((node) => node.id);
  const steps = ids.slice(1).map((id, index) => /** @type {const} */ ([/** @type {PointId} */ (ids[index]), id]));
  const corners = shape.flat(2).flatMap((corner) => steps.map(([a, b]) => work.along(corner, a, b).distance));
  const ends = ids.flatMap((id) => shape.flat().flatMap((ring) => ring.map((a, index) => work.along(id, a, /** @type {PointId} */ (ring[(index + 1) % ring.length])).distance)));
  return `The line does not cut the parcel: it passes ${length(Math.min(...corners, ...ends))} away from it.`;
}

/**
 * Cut faces from right to left of the line's direction, by centroid; those as far left as each other along it.
 * @param {Work} work
 * @param {PointId[]} line
 * @param {Face[]} faces
 * @returns {Face[]}
 */
export function fromRightToLeft(work, line, faces) {
  const [[ax, ay], [bx, by]] = [work.metres(line[0] ?? ''), work.metres(line.at(-1) ?? '')];
  const far = Math.hypot(bx - ax, by - ay);
  const [east, north] = [(bx - ax) / far, (by - ay) / far];
  const cut = faces.filter((face) => face.isCut).map((face) => {
    const [x, y] = centroid(work, face.part);
    return { face, left: y * east - x * north, along: x * east + y * north, rank: 0 };
  });
  cut.sort((a, b) => a.left - b.left);
  cut.forEach((one, index) => {
    const before = cut[index - 1];
    if (before) one.rank = before.rank + (one.left - before.left > SAME_PLACE_M ? 1 : 0);
  });
  return cut.sort((a, b) => a.rank - b.rank || a.along - b.along).map(({ face }) => face);
}

/**
 * @param {Work} work
 * @param {Part} part
 * @returns {[number, number]} metres
 */
export function centroid(work, part) {
  let [total, sumX, sumY] = [0, 0, 0];
  part.forEach((ring, index) => {
    const metres = ring.map((id) => work.metres(id));
    let [area, x, y] = [0, 0, 0];
    metres.forEach(([px, py], i) => {
      const [qx, qy] = /** @type {[number, number]} */ (metres[(i + 1) % metres.length]);
      const term = px * qy - qx * py;
      [area, x, y] = [area + term, x + (px + qx) * term, y + (py + qy) * term];
    });
    const sign = (area > 0) === (index === 0) ? 1 : -1;
    [total, sumX, sumY] = [total + sign * area, sumX + sign * x, sumY + sign * y];
  });
  return [sumX / (3 * total), sumY / (3 * total)];
}
