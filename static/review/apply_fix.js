/**
 * A chosen fix is sent as the edit that it is, until there is a definite answer; what the answer means is said here, and
 * what is done about it by whoever asked.
 *
 * @module review/apply_fix
 */

/** @import {Api} from '../editor/api.js' */
/** @import {Fix} from '../editor/findings/fixes_api.js' */
/** @import {EditBody, Problem, Receipt, Refusal} from '../editor/types.js' */

import { DraftApi } from '../editor/drafts/draft_api.js';
import { newKey } from '../editor/new_key.js';
import { send } from '../editor/saving/saving.js';
import { conflictText, refusalText } from './words.js';

const LONGEST_TITLE = 200;

/**
 * @typedef {{kind: 'submitted', draft: number}
 *   | {kind: 'saved', receipt: Receipt & {findings?: {opened: number[], closed: number[]}}}
 *   | {kind: 'stale', text: string}
 *   | {kind: 'refused', text: string, problem: Problem, refusals: Refusal[]}
 *   | {kind: 'signed_out'}
 *   | {kind: 'unreachable', text: string}} Outcome `stale`: the fixes are to be worked out anew
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
  const tried = await send(api, body);
  const outcome = tried.kind === 'failed' && tried.problem.type.endsWith('/approval_required') ? await submit(api, body) : tried;
  switch (outcome.kind) {
    case 'saved':
    case 'submitted':
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
    default:
      return { kind: 'refused', text: `Nothing was changed. ${refusalText(outcome.problem.status ?? 0, outcome.problem)}`, problem: outcome.problem, refusals: [] };
  }
}

/**
 * Where a second person has to approve it, the fix becomes a draft that waits for them. Its key is the edit's: sent again
 * it is the same draft.
 * @param {Api} api
 * @param {EditBody & {nature?: string}} body
 * @returns {Promise<import('../editor/saving/saving.js').SaveOutcome>}
 */
async function submit(api, { key, comment, record_id: recordId, seen, operations, nature }) {
  const drafts = new DraftApi(api);
  let id = 0;
  const submitted = async () => {
    const draft = await drafts.beginDraft({ key, title: comment.slice(0, LONGEST_TITLE), comment, record_id: recordId ?? null, seen, operations, notes: [], ...(nature ? { nature } : {}) });
    id = draft.id;
    // An answer that was lost: it waits already.
    return draft.state === 'open' ? drafts.submitDraft(id, { version: draft.version }) : draft;
  };
  const outcome = await send({ saveEdit: submitted, renewToken: () => api.renewToken() }, { key, comment, seen, operations, if_stale: 'reject' });
  return outcome.kind === 'saved' ? { kind: 'submitted', draft: id } : outcome;
}
