/**
 * Drawing a parcel where none was, or what is free of it.
 *
 * @module actions/draw
 */

/** @import {Graph} from '../graph.js' */
/** @import {Draw, Token} from '../types.js' */
/** @import {Outcome} from './apply_operation.js' */

import { extentOf, placesOf } from '../rules/shapes.js';
import { faultOf } from '../rules/validity.js';
import { refuseTooLarge } from './extent.js';
import { filled } from './filling.js';
import { isTaken } from './descent.js';
import { nodedWhole, placed } from './placing.js';
import { ActionRefused } from './refused.js';
import { newId } from './split.js';
import { patched } from './update.js';

const LEVEL = 'parcels';
/** What a parcel is that nothing is said of. */
const UNSAID = { part_of: null, legal_area_m2: null, legal_area_text: null, land_use: null, address: null, attributes: {} };

/**
 * @param {string} id
 * @param {Token[][][]} rings parts of rings
 * @param {{kind: string, number: string | null, level?: string}} said
 * @returns {Draw}
 */
export function drawOperation(id, rings, { kind, number, level }) {
  return { op: 'draw', parcel_id: id, kind, number, ...(level ? { level } : {}), rings };
}

/**
 * Positions that equal current points are those points; all is noded with what lies there. Inverse: retire.
 * @param {Graph} graph
 * @param {Draw} operation
 * @returns {Outcome}
 * @throws {ActionRefused} invalid_operation, collapsed
 */
export function draw(graph, operation) {
  const { kind, number = null, level = LEVEL } = operation;
  const id = operation.parcel_id ?? newId(graph);
  if (isTaken(graph, id)) throw new ActionRefused('id_taken', `The id ${id} is taken; an id is never used again.`, [id]);
  const properties = { ...patched(graph, id, UNSAID, operation.properties ?? {}), number, level, kind };
  const { state, parts } = placed(graph, partsOf(operation.rings));
  const parcel = { id, version: 0, level, parts, properties };
  const drawn = state.with({ parcels: [parcel] });
  refuseTooLarge(graph.base.grid, extentOf(placesOf(drawn, parcel)));
  // What is no shape is left to the rules.
  if (faultOf(placesOf(drawn, parcel))) return { graph: drawn, touched: [id] };
  const born = operation.fill ? filled(state, parcel) : drawn;
  return { graph: nodedWhole(born, born.parcel(id)?.parts ?? parts, level), touched: [id] };
}

/**
 * @param {Draw['rings']} rings of one part, or parts of rings
 * @returns {Token[][][]}
 */
function partsOf(rings) {
  const position = /** @type {any} */ (rings[0]?.[0]);
  const isPart = !Array.isArray(position) || typeof position[0] === 'number';
  return /** @type {Token[][][]} */ (isPart ? [rings] : rings);
}
