/**
 * Steps in words.
 *
 * @module describe
 */

/** @import {Graph} from './graph.js' */
/** @import {Operation, PointId} from './types.js' */

import { label } from './actions/ring_repair.js';
import { distanceM } from './storage/geodesy.js';
import { counted, length } from './format.js';

/** @type {Record<string, string>} */
export const PROPERTY_NAMES = {
  number: 'number', land_use: 'land use', address: 'address', legal_area_m2: 'legal area',
  legal_area_text: 'legal area as written', kind: 'kind', level: 'level', part_of: 'part of', attributes: 'attributes',
};

/** What was decided when an operation was made and is not in it: by the very operation, which replays keep. @type {WeakMap<Operation, string>} */
const notes = new WeakMap();

/**
 * @param {Operation} operation
 * @param {string} note that stands behind the step in words
 */
export function annotate(operation, note) {
  if (note) notes.set(operation, note);
}

/**
 * @param {Operation} operation
 * @returns {string} what was decided when it was made; empty where nothing was
 */
export function noteTo(operation) {
  return notes.get(operation) ?? '';
}

/**
 * @param {Operation} operation
 * @param {readonly string[]} touched parcel ids
 * @param {Graph} before the state in which the step was done
 * @param {Graph} after
 * @returns {string}
 */
export function describeStep(operation, touched, before, after) {
  const numbers = touched.map((id) => numberOf(before, id));
  switch (operation.op) {
    case 'move_point': {
      const from = before.resolve(operation.at);
      const to = after.resolve(operation.at);
      const far = from && to ? `, ${length(distanceM(from, to))}` : '';
      const others = operation.carry_line_points ? movedBetween(before, after) - 1 : 0;
      const along = others > 0 ? `, with ${counted(others, 'line point')}` : '';
      const near = operation.join_within_m ? ', near points joined' : '';
      return `${numbers.length > 1 ? `Move point shared by ${listed(numbers)}` : `Move point of ${listed(numbers)}`}${far}${along}${near}`;
    }
    case 'insert_point':
      return numbers.length > 1 ? `Insert point on the boundary ${numbers.join(' / ')}` : `Insert point in ${listed(numbers)}`;
    case 'remove_point':
      return `Remove point of ${listed(numbers)}`;
    case 'update':
      return `Change ${Object.keys(operation.properties).map((name) => PROPERTY_NAMES[name] ?? name).join(', ')} of ${listed(numbers)}`;
    case 'restore':
      return `Restore ${numberOf(before, operation.parcel_id)} as it was at version ${operation.version}`;
    case 'draw':
      return `Draw ${operation.kind} ${operation.number ?? listed(touched.map((id) => numberOf(after, id)))}${notes.has(operation) ? `, ${notes.get(operation)}` : ''}`;
    case 'replace_boundary':
      return `Redraw the boundary of ${listed(numbers)}`;
    case 'retire':
      return `Retire ${listed(numbers)}`;
    case 'split':
      return `Split ${numberOf(before, operation.parcel_id)} into ${[...touched].filter((id) => after.parcel(id)).map((id) => numberOf(after, id)).join(' and ')}`;
    case 'merge': {
      const members = operation.parcels.map((id) => numberOf(before, id));
      const isNew = !operation.parcels.includes(operation.into);
      return `Merge ${listed(members)} into ${isNew ? `a new parcel, ${operation.into}` : numberOf(before, operation.into)}`;
    }
    default:
      return 'Step';
  }
}

/**
 * @param {{name: string, pieces: string[]}} division
 * @param {Graph} after
 * @returns {string} a parcel divided into many parts, as the one step that it is
 */
export function describeDivision({ name, pieces }, after) {
  return `Split ${name} into ${counted(pieces.length, 'part')}: ${listed(pieces.map((id) => numberOf(after, id)))}`;
}

/**
 * @param {Graph} before
 * @param {Graph} after
 * @returns {number} how many points stand elsewhere
 */
function movedBetween(before, after) {
  const { points: known } = before.overlay;
  return [...after.overlay.points].filter(([id, point]) => {
    const old = known.get(id) ?? before.base.points.get(id);
    return old !== undefined && old !== point && (old.lon !== point.lon || old.lat !== point.lat);
  }).length;
}

/**
 * @param {string[]} numbers
 * @returns {string} at most four of them by name
 */
function listed(numbers) {
  return numbers.length > 4 ? `${numbers.slice(0, 3).join(', ')} and ${numbers.length - 3} more` : numbers.join(', ');
}

/**
 * @param {Graph} graph
 * @param {string} id
 * @returns {string} as people call the parcel
 */
export function numberOf(graph, id) {
  const parcel = graph.parcel(id);
  return parcel ? label(parcel) : id;
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {string} the name of a point for a screen reader and for the hint
 */
export function sharedBy(graph, id) {
  const parcels = graph.parcelsWith(id);
  const numbers = parcels.map(label);
  return parcels.length > 1 ? `shared by ${parcels.length} parcels: ${listed(numbers)}` : `of parcel ${listed(numbers)}`;
}
