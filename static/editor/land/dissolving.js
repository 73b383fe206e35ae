/**
 * The outline of edge-matched shapes together: segments that two of them have, in opposite directions, cancel; what is
 * left is stitched into rings. No coordinate is computed. The same rules as cadastre/dissolving.py.
 *
 * @module land/dissolving
 */

/** @import {Part, PointId, Ring} from '../types.js' */
/** @import {Land} from './rings.js' */

import { isAboveTolerance, placeInside, ringAreaM2, ringHolds, runsLeft, segmentsOf } from './rings.js';

/** @typedef {[PointId, PointId]} Edge */
/** Points that are near, but not equal to, a point of another shape, with that one. @typedef {ReadonlyMap<PointId, PointId>} Twins */

/**
 * Two points of different shapes within the noding distance cancel as if they were one; where they end up on the outline,
 * both stay on it. A ring narrower than tolerance is dropped, unless it is a ring of one of them.
 * @param {Land} land
 * @param {Part[][]} shapes
 * @param {(edge: Edge) => boolean} [isKept] false for an edge that lies inside another of the shapes
 * @returns {Part[]} exterior rings counterclockwise; empty where nothing is left
 */
export function dissolved(land, shapes, isKept = () => true) {
  const twins = twinsOf(land, shapes);
  /** @type {Map<PointId, Edge[]>} */
  const outgoing = new Map();
  for (const edge of uncancelled(land, twins, shapes)) {
    if (!isKept(edge)) continue;
    const from = twins.get(edge[0]) ?? edge[0];
    outgoing.set(from, [...(outgoing.get(from) ?? []), edge]);
  }
  const own = new Set(shapes.flat(2).map(asSet));
  const rings = [];
  for (const loop of loops(land, twins, outgoing)) {
    const ring = ringOf(land, loop);
    if (ring.length >= 3 && (isAboveTolerance(land, ring) || own.has(asSet(ring)))) rings.push(ring);
  }
  return assembled(land, rings);
}

/**
 * @param {Ring} ring
 * @returns {string}
 */
function asSet(ring) {
  return [...ring].sort().join('|');
}

/**
 * @param {Land} land
 * @param {Twins} twins
 * @param {Part[][]} shapes
 * @returns {Edge[]} directed segments, the interior on their left, that no segment runs against
 */
function uncancelled(land, twins, shapes) {
  /** @type {Map<string, Edge[]>} */
  const left = new Map();
  for (const edge of directed(land, shapes)) {
    const [a, b] = [twins.get(edge[0]) ?? edge[0], twins.get(edge[1]) ?? edge[1]];
    if (a === b) continue;
    const against = left.get(`${b}|${a}`);
    if (against && against.length > 0) against.pop();
    else left.set(`${a}|${b}`, [...(left.get(`${a}|${b}`) ?? []), edge]);
  }
  return [...left.values()].flat();
}

/**
 * @param {Land} land
 * @param {Part[][]} shapes
 * @returns {Generator<Edge>}
 */
export function* directed(land, shapes) {
  for (const part of shapes.flat()) {
    for (const [index, ring] of part.entries()) {
      // The interior is left of an exterior ring that runs counterclockwise, and of a hole that does not.
      yield* segmentsOf(runsLeft(land, ring) === (index === 0) ? ring : [...ring].reverse());
    }
  }
}

/**
 * @param {Land} land
 * @param {Part[][]} shapes
 * @returns {Twins} pairs of one point each of two shapes, neither of which has the other's; the nearest first, each once
 */
function twinsOf(land, shapes) {
  /** @type {Map<PointId, Set<number>>} */
  const owners = new Map();
  shapes.forEach((shape, index) => shape.flat(2).forEach((id) => owners.set(id, (owners.get(id) ?? new Set()).add(index))));
  const points = [...owners.keys()].map((id) => ({ id, at: land.local(land.at(id)) })).sort((a, b) => a.at[0] - b.at[0]);
  const pairs = [];
  for (const [index, { id, at: [x, y] }] of points.entries()) {
    for (let other = index + 1; other < points.length; other += 1) {
      const far = /** @type {typeof points[number]} */ (points[other]);
      if (far.at[0] - x > land.withinM) break;
      const distance = Math.hypot(far.at[0] - x, far.at[1] - y);
      if (distance <= land.withinM) pairs.push({ p: id, q: far.id, distance });
    }
  }
  pairs.sort((a, b) => a.distance - b.distance);
  /** @type {Map<PointId, PointId>} */
  const twins = new Map();
  const used = new Set();
  for (const { p, q } of pairs) {
    if (used.has(p) || used.has(q) || [...(owners.get(p) ?? [])].some((shape) => owners.get(q)?.has(shape))) continue;
    used.add(p).add(q);
    twins.set(q, p);
  }
  return twins;
}

