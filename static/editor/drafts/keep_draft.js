/**
 * The map page's draft: kept from step to step, and one of another time offered.
 *
 * @module keep_draft
 */

/** @import {Editor} from '../editor.js' */
/** @import {createSaveBar} from '../panels/save_bar.js' */
/** @import {DraftContent, EditorConfig} from '../types.js' */

import { continueDraft } from './continue_draft.js';
import { slot } from '../dom.js';
import { DraftApi } from './draft_api.js';
import { DraftKeeping } from './draft_keeping.js';
import { DraftMemory } from './draft_memory.js';
import { memoryOf } from '../layers.js';
import { newKey } from '../new_key.js';
import { createDraftBar } from '../panels/draft_bar.js';

/**
 * Keep the steps until they are saved, and offer those of another time.
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {ReturnType<typeof createSaveBar>} saveBar
 * @returns {DraftKeeping}
 */
export function keepDraft({ session, api, view }, config, { comment, record, restore }) {
  const memory = new DraftMemory(memoryOf(() => window.localStorage), config.user.email);
  const drafts = new DraftApi(api);
  const keeping = new DraftKeeping(drafts, session, memory, {
    about: () => ({ comment: comment(), recordId: record.chosen()?.id ?? null }), newKey,
  });
  window.addEventListener('online', () => keeping.again());
  window.addEventListener('focus', () => keeping.again());
  const onContent = async (/** @type {DraftContent} */ content) => {
    if (content.record_id !== (record.chosen()?.id ?? null)) record.choose(content.record_id === null ? null : await drafts.record(content.record_id));
    restore(content.comment);
  };
  const bar = slot(document, 'draft');
  const isOffered = config.can_edit && !config.as_of;
  if (bar && isOffered) void createDraftBar(bar, session, keeping, (offer) => continueDraft({ api, drafts, session, view, keeping, onContent }, offer));
  return keeping;
}
