/**
 * Bringing a version back, as a step of the edit. The server is asked first by a dry run: only it can tell whether
 * neighbours have moved onto the old ground; then its refusals are shown at their places and no step is done.
 *
 * @module restore_version
 */

/** @import {Api} from '../api.js' */
/** @import {PastShape} from './past_shape.js' */
/** @import {Session} from '../session.js' */
/** @import {Problem, Refusal, Restore} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { counted } from '../format.js';
import { newKey } from '../new_key.js';

/** Parcels named in one sentence. */
const MOST_NAMED = 5;

/**
 * @param {{session: Session, api: Pick<Api, 'rehearse'>, shape: PastShape, showRefusal: (refusal: Refusal | undefined) => void}} editor
 * @param {string} id
 * @param {number} version
 * @returns {Promise<boolean>} whether it is a step now
 */
export async function restoreVersion({ session, api, shape, showRefusal }, id, version) {
  if (!session.isEditable) return false;
  /** @type {Restore} */
  const operation = { op: 'restore', parcel_id: id, version };
  const { draft } = session.state;
  const { retired } = session.state;
  const ended = retired?.id === id ? retired.version : null;
  const seen = session.graph.base.parcels.get(id)?.version ?? ended ?? undefined;
  try {
    const past = await shape.coverage(id, version);
    await api.rehearse({
      key: newKey(), comment: 'What a version would come to', if_stale: 'reject',
      seen: { ...draft.seen(), ...(seen === undefined ? {} : { [id]: seen }) }, operations: [...draft.operations, operation],
    }, new AbortController().signal);
    if (session.state.draft !== draft) return false;
    session.remember(past, ended);
    if (!session.perform(operation)) return false;
    session.select(id);
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    const problem = error instanceof ApiProblem ? error.problem : null;
    session.set({ refusals: problem?.findings ?? [], notice: { kind: 'bad', text: reasonOf(id, version, problem, error.message) } });
    showRefusal(problem?.findings?.[0]);
    return false;
  }
}

/**
 * @param {string} id
 * @param {number} version
 * @param {Problem | null} problem
 * @param {string} message
 * @returns {string}
 */
function reasonOf(id, version, problem, message) {
  const findings = problem?.findings ?? [];
  if (findings.length > 0) {
    const others = [...new Set(findings.flatMap(({ parcels }) => parcels))].filter((other) => other !== id);
    const heirs = others.length === 0 ? '' : ` Its ground is now also that of ${others.slice(0, MOST_NAMED).join(', ')}${others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : ''}: move their boundaries, merge or retire them first, in this edit.`;
    return `Version ${version} cannot come back as it was: ${counted(findings.length, 'place')} would break a rule, shown on the map.${heirs} Nothing is changed.`;
  }
  return `Version ${version} cannot be brought back: ${message}`;
}
