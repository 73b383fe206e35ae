/**
 * Where another person has to approve, a chosen fix becomes a draft that is submitted (docs/drafts.md). Submitting tries it as an
 * edit, so what is against it is told here, in the same words.
 *
 * @module review/propose_fix
 */

/** @import {Api} from '../editor/api.js' */
/** @import {EditBody, Receipt} from '../editor/types.js' */
/** @import {Outcome} from './apply_fix.js' */

import { LONGEST_TITLE } from '../editor/drafts/draft_title.js';
import { outcomeOf } from './apply_fix.js';
import { send } from '../editor/saving/saving.js';

/**
 * Sent again after a lost answer it is the same draft: its key says so.
 * @param {Api} api
 * @param {EditBody} body
 * @param {string} title what the fix does
 * @returns {Promise<Outcome>}
 */
export async function proposeFix(api, body, title) {
  const { key, comment, seen, operations, record_id: record = null } = body;
  const { drafts } = api.urls;
  let number = 0;
  const propose = async () => {
    const content = { key, comment, seen, operations, record_id: record, title: title.slice(0, LONGEST_TITLE), notes: operations.map(() => title) };
    const { id, version, state } = await api.write('POST', drafts, content);
    if (state !== 'submitted') await api.write('POST', `${drafts}/${id}/submit`, { version });
    number = id;
    return /** @type {Receipt} */ ({ edit_id: 0, key, parcels: [] });
  };
  const outcome = await send({ saveEdit: propose, renewToken: () => api.renewToken() }, body);
  return outcome.kind === 'saved' ? { kind: 'proposed', draft: number } : outcomeOf(outcome);
}
