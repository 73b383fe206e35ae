/**
 * The form of an operation, as the server reads it (cadastre/operations/syntax.py): members, numbers, texts and positions. What
 * is typed into a field is refused where it was typed, and a draft that was kept by another version is no riddle.
 *
 * @module actions/form
 */

/** @import {Operation} from '../types.js' */

import { partsFault, positionFault } from './position_form.js';
import { ActionRefused } from './refused.js';
import { UPDATABLE } from './update.js';

export const KINDS = Object.freeze(['lot', 'road', 'water', 'common', 'unit', 'easement']);
/** @type {Readonly<Record<string, number>>} */
const TEXT_LENGTHS = { number: 100, part_of: 100, legal_area_text: 200, land_use: 200, address: 500, level: 100 };
const ATTRIBUTE_DEPTH = 8;
const MOST_AREA_M2 = 1e15;
const FARTHEST_JOIN_M = 1;
const MOST_PARTS = 100;

/** Members besides `op`: those that must be there, and those that may. @type {Readonly<Record<Operation['op'], [string[], string[]]>>} */
const MEMBERS = {
  move_point: [['at', 'to'], ['carry_line_points', 'join_within_m']], insert_point: [['between', 'at'], []], remove_point: [['at'], []],
  retire: [['parcel_id'], []], restore: [['parcel_id', 'version'], []], update: [['parcel_id', 'properties'], []],
  draw: [['kind', 'rings'], ['parcel_id', 'number', 'level', 'properties', 'fill']], merge: [['parcels', 'into'], ['attributes']],
  replace_boundary: [['from', 'to', 'via'], ['parcels']], split: [['parcel_id'], ['line', 'area_m2', 'direction_deg', 'equal_parts', 'into', 'attributes']],
};

/** @typedef {Record<string, unknown>} Members */

/**
 * What is wrong with each operation besides its members; null where nothing is.
 * @type {Readonly<Record<string, (given: Members) => string | null>>}
 */
const FAULTS = {
  move_point: ({ at, to, carry_line_points: carries = false, join_within_m: within = 0 }) => {
    if (typeof carries !== 'boolean') return 'carry_line_points is true or false.';
    if (typeof within !== 'number' || !(within >= 0 && within <= FARTHEST_JOIN_M)) return `join_within_m is a number from 0 to ${FARTHEST_JOIN_M}.`;
    return positionFault('at', at) ?? positionFault('to', to);
  },
  insert_point: ({ between, at }) => {
    if (!Array.isArray(between) || between.length !== 2) return 'between takes two points.';
    return positionFault('between', between[0]) ?? positionFault('between', between[1]) ?? positionFault('at', at);
  },
  remove_point: ({ at }) => positionFault('at', at),
  restore: ({ version }) => (Number.isInteger(version) && Number(version) > 0 ? null : 'version is a whole number from 1.'),
  update: ({ properties }) => propertiesFault(properties) ?? (Object.keys(/** @type {Members} */ (properties)).length > 0 ? null : 'properties has at least one property.'),
  draw: ({ kind, number = null, level = 'parcels', parcel_id: id = null, fill = false, rings, properties = {} }) => {
    const own = ['number', 'level', 'kind'].find((name) => isObject(properties) && name in properties);
    if (own !== undefined) return `properties.${own}: ${own} is a member of the operation itself.`;
    if (typeof fill !== 'boolean') return 'fill is true or false.';
    return propertiesFault({ .../** @type {Members} */ (isObject(properties) ? properties : { properties }), number, level, kind }) ?? (id === null ? null : idFault('parcel_id', id)) ?? partsFault(rings);
  },
  replace_boundary: ({ from, to, via, parcels }) => {
    if (!Array.isArray(via)) return 'via lists the positions between the two ends.';
    if (parcels !== undefined && (!Array.isArray(parcels) || parcels.length < 1 || parcels.length > 2 || parcels[0] === parcels[1])) return 'parcels takes one or two ids.';
    return positionFault('from', from) ?? positionFault('to', to) ?? first(via, (position, index) => positionFault(`via[${index}]`, position));
  },
  split: (given) => {
    const ways = ['line', 'area_m2', 'equal_parts'].filter((name) => given[name] !== undefined);
    const { line, area_m2: areaM2, equal_parts: parts, direction_deg: degrees } = given;
    if (ways.length !== 1 || (line !== undefined && degrees !== undefined)) return 'It takes a line, or area_m2 with direction_deg, or equal_parts.';
    if (line !== undefined) return Array.isArray(line) && line.length > 1 ? first(line, (position, index) => positionFault(`line[${index}]`, position)) : 'line takes at least two positions.';
    if (degrees !== undefined && !(typeof degrees === 'number' && degrees >= 0 && degrees < 360)) return 'The direction is a bearing from grid north, clockwise: from 0 to below 360.';
    if (parts !== undefined) return Number.isInteger(parts) && Number(parts) >= 2 && Number(parts) <= MOST_PARTS ? null : `Two to ${MOST_PARTS} parts, a whole number.`;
    return Number.isFinite(areaM2) && degrees !== undefined ? null : 'An area is a number, and takes a direction with it.';
  },
};

