/**
 * Soundness between the steps of one edit: what divides, joins or fills land computes with whole polygons.
 *
 * @module actions/soundness
 */

/** @import {Graph} from '../graph.js' */

import { placesOf } from '../rules/shapes.js';
import { faultOf } from '../rules/validity.js';
import { ActionRefused } from './refused.js';
import { label } from './ring_repair.js';

/**
 * The rules judge an edit by its final state, so in between a ring may cross itself: a later move may mend that, but no area
 * can be cut of it before.
 * @param {Graph} graph
 * @param {Iterable<string>} ids
 * @throws {ActionRefused}
 */
export function refuseBroken(graph, ids) {
  for (const id of ids) {
    const parcel = graph.changed().has(id) ? graph.parcel(id) : undefined;
    const fault = parcel && faultOf(placesOf(graph, parcel));
    if (parcel && fault) throw new ActionRefused('invalid_operation', `The steps before it leave ${label(parcel)} without a valid boundary: ${fault.reason.toLowerCase()}.`);
  }
}
