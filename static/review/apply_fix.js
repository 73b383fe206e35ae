/**
 * A chosen fix is sent as the edit that it is, until there is a definite answer; what the answer means is said here, and
 * what is done about it by whoever asked.
 *
 * @module review/apply_fix
 */

/** @import {Api} from '../editor/api.js' */
/** @import {Fix} from '../editor/findings/fixes_api.js' */
/** @import {EditBody, Problem, Receipt, Refusal} from '../editor/types.js' */

import { newKey } from '../editor/new_key.js';
import { send } from '../editor/saving/saving.js';
import { conflictText, refusalText } from './words.js';

/**
 * `proposed`: another person approves it; `stale`: the fixes are to be worked out anew.
 * @typedef {{kind: 'saved', receipt: Receipt & {findings?: {opened: number[], closed: number[]}}}
 *   | {kind: 'proposed', draft: number}
 *   | {kind: 'stale', text: string}
 *   | {kind: 'refused', text: string, problem: Problem, refusals: Refusal[]}
 *   | {kind: 'signed_out'}
 *   | {kind: 'unreachable', text: string}} Outcome
 */

/**
 * Sent again, it is the same edit: its key says so.
 * @param {Fix & {nature?: string}} fix
 * @param {string} reason
 * @param {number | null} recordId
 * @returns {EditBody & {nature?: string}}
 */
export function editOf(fix, reason, recordId) {
  return {
    key: newKey(), comment: reason.trim() ? `${reason.trim()} · ${fix.comment}` : fix.comment, seen: fix.seen, operations: fix.operations, if_stale: 'reject',
    ...(fix.nature ? { nature: fix.nature } : {}), ...(recordId === null ? {} : { record_id: recordId }),
  };
}

/**
 * @param {Api} api
 * @param {EditBody} body
 * @returns {Promise<Outcome>}
 */
export async function applyFix(api, body) {
  return outcomeOf(await send(api, body));
}

/**
 * @param {import('../editor/saving/saving.js').SaveOutcome} outcome
 * @returns {Outcome} what it means here
 */
export function outcomeOf(outcome) {
  switch (outcome.kind) {
    case 'saved':
      return outcome;
    case 'signed_out':
      return outcome;
    case 'conflict':
      return { kind: 'stale', text: `${conflictText(outcome.problem)} The ways to fix it are worked out anew.` };
    case 'version_required':
      return { kind: 'stale', text: `Nothing was changed: the fix would also change ${(outcome.problem.missing ?? []).map(({ parcel_id: id }) => id).join(', ')}, which was edited meanwhile. The ways to fix it are worked out anew.` };
    case 'refused': {
      const refusals = outcome.problem.findings ?? [];
      const said = refusals.length > 0 ? refusals.map(({ message }) => message).join(' ') : refusalText(422, outcome.problem);
      return { kind: 'refused', text: `Nothing was changed. ${said}`, problem: outcome.problem, refusals };
    }
    case 'unreachable':
      return { kind: 'unreachable', text: `${outcome.message} Trying again is safe: the fix is applied once.` };
    case 'failed':
      return { kind: 'refused', text: `Nothing was changed. ${refusalText(outcome.problem.status ?? 0, outcome.problem)}`, problem: outcome.problem, refusals: [] };
    default:
      throw new TypeError(`unknown outcome ${JSON.stringify(outcome)}`);
  }
}
