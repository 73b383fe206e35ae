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
  const seen = session.graph.base.parcels.get(id)?.version;
  try {
    const past = await shape.coverage(id, version);
    await api.rehearse({
      key: newKey(), comment: 'What a version would come to', if_stale: 'reject',
      seen: { ...draft.seen(), ...(seen === undefined ? {} : { [id]: seen }) }, operations: [...draft.operations, operation],
    }, new AbortController().signal);
    if (session.state.draft !== draft) return false;
    session.remember(past);
    return session.perform(operation);
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    const problem = error instanceof ApiProblem ? error.problem : null;
    session.set({ refusals: problem?.findings ?? [], notice: { kind: 'bad', text: reasonOf(version, problem, error.message) } });
    showRefusal(problem?.findings?.[0]);
    return false;
  }
}

/**
 * @param {number} version
 * @param {Problem | null} problem
 * @param {string} message
 * @returns {string}
 */
function reasonOf(version, problem, message) {
  const places = problem?.findings?.length ?? 0;
  if (places > 0) return `Version ${version} cannot come back as it was: ${counted(places, 'place')} would break a rule, shown on the map. Nothing is changed.`;
  return `Version ${version} cannot be brought back: ${message}`;
}
