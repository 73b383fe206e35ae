/**
 * @module actions/update
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {Parcel, Properties, Update} from '../types.js' */

import { ActionRefused } from './refused.js';
import { currentParcel } from './ring_repair.js';

/** What an update may set, as the server lists it. */
export const UPDATABLE = Object.freeze([
  'number', 'level', 'kind', 'part_of', 'legal_area_m2', 'legal_area_text', 'land_use', 'address', 'attributes',
]);

/**
 * @param {Parcel} parcel
 * @param {Properties} properties only what changes
 * @returns {Update}
 */
export function updateOperation(parcel, properties) {
  return { op: 'update', parcel_id: parcel.id, properties };
}

/**
 * Merge properties into a parcel (RFC 7396); its geometry is not looked at. Inverse: update with the old values.
 * @param {Graph} graph
 * @param {Update} operation
 * @returns {Outcome}
 * @throws {ActionRefused} invalid_operation
 */
export function update(graph, operation) {
  const parcel = currentParcel(graph, operation.parcel_id);
  const unknown = Object.keys(operation.properties).filter((name) => !UPDATABLE.includes(name));
  if (unknown.length > 0) throw new ActionRefused('invalid_operation', `${unknown.join(', ')} cannot be edited.`);
  const properties = merged(parcel.properties, operation.properties);
  const level = typeof properties['level'] === 'string' ? properties['level'] : parcel.level;
  return { graph: graph.with({ parcels: [{ ...parcel, level, properties: { ...parcel.properties, ...properties } }] }), touched: [parcel.id] };
}

/**
 * The properties of a parcel that is made of others, after a merge patch; a ground parcel that it names must be current.
 * @param {Graph} graph
 * @param {string} id
 * @param {Properties} stored
 * @param {Properties} patch
 * @returns {Properties}
 * @throws {ActionRefused} invalid_operation
 */
export function patched(graph, id, stored, patch) {
  const ground = patch['part_of'];
  if (typeof ground === 'string' && ground !== stored['part_of']) {
    currentParcel(graph, ground);
    if (ground === id) throw new ActionRefused('invalid_operation', 'A parcel is no part of itself.');
  }
  return merged(stored, patch);
}

/**
 * JSON merge patch; a null at the first level empties a property but keeps its name.
 * @param {Properties} target
 * @param {Properties} patch
 * @returns {Properties}
 */
function merged(target, patch) {
  const result = { ...target, ...patch };
  const attributes = patch['attributes'];
  if (isObject(attributes)) result['attributes'] = mergePatch(target['attributes'], attributes);
  return result;
}

/**
 * @param {unknown} target
 * @param {Properties} patch
 * @returns {Properties}
 */
function mergePatch(target, patch) {
  /** @type {Properties} */
  const result = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = isObject(value) ? mergePatch(result[name], value) : value;
  }
  return result;
}

/**
 * @param {unknown} value
 * @returns {value is Properties}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
