/**
 * Where rings begin and which way they run: as those they come from, so that an edit shows only what it changed.
 * The same rules as cadastre/ring_order.py.
 *
 * @module land/ring_order
 */

/** @import {Part, PointId, Ring} from '../types.js' */
/** @import {Land} from './rings.js' */

import { runsLeft, segmentsOf } from './rings.js';

/** In the models: model, part, ring, and index of the first of two points. @typedef {[number, number, number, number]} Place */

/**
 * @param {Land} land
 * @param {Part[]} shape
 * @param {Part[][]} models
 * @returns {Part[]} the same shape, its rings beginning and running as the rings of the models that they have segments of
 */
export function arranged(land, shape, models) {
  /** @type {Map<string, Place>} */
  const places = new Map();
  models.forEach((model, m) => model.forEach((part, p) => part.forEach((ring, r) => segmentsOf(ring).forEach((segment, index) => {
    const key = undirected(segment);
    if (!places.has(key)) places.set(key, [m, p, r, index]);
  }))));
  const parts = shape.map((part) => {
    const [exterior, ...holes] = part.map((ring, index) => arrangedRing(land, ring, index === 0, places, models));
    holes.sort(byOrder);
    return { order: exterior?.order ?? [], rings: [exterior, ...holes].flatMap((one) => (one ? [one.ring] : [])) };
  });
  return parts.sort(byOrder).map(({ rings }) => rings);
}

/**
 * @param {Land} land
 * @param {Ring} ring
 * @param {boolean} isExterior
 * @param {Map<string, Place>} places
 * @param {Part[][]} models
 * @returns {{order: number[], ring: Ring}}
 */
function arrangedRing(land, ring, isExterior, places, models) {
  const found = segmentsOf(ring).flatMap((segment) => places.get(undirected(segment)) ?? []);
  /** @type {Place | null} */
  let first = null;
  for (let i = 0; i < found.length; i += 4) {
    const place = /** @type {Place} */ (found.slice(i, i + 4));
    if (!first || compare(place, first) < 0) first = place;
  }
  const [m, p, r] = first ?? [0, 0, 0];
  const model = /** @type {Ring} */ (models[m]?.[p]?.[r]);
  const own = new Set(ring);
  const start = first ? /** @type {PointId} */ (model.find((id) => own.has(id))) : lowestLeft(land, ring);
  const at = ring.indexOf(start);
  let turned = [...ring.slice(at), ...ring.slice(0, at)];
  // Where exterior rings run clockwise, holes do not; and what was an exterior ring may now be a hole.
  const isUsual = runsLeft(land, model) === (r === 0);
  if (runsLeft(land, ring) !== (isExterior === isUsual)) turned = [start, ...turned.slice(1).reverse()];
  const isModel = turned.length === model.length && turned.every((id, index) => id === model[index]);
  return { order: [...(first ?? [models.length, 0, 0, 0]), ...land.at(start)], ring: isModel ? model : turned };
}

/**
 * @param {Land} land
 * @param {Ring} ring
 * @returns {PointId}
 */
function lowestLeft(land, ring) {
  return ring.reduce((best, id) => (compare(land.at(id), land.at(best)) < 0 ? id : best));
}

/**
 * @param {[PointId, PointId]} segment
 * @returns {string}
 */
function undirected([a, b]) {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}

/**
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 * @returns {number} below zero where a comes first
 */
function compare(a, b) {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * @param {{order: number[]}} a
 * @param {{order: number[]}} b
 * @returns {number}
 */
function byOrder(a, b) {
  return compare(a.order, b.order);
}
