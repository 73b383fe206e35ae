/**
 * Bringing a version back, as a step of the edit. The server is asked first by a dry run: only it can tell whether
 * neighbours have moved onto the old ground; then its refusals are shown at their places and no step is done. Where only
 * pieces of the parcel itself have its ground (it was split), retiring them in the same edit is offered.
 *
 * @module restore_version
 */

/** @import {Api} from '../api.js' */
/** @import {PastShape} from './past_shape.js' */
/** @import {Session} from '../session.js' */
/** @import {Operation, Problem, Refusal} from '../types.js' */

import { label } from '../actions/ring_repair.js';
import { ApiProblem, NoAnswer } from '../api.js';
import { counted } from '../format.js';
import { newKey } from '../new_key.js';
import { areOnlyHeirs } from './only_heirs.js';

/** Parcels named in one sentence, and retired by one button. */
const MOST_NAMED = 5;

/** @typedef {{session: Session, api: Pick<Api, 'rehearse' | 'lineage' | 'coverageOf'>, shape: PastShape, showRefusal: (refusal: Refusal | undefined) => void}} Place */

/**
 * @param {Place} place
 * @param {string} id
 * @param {number} version
 * @param {readonly string[]} [retiring] parcels that end first, by the same step of the history
 * @returns {Promise<boolean>} whether it is a step now
 */
export async function restoreVersion(place, id, version, retiring = []) {
  const { session, api, shape, showRefusal } = place;
  if (!session.isEditable) return false;
  /** @type {Operation[]} */
  const operations = [...retiring.map((other) => /** @type {const} */ ({ op: 'retire', parcel_id: other })), { op: 'restore', parcel_id: id, version }];
  const { draft, retired } = session.state;
  const ended = retired?.id === id ? retired.version : null;
  try {
    const past = await shape.coverage(id, version);
    const seen = Object.fromEntries([id, ...retiring].flatMap((one) => {
      const known = session.graph.base.parcels.get(one)?.version ?? (one === id ? ended : null);
      return known === null ? [] : [[one, known]];
    }));
    await api.rehearse({
      key: newKey(), comment: 'What a version would come to', if_stale: 'reject', seen: { ...draft.seen(), ...seen }, operations: [...draft.operations, ...operations],
    }, new AbortController().signal);
    if (session.state.draft !== draft) return false;
    session.remember(past, ended);
    if (!session.performAll(operations)) return false;
    session.select(id);
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    const problem = error instanceof ApiProblem ? error.problem : null;
    const others = othersIn(problem, id);
    const text = reasonOf(session, others, version, problem, error.message);
    session.set({ refusals: problem?.findings ?? [], notice: { kind: 'bad', text } });
    showRefusal(problem?.findings?.[0]);
    if (retiring.length === 0) await offerToRetire(place, id, version, others);
    return false;
  }
}

/**
 * Where all that is in the way are pieces of the parcel, a button that retires them and brings it back, beside the reason.
 * @param {Place} place
 * @param {string} id
 * @param {number} version
 * @param {string[]} others
 * @returns {Promise<void>}
 */
async function offerToRetire(place, id, version, others) {
  const { session, api } = place;
  const { notice } = session.state;
  if (!notice || others.length === 0 || others.length > MOST_NAMED) return;
  try {
    if (!(await areOnlyHeirs(api, others, id, version))) return;
    const unknown = others.filter((other) => !session.graph.parcel(other));
    if (unknown.length > 0) session.load(await api.coverageOf(unknown), null);
  } catch (error) {
    // The reason stands there without an offer.
    if (error instanceof ApiProblem || error instanceof NoAnswer) return;
    throw error;
  }
  if (session.state.notice !== notice) return;
  const act = () => void restoreVersion(place, id, version, others);
  session.set({ notice: { ...notice, offer: { text: `Retire ${namesOf(session, others)} and restore version ${version}`, act } } });
}

/**
 * @param {Problem | null} problem
 * @param {string} id
 * @returns {string[]} the other parcels that it names
 */
function othersIn(problem, id) {
  return [...new Set((problem?.findings ?? []).flatMap(({ parcels }) => parcels))].filter((other) => other !== id);
}

/**
 * @param {Session} session
 * @param {string[]} ids
 * @returns {string}
 */
function namesOf(session, ids) {
  const names = ids.slice(0, MOST_NAMED).map((id) => {
    const parcel = session.graph.parcel(id);
    return parcel ? label(parcel) : id;
  });
  return new Intl.ListFormat('en').format(ids.length > MOST_NAMED ? [...names, `${ids.length - MOST_NAMED} more`] : names);
}

/**
 * @param {Session} session
 * @param {string[]} others
 * @param {number} version
 * @param {Problem | null} problem
 * @param {string} message
 * @returns {string}
 */
function reasonOf(session, others, version, problem, message) {
  const findings = problem?.findings ?? [];
  if (findings.length > 0) {
    const heirs = others.length === 0 ? '' : ` Its ground is now also that of ${namesOf(session, others)}: ${others.length === 1 ? 'move its boundary, merge or retire it' : 'move their boundaries, merge or retire them'} first, in this edit.`;
    return `Version ${version} cannot come back as it was: ${counted(findings.length, 'place')} would break a rule, shown on the map.${heirs} Nothing is changed.`;
  }
  return `Version ${version} cannot be brought back: ${message}`;
}
