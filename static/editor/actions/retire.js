/**
 * @module actions/retire
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {Parcel, Retire} from '../types.js' */

import { ActionRefused } from './refused.js';
import { currentParcel, label, labels } from './ring_repair.js';
import { unitsOf } from './units.js';

/**
 * @param {Parcel} parcel
 * @returns {Retire}
 */
export function retireOperation(parcel) {
  return { op: 'retire', parcel_id: parcel.id };
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {string | null} why it cannot be retired, in the user's words
 */
export function whyNotRetirable(graph, parcel) {
  const units = unitsOf(graph, [parcel.id]);
  if (units.length === 0) return null;
  return `${label(parcel)} has units (${labels(units)}): retire them first, or make them part of another parcel.`;
}

/**
 * A parcel ends; its points stay with its neighbours. Inverse: restore.
 * @param {Graph} graph
 * @param {Retire} operation
 * @returns {Outcome}
 * @throws {ActionRefused} invalid_operation
 */
export function retire(graph, operation) {
  const parcel = currentParcel(graph, operation.parcel_id);
  const reason = whyNotRetirable(graph, parcel);
  if (reason) throw new ActionRefused('invalid_operation', reason);
  return { graph: graph.with({ retired: [parcel.id] }), touched: [parcel.id] };
}
