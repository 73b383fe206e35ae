/**
 * Two people changed one parcel. Where did the points go that my steps name, which of my steps collide with theirs, and
 * how do mine stand on top of theirs? Pure.
 *
 * @module conflict
 */

/** @import {Base} from '../base.js' */
/** @import {Fallen, Step} from '../draft.js' */
/** @import {Conflict, Operation, PointId, Ring, Token} from '../types.js' */

import { baseFromCoverage, rings } from '../base.js';
import { doingsOf } from '../divisions.js';
import { parcelsNamed, pointsNamed } from '../operation_names.js';
import { keyOf } from '../point_name.js';

/**
 * @typedef {object} TheirChange what a colleague's saved edits did to the parcels in conflict
 * @property {Map<PointId, Token>} moved points that stand elsewhere now: from the old key to the new name
 * @property {Set<PointId>} gone points that no ring of these parcels has any more, moved ones included
 * @property {Map<string, Set<string>>} properties names of changed properties, by parcel
 */

/**
 * @param {Conflict[]} conflicts
 * @returns {TheirChange}
 */
export function theirChange(conflicts) {
  /** @type {TheirChange} */
  const change = { moved: new Map(), gone: new Set(), properties: new Map() };
  for (const conflict of conflicts) {
    if (!conflict.base || !conflict.current) continue;
    compareParcel(conflict.parcel_id, baseFromCoverage(conflict.base), baseFromCoverage(conflict.current), change);
  }
  return change;
}

/**
 * @param {Conflict} conflict
 * @returns {boolean} whether theirs retired the parcel, so that no step on it can stand
 */
export function isRetired({ current, current_feature: feature }) {
  return !current || Boolean(feature?.properties?.retired_at);
}

/**
 * @param {string} id
 * @param {Base} before
 * @param {Base} after
 * @param {TheirChange} change
 */
function compareParcel(id, before, after, change) {
  const old = before.parcels.get(id);
  const now = after.parcels.get(id);
  if (!old || !now) return;
  const kept = new Set([...rings(now)].flat());
  for (const point of [...rings(old)].flat()) if (!kept.has(point)) change.gone.add(point);
  for (const ring of rings(old)) {
    for (const other of rings(now)) {
      for (const [from, to] of movedBetween(ring, other)) {
        const name = after.points.get(to)?.name;
        if (name) change.moved.set(from, name);
      }
    }
  }
  const names = new Set([...Object.keys(old.properties), ...Object.keys(now.properties)]);
  const differing = [...names].filter((name) => JSON.stringify(old.properties[name]) !== JSON.stringify(now.properties[name]));
  change.properties.set(id, new Set(differing.filter((name) => name !== 'area_m2')));
}

/**
 * Which point of a ring became which: between two points that both rings keep, as many points went as came, so they
 * correspond in order. Where the counts differ nothing is claimed.
 * @param {Ring} before
 * @param {Ring} after
 * @returns {Map<PointId, PointId>}
 */
export function movedBetween(before, after) {
  /** @type {Map<PointId, PointId>} */
  const moved = new Map();
  const afterSet = new Set(after);
  const beforeSet = new Set(before);
  const start = before.findIndex((id) => afterSet.has(id));
  if (start < 0) return moved;
  const old = runs(before, start, afterSet);
  const now = runs(after, after.indexOf(/** @type {PointId} */ (before[start])), beforeSet);
  for (const { from, to, inner } of old) {
    const twin = now.find((run) => run.from === from && run.to === to);
    if (twin && twin.inner.length === inner.length) inner.forEach((id, i) => moved.set(id, /** @type {PointId} */ (twin.inner[i])));
  }
  return moved;
}

/**
 * @param {Ring} ring
 * @param {number} start index of a common point
 * @param {ReadonlySet<PointId>} common
 * @returns {{from: PointId, to: PointId, inner: PointId[]}[]} stretches of own points between two common ones
 */
function runs(ring, start, common) {
  const turned = [...ring.slice(start), ...ring.slice(0, start + 1)];
  const found = [];
  let from = /** @type {PointId} */ (turned[0]);
  /** @type {PointId[]} */
  let inner = [];
  for (const id of turned.slice(1)) {
    if (!common.has(id)) {
      inner.push(id);
      continue;
    }
    if (inner.length > 0) found.push({ from, to: id, inner });
    from = id;
    inner = [];
  }
  return found;
}

/**
 * The steps that meet theirs: on a point that theirs moved or removed, on a boundary beside one, or on a property that
 * theirs set. Where none does, both changed the parcel in different places, and the steps on that parcel are named.
 * @param {readonly Step[]} steps
 * @param {Conflict[]} conflicts
 * @returns {number[]} indices of steps
 */
export function collidingSteps(steps, conflicts) {
  const change = theirChange(conflicts);
  const direct = indices(steps, ({ operation }) => meets(operation, change));
  if (direct.length > 0) return wholly(steps, direct);
  const ids = new Set(conflicts.map((conflict) => conflict.parcel_id));
  return wholly(steps, indices(steps, ({ touched }) => touched.some((id) => ids.has(id))));
}

/**
 * @param {readonly Step[]} steps
 * @param {number[]} some of them
 * @returns {number[]} with those that are one with them
 */
function wholly(steps, some) {
  const doings = doingsOf(steps.map(({ operation }) => operation));
  return doings.map(({ first, operations }) => operations.map((_, index) => first + index)).filter((all) => all.some((index) => some.includes(index))).flat();
}

/**
 * @param {Operation} operation
 * @param {TheirChange} change
 * @returns {boolean}
 */
function meets(operation, change) {
  if (operation.op === 'update') {
    const theirs = change.properties.get(operation.parcel_id);
    return Object.keys(operation.properties).some((name) => theirs?.has(name));
  }
  const tokens = pointsNamed(operation);
  if (tokens.length > 0) return tokens.some((token) => change.gone.has(keyOf(token)));
  // Who divides, joins or ends a parcel means the parcel as it was seen: any change of it is in the way.
  return parcelsNamed(operation).some((id) => change.properties.has(id));
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {(item: T) => boolean} test
 * @returns {number[]}
 */
function indices(list, test) {
  return list.flatMap((item, index) => (test(item) ? [index] : []));
}

/**
 * @param {Fallen[]} fallen
 * @returns {string} one sentence about the steps that could not be done again; empty where there is none
 */
export function fallenSentence(fallen) {
  if (fallen.length === 0) return '';
  const many = fallen.length === 1 ? '1 step could not be done again' : `${fallen.length} steps could not be done again`;
  const named = fallen.map(({ text, reason }) => (text ? `${text} (${reason})` : reason));
  return `${many}: ${[...new Set(named)].join(' ')}`;
}