/**
 * @param {Operation} operation
 * @throws {ActionRefused} invalid_operation
 */
export function refuseMalformed(operation) {
  const members = MEMBERS[operation.op];
  if (!members) throw new ActionRefused('invalid_operation', `This editor does not know the step ${JSON.stringify(operation)}.`);
  const given = /** @type {Members} */ (/** @type {unknown} */ (operation));
  const [required, optional] = members;
  const missing = required.filter((name) => given[name] === undefined);
  const unknown = Object.keys(given).filter((name) => name !== 'op' && !required.includes(name) && !optional.includes(name));
  const fault = missing.length > 0 ? `It lacks ${missing.join(', ')}.` : unknown.length > 0 ? `It has no ${unknown.join(', ')}.` : (FAULTS[operation.op]?.(given) ?? null);
  if (fault !== null) throw new ActionRefused('invalid_operation', fault);
}

/**
 * @template T
 * @param {T[]} values
 * @param {(value: T, index: number) => string | null} faultOf
 * @returns {string | null}
 */
function first(values, faultOf) {
  for (const [index, value] of values.entries()) {
    const fault = faultOf(value, index);
    if (fault !== null) return fault;
  }
  return null;
}

/**
 * @param {unknown} properties
 * @returns {string | null}
 */
function propertiesFault(properties) {
  if (!isObject(properties)) return 'properties is an object.';
  return first(Object.entries(properties), ([name, value]) => propertyFault(name, value));
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string | null}
 */
function propertyFault(name, value) {
  if (!UPDATABLE.includes(name)) return `${name} cannot be edited.`;
  if (name === 'attributes') return isObject(value) ? attributesFault(value) : 'attributes is an object.';
  if (name === 'kind') return typeof value === 'string' && KINDS.includes(value) ? null : `The kind is one of: ${KINDS.join(', ')}.`;
  if (name === 'legal_area_m2') return value === null || (typeof value === 'number' && value > 0 && value < MOST_AREA_M2) ? null : 'The legal area is a number above zero, or none.';
  if (value === null && name !== 'level') return null;
  return textFault(name, value, TEXT_LENGTHS[name] ?? 0);
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} longest
 * @returns {string | null}
 */
function textFault(name, value, longest) {
  if (typeof value !== 'string') return `${name} is text.`;
  if (value.trim() === '' || [...value].length > longest) return `${name} takes 1 to ${longest} characters${name === 'parcel_id' ? '' : ', or none'}.`;
  return /[\u0000-\u001f]|\p{Surrogate}/u.test(value) ? `${name} holds a control character or half a character.` : null;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string | null}
 */
function idFault(name, value) {
  const fault = textFault(name, value, 100);
  if (fault !== null) return fault;
  return String(value).trim() === value && !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(value) ? null : `${name} takes 1 to 100 printable characters, without blanks around them.`;
}

/**
 * @param {unknown} value what JSON may hold and the database may not
 * @param {number} [depth]
 * @returns {string | null}
 */
function attributesFault(value, depth = 1) {
  if (depth > ATTRIBUTE_DEPTH) return `Attributes are nested deeper than ${ATTRIBUTE_DEPTH}.`;
  if (typeof value === 'string') return /\u0000|\p{Surrogate}/u.test(value) ? 'Attributes hold a null character or half a character.' : null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'Attributes hold a number that is not finite.';
  const inner = Array.isArray(value) ? value : isObject(value) ? [...Object.keys(value), ...Object.values(value)] : [];
  return first(inner, (one) => attributesFault(one, depth + 1));
}

/**
 * @param {unknown} value
 * @returns {value is Members}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
