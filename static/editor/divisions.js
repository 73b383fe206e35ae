/**
 * Which operations are one step of their author: to divide a parcel into many parts takes a line, and an operation, for each but
 * one. They are told by what they make, so that a draft that was kept, and what is done again on newer versions, know it too: the
 * ids of the parts of one division differ in their last two figures only.
 *
 * @module divisions
 */

/** @import {Graph} from './graph.js' */
/** @import {Operation, Split} from './types.js' */

/** Operations that are done and undone as one; `first`: the index of the first. @typedef {{first: number, operations: Operation[]}} Doing */

/** A parcel divided by one operation or by several: what it was called, and the parts. @typedef {{name: string, pieces: string[]}} Division */

import { numberOf } from './describe.js';

const INDEX_FIGURES = 2;

/**
 * @param {readonly Operation[]} operations
 * @returns {Doing[]} in their order
 */
export function doingsOf(operations) {
  /** @type {Doing[]} */
  const doings = [];
  for (const [index, operation] of operations.entries()) {
    const before = operations[index - 1];
    if (before && continuesDivision(before, operation)) doings.at(-1)?.operations.push(operation);
    else doings.push({ first: index, operations: [operation] });
  }
  return doings;
}

/**
 * @param {Operation} before
 * @param {Operation} operation
 * @returns {boolean} whether it divides on what the other left, in one division
 */
export function continuesDivision(before, operation) {
  if (before.op !== 'split' || operation.op !== 'split') return false;
  const stem = stemOf(before);
  return stem !== null && stem === stemOf(operation) && [before.parcel_id, ...(before.into ?? [])].includes(operation.parcel_id);
}

/**
 * @param {Division | null} begun
 * @param {Graph} graph before
 * @param {string} id what is divided
 * @param {string[]} pieces
 * @returns {Division} the parts in their order
 */
export function dividedOn(begun, graph, id, pieces) {
  if (begun) return { name: begun.name, pieces: begun.pieces.flatMap((piece) => (piece === id ? pieces : [piece])) };
  return { name: numberOf(graph, id), pieces };
}

/**
 * @param {Split} operation
 * @returns {string | null} what the ids of its new parcels have in common; null where it names none
 */
function stemOf({ into }) {
  const id = into?.find((one) => one !== null) ?? null;
  return id === null || id.length <= INDEX_FIGURES ? null : id.slice(0, -INDEX_FIGURES);
}
