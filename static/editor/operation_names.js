/**
 * What an operation names: points that must be there, positions, parcels. One table for every operation, so that a
 * conflict, a replay on newer versions and the list of steps need not know each of them.
 *
 * @module operation_names
 */

/** @import {Operation, Token} from './types.js' */

/**
 * @param {Operation} operation
 * @returns {Token[]} existing points that it names
 */
export function pointsNamed(operation) {
  switch (operation.op) {
    case 'move_point':
    case 'remove_point':
      return [operation.at];
    case 'insert_point':
      return operation.between;
    case 'replace_boundary':
      return [operation.from, operation.to];
    default:
      return [];
  }
}

/**
 * @param {Operation} operation
 * @returns {string[]} parcels that it names
 */
export function parcelsNamed(operation) {
  switch (operation.op) {
    case 'update':
    case 'retire':
    case 'split':
    case 'restore':
      return [operation.parcel_id];
    case 'merge':
      return operation.parcels;
    case 'replace_boundary':
      return operation.parcels ?? [];
    default:
      return [];
  }
}

/**
 * The same operation with points called by other names.
 * @param {Operation} operation
 * @param {(token: Token) => Token} rename
 * @returns {Operation}
 */
export function withNames(operation, rename) {
  switch (operation.op) {
    case 'move_point':
      return { ...operation, at: rename(operation.at), to: rename(operation.to) };
    case 'remove_point':
      return { ...operation, at: rename(operation.at) };
    case 'insert_point':
      return { ...operation, between: [rename(operation.between[0]), rename(operation.between[1])] };
    case 'replace_boundary':
      return { ...operation, from: rename(operation.from), to: rename(operation.to), via: (operation.via ?? []).map(rename) };
    case 'draw':
      return { ...operation, rings: /** @type {any} */ (renamedDeep(operation.rings, rename)) };
    case 'split':
      return operation.line ? { ...operation, line: operation.line.map(rename) } : operation;
    default:
      return operation;
  }
}

/**
 * @param {unknown} value a position, or lists of them however deep
 * @param {(token: Token) => Token} rename
 * @returns {unknown}
 */
function renamedDeep(value, rename) {
  if (Array.isArray(value) && typeof value[0] !== 'number') return value.map((each) => renamedDeep(each, rename));
  return rename(/** @type {Token} */ (value));
}
