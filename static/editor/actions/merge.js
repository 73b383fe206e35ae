/**
 * @module actions/merge
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {Merge, MergeAttributes, Parcel, Properties} from '../types.js' */

import { pointIds } from '../base.js';
import { boxesMeet, widen } from '../storage/geodesy.js';
import { nodeAmong } from '../land/node_among.js';
import { landOf } from '../land/rings.js';
import { shapeAreaM2, unionOf } from '../land/union.js';
import { nodePoint, withinOf } from '../land/noding.js';
import { misfitOf } from '../rules/fit.js';
import { inherited } from './inheritance.js';
import { pointAtPosition, snapped } from './position.js';
import { ActionRefused } from './refused.js';
import { currentParcel, label, labels } from './ring_repair.js';
import { descentsOf, isTaken } from './descent.js';
import { handOverUnits } from './units.js';
import { patched } from './update.js';

/** As the server takes them. */
const MOST_MEMBERS = 200;

/**
 * @param {string[]} parcels ids
 * @param {string} into one of them, which continues, or a new id
 * @param {MergeAttributes} [attributes]
 * @returns {Merge}
 */
export function mergeOperation(parcels, into, attributes) {
  return { op: 'merge', parcels, into, ...(attributes ? { attributes } : {}) };
}

/**
 * Why parcels cannot become one, in the user's words, before anyone tries; null where they can. The server would also
 * make one parcel of several parts of what lies apart: here that is taken for a slip of the hand.
 * @param {Graph} graph
 * @param {Parcel[]} members
 * @returns {string | null}
 */
export function whyNotMergeable(graph, members) {
  if (members.length < 2) return 'Select two or more parcels: hold Shift and click them.';
  if (members.length > MOST_MEMBERS) return `At most ${MOST_MEMBERS} parcels are merged at once.`;
  const levels = new Set(members.map((parcel) => parcel.level));
  if (levels.size > 1) return `They lie on different levels (${[...levels].join(', ')}).`;
  const apart = membersApart(graph, members);
  return apart ? `${labels(apart)} ${apart.length === 1 ? 'does' : 'do'} not touch ${label(/** @type {Parcel} */ (members[0]))} and what touches it.` : null;
}

/**
 * @param {Graph} graph
 * @param {Parcel[]} members
 * @returns {Parcel[] | null} those that no chain of shared boundaries joins to the first
 */
function membersApart(graph, members) {
  const reached = members.slice(0, 1);
  let rest = members.slice(1);
  for (const one of reached) {
    const touching = rest.filter((other) => touch(graph, one, other));
    reached.push(...touching);
    rest = rest.filter((other) => !touching.includes(other));
  }
  return rest.length > 0 ? rest : null;
}

/**
 * @param {Graph} graph
 * @param {Parcel} a
 * @param {Parcel} b
 * @returns {boolean} whether they have a piece of boundary in common
 */
function touch(graph, a, b) {
  if (!boxesMeet(widen(graph.envelope(a), 0, 1), graph.envelope(b))) return false;
  const land = landOf(graph, [a.parts, b.parts], withinOf(graph));
  const noded = nodeAmong(graph, land, [a, b]);
  const own = new Set(pointIds(noded.parcel(a.id) ?? a));
  // Two points in succession: in one point alone, corners meet.
  return [.../** @type {Parcel} */ (noded.parcel(b.id)).parts.flat()].some((ring) => ring.some((id, index) => own.has(id) && own.has(ring[(index + 1) % ring.length] ?? '')));
}

/**
 * Parcels become one; the lines between them go, their outline stays to the bit. Inverse: split.
 * @param {Graph} graph
 * @param {Merge} operation
 * @returns {Outcome}
 * @throws {ActionRefused} invalid_operation
 */
