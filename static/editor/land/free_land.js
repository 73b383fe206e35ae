/**
 * What of a shape no other shape has, on the points that they have; as cadastre/filling.py clips. Every side is cut where it
 * crosses another; what has free land on one hand only is a side of what is left.
 *
 * @module land/free_land
 */

/** @import {Part, PointId, Ring, StoragePair} from '../types.js' */
/** @import {Edge} from './dissolving.js' */
/** @import {Work} from './work.js' */

import { assembled, directed, loops } from './dissolving.js';
import { isAboveTolerance } from './rings.js';
import { crossing } from './union.js';

/** Sides by their ends, the shape to their left. @typedef {Map<string, Edge>} Sides */

/**
 * @param {Work} work
 * @param {Part[]} own
 * @param {Part[][]} others noded with it and with each other
 * @returns {Part[]} without slivers; empty where nothing is left
 */
export function freeLand(work, own, others) {
  const shapes = [own, ...others].map((shape) => sidesOf(work, shape));
  const cut = cutAtCrossings(work, shapes);
  /** @type {Map<PointId, Edge[]>} */
  const outgoing = new Map();
  for (const edge of boundary(work, cut)) outgoing.set(edge[0], [...(outgoing.get(edge[0]) ?? []), edge]);
  const walks = [...loops(work, new Map(), outgoing)].map((loop) => loop.map(([id]) => id)).filter((walk) => walk.length > 2);
  const theirs = [...new Set(others.flat(3))];
  return assembled(work, walks).map((part) => tidied(work, part.map((ring) => ring.map((id) => placed(work, id, theirs))))).filter((part) => part.length > 0);
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @returns {Sides} sides that no other of its own runs against: noding may have laid them onto each other
 */
function sidesOf(work, shape) {
  /** @type {Sides} */
  const sides = new Map();
  for (const [a, b] of directed(work, [shape])) {
    if (!sides.delete(`${b}|${a}`)) sides.set(`${a}|${b}`, [a, b]);
  }
  return sides;
}

/**
 * @param {Work} work
 * @param {Sides[]} shapes
 * @returns {Sides[]} with a point on both sides where two cross
 */
function cutAtCrossings(work, shapes) {
  /** @type {Map<string, {edge: Edge, p: StoragePair, q: StoragePair, west: number, east: number, points: PointId[]}>} */
  const segments = new Map();
  for (const [a, b] of shapes.flatMap((sides) => [...sides.values()])) {
    const [first, second] = a < b ? [a, b] : [b, a];
    const [p, q] = [work.at(first), work.at(second)];
    segments.set(`${first}|${second}`, { edge: [first, second], p, q, west: Math.min(p[0], q[0]), east: Math.max(p[0], q[0]), points: [] });
  }
  const sorted = [...segments.values()].sort((one, other) => one.west - other.west);
  for (const [index, one] of sorted.entries()) {
    for (let next = index + 1; next < sorted.length; next += 1) {
      const other = /** @type {typeof one} */ (sorted[next]);
      if (other.west > one.east) break;
      if (one.edge.some((id) => other.edge.includes(id))) continue;
      const place = crossing(one.p, one.q, other.p, other.q);
      if (!place) continue;
      const id = work.standIn(place);
      one.points.push(id);
      other.points.push(id);
    }
  }
  return shapes.map((sides) => new Map([...sides.values()].flatMap(([a, b]) => {
    const points = segments.get(a < b ? `${a}|${b}` : `${b}|${a}`)?.points ?? [];
    const inner = [...points].sort((one, other) => work.along(one, a, b).t - work.along(other, a, b).t);
    const path = [a, ...inner, b];
    return path.slice(1).map((id, step) => /** @type {const} */ ([`${path[step]}|${id}`, /** @type {Edge} */ ([/** @type {PointId} */ (path[step]), id])]));
  })));
}

/**
 * @param {Work} work
 * @param {Sides[]} shapes the first is the own one
 * @returns {Generator<Edge>} sides of what only the first has, that land to their left
 */
function* boundary(work, shapes) {
  /** @type {Set<string>} */
  const seen = new Set();
  for (const [a, b] of shapes.flatMap((sides) => [...sides.values()])) {
    if (seen.has(`${b}|${a}`) || seen.has(`${a}|${b}`)) continue;
    seen.add(`${a}|${b}`);
    const [[ax, ay], [bx, by]] = [work.at(a), work.at(b)];
    const middle = /** @type {StoragePair} */ ([(ax + bx) / 2, (ay + by) / 2]);
    let [left, right] = [true, true];
    for (const [index, sides] of shapes.entries()) {
      const [along, against] = [sides.has(`${a}|${b}`), sides.has(`${b}|${a}`)];
      const isWithin = !along && !against && holds(work, sides, middle);
      left &&= (along || isWithin) === (index === 0);
      right &&= (against || isWithin) === (index === 0);
    }
    if (left !== right) yield left ? [a, b] : [b, a];
  }
}

/**
 * @param {Work} work
 * @param {Sides} sides
 * @param {StoragePair} place
 * @returns {boolean}
 */
function holds(work, sides, [x, y]) {
  let isInside = false;
  for (const [a, b] of sides.values()) {
    const [[ax, ay], [bx, by]] = [work.at(a), work.at(b)];
    if (ay > y !== by > y && x < ax + ((bx - ax) * (y - ay)) / (by - ay)) isInside = !isInside;
  }
  return isInside;
}

/**
 * @param {Work} work
 * @param {PointId} id
 * @param {PointId[]} theirs
 * @returns {PointId} a crossing on the grid; beside a corner of theirs there is no room for another point
 */
function placed(work, id, theirs) {
  if (!work.isStandIn(id)) return id;
  const near = work.nearest(id, theirs);
  return near && near.distance <= work.withinM ? near.id : work.make(work.at(id));
}

/**
 * @param {Work} work
 * @param {Part} part
 * @returns {Part} without points that come twice, rings that collapse and slivers; empty where its exterior ring is one
 */
function tidied(work, part) {
  const rings = part.map((/** @type {Ring} */ ring) => ring.filter((id, index) => id !== ring[(index + 1) % ring.length]));
  const kept = rings.map((ring) => ring.length >= 3 && isAboveTolerance(work, ring));
  return kept[0] ? rings.filter((_, index) => kept[index]) : [];
}
