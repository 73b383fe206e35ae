/**
 * Which refused row a drawn step is of, kept with the step: a draft that is gone on with later, without the row in the
 * address, still decides about it.
 *
 * @module quarantine/row_note
 */

/** @import {Operation} from '../types.js' */

import { noteTo } from '../describe.js';

const NOTE = /^from row ([0-9]+) of import ([0-9]+)$/;

/** @typedef {{import: number, row: number}} NamedRow */

/**
 * @param {NamedRow} row
 * @returns {string} as it stands behind the step in words
 */
export function rowNote({ row, import: batch }) {
  return `from row ${row} of import ${batch}`;
}

/**
 * @param {readonly Operation[]} operations
 * @returns {NamedRow | null} the row that the first drawn step is of
 */
export function rowOf(operations) {
  for (const operation of operations) {
    const found = operation.op === 'draw' ? NOTE.exec(noteTo(operation)) : null;
    if (found) return { import: Number(found[2]), row: Number(found[1]) };
  }
  return null;
}