export function merge(graph, operation) {
  const { parcels: ids, into } = operation;
  const members = named(graph, ids);
  refuseMixed(members);
  const isNew = !ids.includes(into);
  if (isNew && isTaken(graph, into)) {
    throw new ActionRefused('id_taken', `The id ${into} is taken; an id is never used again.`, [into]);
  }
  const before = landOf(graph, members.map((parcel) => parcel.parts), withinOf(graph));
  const area = (/** @type {Parcel} */ parcel) => shapeAreaM2(before, parcel.parts);
  const model = members.find((parcel) => parcel.id === into) ?? members.reduce((best, parcel) => (area(parcel) > area(best) ? parcel : best));
  const ordered = [model, ...members.filter((parcel) => parcel !== model)];
  const properties = heirOf(graph, operation, ordered.map((parcel) => parcel.properties), isNew);
  const { state, made, parts } = united(graph, ordered);
  const heir = { ...model, id: into, parts, properties, ...(isNew ? { version: 0 } : {}) };
  const ended = ids.filter((id) => id !== into);
  const noded = made.reduce((one, id) => nodePoint(one, id), state.with({ parcels: [heir], retired: ended, descents: descentsOf(graph, ended, into, 'merge') }));
  return { graph: handOverUnits(noded, ended, into), touched: isNew ? [...ids, into] : [...ids] };
}

/**
 * @param {Graph} graph
 * @param {string[]} ids
 * @returns {Parcel[]}
 */
function named(graph, ids) {
  if (ids.length < 2 || ids.length > MOST_MEMBERS) throw new ActionRefused('invalid_operation', `Two to ${MOST_MEMBERS} parcels are merged.`);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new ActionRefused('invalid_operation', `Parcel ${twice} is named twice.`);
  return ids.map((id) => currentParcel(graph, id));
}

/** @param {Parcel[]} members */
function refuseMixed(members) {
  const levels = new Set(members.map((parcel) => parcel.level));
  if (levels.size > 1) throw new ActionRefused('invalid_operation', `Parcels ${labels(members)} lie on different levels (${[...levels].join(', ')}).`);
}

/**
 * @param {Graph} graph
 * @param {Merge} operation
 * @param {Properties[]} parents the model first
 * @param {boolean} isNew
 * @returns {Properties}
 */
function heirOf(graph, { parcels, into, attributes = {} }, [model = {}, ...others], isNew) {
  if ('level' in (attributes.properties ?? {})) throw new ActionRefused('invalid_operation', 'Merged parcels stay on their level.');
  const heir = patched(graph, into, inherited(model, others, attributes, isNew), attributes.properties ?? {});
  if (parcels.includes(String(heir['part_of'] ?? ''))) throw new ActionRefused('invalid_operation', `It would be part of ${heir['part_of']}, which is merged into it.`);
  return heir;
}

/**
 * @param {Graph} graph
 * @param {Parcel[]} ordered
 * @returns {{state: Graph, made: string[], parts: import('../types.js').Part[]}}
 */
function united(graph, ordered) {
  let state = nodeAmong(graph, landOf(graph, ordered.map((parcel) => parcel.parts), withinOf(graph)), ordered);
  const noded = ordered.map((parcel) => /** @type {Parcel} */ (state.parcel(parcel.id)));
  const misfit = misfitOf(state, noded);
  if (misfit) throw new ActionRefused(misfit.rule, misfit.message, misfit.parcels);
  const shapes = noded.map((parcel) => parcel.parts);
  /** @type {string[]} */
  const made = [];
  const { local, withinM } = landOf(state, shapes, withinOf(graph));
  /** @param {string} id */
  const at = (id) => state.pairOf(state.point(id));
  const parts = unionOf({ at, local, withinM }, shapes, (pair) => {
    const { point, isNew, names } = pointAtPosition(state, snapped(state.base.grid, pair), false);
    if (isNew) state = state.with({ points: [point], names });
    made.push(point.id);
    return point.id;
  });
  if (!parts) throw new ActionRefused('invalid_operation', `Parcels ${labels(ordered)} overlap or leave a gap between them. Mend that boundary first.`);
  return { state, made, parts };
}