/**
 * Closed walks along all edges, each of which passes a point once: where a walk comes back to one, it is split.
 * @param {Land} land
 * @param {Twins} twins
 * @param {Map<PointId, Edge[]>} outgoing emptied
 * @returns {Generator<Edge[]>}
 */
export function* loops(land, twins, outgoing) {
  for (const start of [...outgoing.keys()]) {
    while (outgoing.get(start)?.length) {
      /** @type {Edge[]} */
      const walk = [];
      /** @type {Map<PointId, number>} */
      const passed = new Map();
      let here = start;
      for (;;) {
        const from = passed.get(here);
        if (from !== undefined) {
          const loop = walk.splice(from);
          yield loop;
          for (const [id] of loop) passed.delete(twins.get(id) ?? id);
          if (walk.length === 0) break;
        }
        passed.set(here, walk.length);
        const edge = taken(land, outgoing.get(here) ?? [], walk.at(-1));
        // What is broken by crossings leaves walks that end nowhere; such a union is refused by who asked for it.
        if (!edge) break;
        walk.push(edge);
        here = twins.get(edge[1]) ?? edge[1];
      }
    }
  }
}

/**
 * The edge by which the same interior goes on: the first one clockwise from the one that was come along.
 * @param {Land} land
 * @param {Edge[]} edges one is taken out
 * @param {Edge | undefined} before
 * @returns {Edge | undefined}
 */
function taken({ at }, edges, before) {
  if (!before || edges.length <= 1) return edges.pop();
  const back = angle(at(before[1]), at(before[0]));
  const turns = edges.map(([a, b]) => {
    const turn = (back - angle(at(a), at(b))) % (2 * Math.PI);
    return turn <= 0 ? turn + 2 * Math.PI : turn;
  });
  return edges.splice(turns.indexOf(Math.min(...turns)), 1)[0];
}

/**
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @returns {number}
 */
function angle([ax, ay], [bx, by]) {
  return Math.atan2(by - ay, bx - ax);
}

/**
 * @param {Land} land
 * @param {Edge[]} loop
 * @returns {Ring}
 */
function ringOf(land, loop) {
  /** @type {Ring} */
  const ring = [];
  loop.forEach(([start, end], index) => {
    const [following, beyond] = /** @type {Edge} */ (loop[(index + 1) % loop.length]);
    ring.push(start);
    // Two near points meet here, and both are on the outline.
    if (end !== following && !turnsBack(land, start, end, following) && !turnsBack(land, end, following, beyond)) ring.push(end);
  });
  return ring;
}

/**
 * @param {Land} land
 * @param {PointId} a
 * @param {PointId} b
 * @param {PointId} c
 * @returns {boolean}
 */
function turnsBack({ at }, a, b, c) {
  const [[ax, ay], [bx, by], [cx, cy]] = [at(a), at(b), at(c)];
  return (bx - ax) * (cx - bx) + (by - ay) * (cy - by) < 0;
}

/**
 * @param {Land} land
 * @param {Ring[]} rings
 * @returns {Part[]} each hole with the smallest exterior ring around it
 */
export function assembled(land, rings) {
  const shells = rings.filter((ring) => runsLeft(land, ring)).map((ring) => ({ part: [ring], area: ringAreaM2(land, ring), pairs: ring.map(land.at) }));
  for (const hole of rings.filter((ring) => !runsLeft(land, ring))) {
    const inside = placeInside(hole.map(land.at));
    const area = ringAreaM2(land, hole);
    const around = shells.filter((shell) => shell.area > area && ringHolds(shell.pairs, inside));
    around.sort((a, b) => a.area - b.area)[0]?.part.push(hole);
  }
  return shells.map(({ part }) => part);
}
