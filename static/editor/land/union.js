/**
 * The union of shapes that fit together, on the points that they have; as cadastre/union.py.
 *
 * @module land/union
 */

/** @import {Part, PointId, Ring, StoragePair} from '../types.js' */
/** @import {Land} from './rings.js' */

import { dissolved } from './dissolving.js';
import { placeInside, ringAreaM2, segmentsOf, shapeHolds } from './rings.js';
import { arranged } from './ring_order.js';

/** For each of the shapes, what slivers between them may add or take. */
const SLIVERS_M2 = 0.02;

/**
 * @param {Land} land
 * @param {Part[][]} shapes
 * @param {(pair: StoragePair) => PointId} made a point at a crossing, where a sliver crosses the outline
 * @returns {Part[] | null} rings beginning and running as theirs, the first's before the others'; null where the shapes
 *   overlap or gape by more than slivers
 */
export function unionOf(land, shapes, made) {
  const exact = dissolved(land, shapes);
  const crossings = crossingsOf(land, exact);
  if (crossings.length === 0) return isWhole(land, exact, shapes) ? arranged(land, exact, shapes) : null;
  const opened = withCrossings(shapes, crossings, made);
  const union = dissolved(land, opened, (edge) => !liesInside(land, edge, opened));
  const isSound = crossingsOf(land, union).length === 0 && isWhole(land, union, shapes);
  return isSound ? arranged(land, union, shapes) : null;
}

/**
 * @param {Land} land
 * @param {Part[]} shape
 * @returns {number} square metres
 */
export function shapeAreaM2(land, shape) {
  return shape.reduce((sum, part) => part.reduce((rest, ring, index) => rest + (index === 0 ? 1 : -1) * ringAreaM2(land, ring), sum), 0);
}

/**
 * @param {Land} land
 * @param {Part[]} union
 * @param {Part[][]} shapes
 * @returns {boolean}
 */
function isWhole(land, union, shapes) {
  const wanted = shapes.reduce((sum, shape) => sum + shapeAreaM2(land, shape), 0);
  if (union.length === 0 || Math.abs(shapeAreaM2(land, union) - wanted) > SLIVERS_M2 * shapes.length + 1e-9 * wanted) return false;
  // Land that two of them cover comes out twice, as a part that lies on another.
  const parts = union.map((part) => part.map((ring) => ring.map(land.at)));
  const places = parts.map(([exterior = []]) => placeInside(exterior));
  return !places.some((place, index) => parts.some((part, other) => other !== index && shapeHolds(part, place)));
}

/** @typedef {{first: [PointId, PointId], second: [PointId, PointId], at: StoragePair}} Crossing */

/**
 * @param {Land} land
 * @param {Part[]} shape
 * @returns {Crossing[]} where two of its segments cross, not where they meet
 */
function crossingsOf({ at }, shape) {
  const segments = shape.flat().flatMap(segmentsOf).map(([a, b]) => {
    const [p, q] = [at(a), at(b)];
    return { a, b, p, q, west: Math.min(p[0], q[0]), east: Math.max(p[0], q[0]) };
  });
  segments.sort((one, other) => one.west - other.west);
  const found = [];
  for (const [index, one] of segments.entries()) {
    for (let next = index + 1; next < segments.length; next += 1) {
      const other = /** @type {typeof one} */ (segments[next]);
      if (other.west > one.east) break;
      const place = crossing(one.p, one.q, other.p, other.q);
      if (place) found.push({ first: /** @type {[PointId, PointId]} */ ([one.a, one.b]), second: /** @type {[PointId, PointId]} */ ([other.a, other.b]), at: place });
    }
  }
  return found;
}

/**
 * @param {StoragePair} p
 * @param {StoragePair} q
 * @param {StoragePair} a
 * @param {StoragePair} b
 * @returns {StoragePair | null} where p-q properly crosses a-b
 */
export function crossing(p, q, a, b) {
  const [fromA, fromB, fromP, fromQ] = [side(p, q, a), side(p, q, b), side(a, b, p), side(a, b, q)];
  if (fromA * fromB >= 0 || fromP * fromQ >= 0) return null;
  const t = fromA / (fromA - fromB);
  return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
}

/**
 * @param {StoragePair} a
 * @param {StoragePair} b
 * @param {StoragePair} c
 * @returns {number} above zero where c lies left of a-b
 */
export function side([ax, ay], [bx, by], [cx, cy]) {
  return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

/**
 * @param {Part[][]} shapes
 * @param {Crossing[]} crossings
 * @param {(pair: StoragePair) => PointId} made
 * @returns {Part[][]} with a point at each crossing on both its segments
 */
function withCrossings(shapes, crossings, made) {
  const points = crossings.map((crossing) => ({ ...crossing, id: made(crossing.at) }));
  /** @param {Ring} ring @returns {Ring} */
  const open = (ring) => segmentsOf(ring).flatMap(([a, b]) => {
    const here = points.find(({ first, second }) => [first, second].some(([p, q]) => (p === a && q === b) || (p === b && q === a)));
    return here ? [a, here.id] : [a];
  });
  return shapes.map((shape) => shape.map((part) => part.map(open)));
}

/**
 * @param {Land} land
 * @param {[PointId, PointId]} edge
 * @param {Part[][]} shapes
 * @returns {boolean} whether it lies inside one of the shapes, and not on its boundary
 */
function liesInside({ at }, [a, b], shapes) {
  const [[ax, ay], [bx, by]] = [at(a), at(b)];
  const middle = /** @type {StoragePair} */ ([(ax + bx) / 2, (ay + by) / 2]);
  return shapes.some((shape) => {
    const isEdge = shape.flat().some((ring) => segmentsOf(ring).some(([p, q]) => (p === a && q === b) || (p === b && q === a)));
    return !isEdge && shapeHolds(shape.flat().map((ring) => ring.map(at)), middle);
  });
}
