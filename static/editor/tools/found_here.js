/**
 * What a plan comes to by the engine in the browser: the lines that divide a parcel by area or into equal parts, the outline of
 * what is free. They are sent as lines and outlines of exact storage pairs, so that later steps can name their points.
 *
 * @module tools/found_here
 */

/** @import {Graph} from '../graph.js' */
/** @import {DrawPlan, SplitPlan} from './plan.js' */
/** @import {Operation, Token} from '../types.js' */

import { applyOperation } from '../actions/apply_operation.js';
import { drawOperation } from '../actions/draw.js';
import { ActionRefused } from '../actions/refused.js';
import { linesFound } from '../land/piece_lines.js';
import { isAreaKnown } from '../land/true_area.js';
import { outlineOf } from './outline.js';

/** @typedef {{lines: Token[][] | null, rings: Token[][][] | null, reason: string | null}} Found */

/** The last one of each state: while the pointer moves nothing else does. @type {WeakMap<Graph, {question: string, found: Found}>} */
const last = new WeakMap();

/**
 * @param {Graph} graph
 * @returns {boolean} whether the browser measures what the server does; else the server is asked
 */
export function isFoundHere(graph) {
  return isAreaKnown(graph.base.grid);
}

/**
 * @param {Graph} graph
 * @param {SplitPlan} plan by area or into equal parts
 * @returns {Found | null} null where only the server knows
 */
export function linesHere(graph, { parcel, way, areaM2, directionDeg, parts }) {
  if (parcel === null || way === 'line' || !isFoundHere(graph)) return null;
  const ids = Array.from({ length: way === 'area' ? 2 : parts }, (_, index) => (index === 0 ? parcel : `piece ${index}`));
  const how = way === 'area' ? { area_m2: areaM2 ?? 0 } : { equal_parts: parts };
  const operation = /** @type {Operation} */ ({ op: 'split', parcel_id: parcel, ...how, direction_deg: directionDeg, into: ids.map((id) => (id === parcel ? null : id)) });
  return found(graph, operation, (after) => ({
    rings: null, ...linesFound({ partsOf: (id) => after.parcel(id)?.parts ?? [], pair: (id) => after.pairOf(after.point(id)) }, ids, way),
  }));
}

/**
 * @param {Graph} graph
 * @param {DrawPlan} plan that fills
 * @returns {Found | null} null where only the server knows
 */
export function outlineHere(graph, plan) {
  if (!isFoundHere(graph)) return null;
  const operation = { ...drawOperation(plan.id, outlineOf(plan), { kind: plan.parcelKind, number: null }), fill: true };
  return found(graph, operation, (after) => ({
    lines: null, reason: null, rings: (after.parcel(plan.id)?.parts ?? []).map((part) => part.map((ring) => ring.map((id) => after.pairOf(after.point(id))))),
  }));
}

/**
 * @param {Graph} graph
 * @param {Operation} operation
 * @param {(after: Graph) => Found} read
 * @returns {Found}
 */
function found(graph, operation, read) {
  const question = JSON.stringify(operation);
  const known = last.get(graph);
  if (known?.question === question) return known.found;
  let answer;
  try {
    answer = read(applyOperation(graph, operation).graph);
  } catch (error) {
    if (!(error instanceof ActionRefused)) throw error;
    answer = { lines: null, rings: null, reason: error.message };
  }
  last.set(graph, { question, found: answer });
  return answer;
}
