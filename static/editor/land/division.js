/**
 * Dividing a shape along stretches that run through it from boundary to boundary; no coordinate is computed. As
 * cadastre/division.py.
 *
 * @module land/division
 */

/** @import {Part, PointId, StoragePair} from '../types.js' */
/** @import {Insertion} from './dividing_line.js' */
/** @import {Edge} from './dissolving.js' */
/** @import {Work} from './work.js' */

import { ActionRefused } from '../actions/refused.js';
import { ringWithPath } from './noding.js';
import { assembled, directed, loops } from './dissolving.js';
import { shapeHolds } from './rings.js';
import { shapeAreaM2 } from './union.js';

/** One connected piece; not cut where it is a whole part that no stretch divides. @typedef {{part: Part, isCut: boolean}} Face */

/** Of the part: what the faces' areas may differ from the whole's. */
const AREA_NOISE = 1e-7;

/**
 * @param {Part[]} shape
 * @param {Insertion[]} insertions
 * @returns {Part[]} the shape with new points on its boundary
 */
export function openedShape(shape, insertions) {
  return shape.map((part) => part.map((ring) => insertions.reduce((open, { segment: [a, b], points }) => ringWithPath(open, a, b, points), ring)));
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {PointId[][]} stretches each begins and ends at points of the shape
 * @returns {{faces: Face[], idle: Set<number>}} idle: stretches, by index, that divide nothing
 * @throws {ActionRefused} where lines and boundary run so close to each other that there are no clean pieces
 */
export function divide(work, shape, stretches) {
  /** @type {Face[]} */
  const faces = [];
  /** @type {Set<number>} */
  const idle = new Set();
  for (const part of shape) {
    const own = [...stretches.keys()].filter((index) => shape.length === 1 || runsIn(work, part, stretches[index] ?? []));
    const made = facesOfPart(work, part, own.map((index) => stretches[index] ?? []));
    faces.push(...made.faces);
    for (const index of made.idle) idle.add(/** @type {number} */ (own[index]));
  }
  return { faces, idle };
}

/**
 * @param {Work} work
 * @param {Part} part
 * @param {PointId[]} stretch
 * @returns {boolean}
 */
function runsIn(work, part, [a = '', b = '']) {
  const [[ax, ay], [bx, by]] = [work.at(a), work.at(b)];
  return shapeHolds(part.map((ring) => ring.map(work.at)), /** @type {StoragePair} */ ([(ax + bx) / 2, (ay + by) / 2]));
}

/**
 * Every side of every line is walked with the land on the left: a walk that comes back along a stretch at once says that
 * both its sides are one piece.
 * @param {Work} work
 * @param {Part} part
 * @param {PointId[][]} stretches
 * @returns {{faces: Face[], idle: number[]}}
 */
function facesOfPart(work, part, stretches) {
  if (stretches.length === 0) return { faces: [{ part, isCut: false }], idle: [] };
  const steps = stretches.flatMap((stretch) => stretch.slice(1).map((id, index) => /** @type {Edge} */ ([/** @type {PointId} */ (stretch[index]), id])));
  /** @type {Map<PointId, Edge[]>} */
  const outgoing = new Map();
  for (const edge of [...directed(work, [[part]]), ...steps, ...steps.map(([a, b]) => /** @type {Edge} */ ([b, a]))]) {
    outgoing.set(edge[0], [...(outgoing.get(edge[0]) ?? []), edge]);
  }
  const walks = [...loops(work, new Map(), outgoing)].map((loop) => loop.map(([id]) => id));
  const vain = new Set(walks.filter((walk) => walk.length === 2).map((walk) => [...walk].sort().join('|')));
  const idle = [...stretches.keys()].filter((index) => (stretches[index] ?? []).slice(1).every((id, step) => vain.has([id, stretches[index]?.[step]].sort().join('|'))));
  if (idle.length === stretches.length) return { faces: [{ part, isCut: false }], idle };
  const parts = assembled(work, walks.filter((walk) => walk.length > 2));
  const whole = shapeAreaM2(work, [part]);
  if (Math.abs(shapeAreaM2(work, parts) - whole) > AREA_NOISE * whole) {
    throw new ActionRefused('invalid_operation', 'The line runs so close along the boundary that it leaves no clean pieces; draw it apart.');
  }
  return { faces: parts.map((one) => ({ part: one, isCut: true })), idle };
}
