/**
 * Stacks: parcels of one identical shape in an exclusive level, one finding for each; as cadastre/stacks.py.
 *
 * @module rules/stacks
 */

/** @import {PartPlaces} from './validity.js' */

import { extentOf } from './shapes.js';

/** @typedef {(id: string) => PartPlaces[]} State shapes by id; none where a parcel is not there or of another level */

/** @typedef {{found: {parcels: string[], isNew: boolean}[], gone: string[][]}} Stacks ids ascending */

/**
 * @param {readonly string[]} changed
 * @param {readonly string[]} all ids of the level, before and now
 * @param {{was: State, now: State}} states
 * @returns {Stacks} those that changed parcels form, and those that they have left
 */
export function changedStacks(changed, all, { was, now }) {
  // What is left of a stack that a changed parcel left is looked at too, and what a stack was that one has joined.
  const joined = stacksOf(all, now, changed).flat();
  const before = stacksOf(all, was, [...changed, ...joined]);
  const after = stacksOf(all, now, [...changed, ...before.flat()]);
  const name = (/** @type {string[]} */ parcels) => parcels.join('\n');
  const [known, left] = [new Set(before.map(name)), new Set(after.map(name))];
  return {
    found: after.map((parcels) => ({ parcels, isNew: !known.has(name(parcels)) })),
    gone: before.filter((parcels) => !left.has(name(parcels))),
  };
}

/**
 * @param {readonly string[]} all
 * @param {State} state
 * @param {readonly string[]} wanted
 * @returns {string[][]} that have at least one of the wanted
 */
function stacksOf(all, state, wanted) {
  /** @type {Map<string, string[]>} */
  const byBox = new Map();
  const boxes = new Set(wanted.map((id) => nameOfBox(state(id))));
  boxes.delete('');
  for (const id of all) {
    // Envelopes first: nearly always no two are equal, and nothing else is computed.
    const box = boxes.size > 0 ? nameOfBox(state(id)) : '';
    if (box !== '' && boxes.has(box)) byBox.set(box, [...(byBox.get(box) ?? []), id]);
  }
  const isWanted = new Set(wanted);
  const groups = [...byBox.values()].filter((ids) => ids.length > 1).flatMap((ids) => equal(ids, state));
  return groups.filter((ids) => ids.some((id) => isWanted.has(id))).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}

/**
 * @param {string[]} ids
 * @param {State} state
 * @returns {string[][]} those of one shape, ascending; without those that are alone
 */
function equal(ids, state) {
  /** @type {Map<string, string[]>} */
  const byShape = new Map();
  for (const id of ids) {
    const shape = nameOfShape(state(id));
    byShape.set(shape, [...(byShape.get(shape) ?? []), id]);
  }
  return [...byShape.values()].filter((group) => group.length > 1).map((group) => group.sort());
}

/**
 * @param {PartPlaces[]} parts
 * @returns {string} empty where there is no land
 */
function nameOfBox(parts) {
  return parts.length === 0 ? '' : extentOf(parts).join();
}

/**
 * @param {PartPlaces[]} parts
 * @returns {string} the same for the same points, wherever a ring begins and whichever way it runs
 */
function nameOfShape(parts) {
  return parts.flat(2).map((place) => place.join()).sort().join('|');
}

/**
 * @param {State} state
 * @param {[string, string]} pair
 * @returns {boolean} whether both have the very same points
 */
export function isStack(state, [p, q]) {
  const box = nameOfBox(state(p));
  return box !== '' && box === nameOfBox(state(q)) && nameOfShape(state(p)) === nameOfShape(state(q));
}
