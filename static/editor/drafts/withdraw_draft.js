/**
 * @module drafts/withdraw_draft
 */

/** @import {DraftApi} from './draft_api.js' */
/** @import {Offer} from './draft_memory.js' */

import { asked } from '../saving/saving.js';

/**
 * @param {Pick<DraftApi, 'withdrawDraft' | 'renewToken'>} api
 * @param {Offer} offer that waits for approval
 * @returns {Promise<void>} when it is open again
 */
export async function withdrawDraft(api, { there }) {
  if (there) await asked(api, () => api.withdrawDraft(there.id, { version: there.version }));
}
