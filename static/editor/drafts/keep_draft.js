/**
 * The draft of a page: kept from step to step, those of another time offered, all of them listed. The same for the map
 * and for the form of a parcel.
 *
 * @module keep_draft
 */

/** @import {Editor} from '../editor.js' */
/** @import {Offer} from './draft_memory.js' */
/** @import {DraftContent, EditorConfig, RecordSummary} from '../types.js' */

import { continueDraft } from './continue_draft.js';
import { h, icon, slot } from '../dom.js';
import { DraftApi } from './draft_api.js';
import { DraftKeeping } from './draft_keeping.js';
import { DraftMemory, isWaiting } from './draft_memory.js';
import { titleOf } from './draft_title.js';
import { memoryOf } from '../layers.js';
import { newKey } from '../new_key.js';
import { createDraftBar } from '../panels/draft_bar.js';
import { showDrafts } from '../panels/drafts_dialog.js';

/**
 * Where the reason and the record of the edit stand on the page.
 * @typedef {object} Fields
 * @property {() => string} comment
 * @property {{chosen: () => RecordSummary | null, choose: (record: RecordSummary | null) => void}} record
 * @property {(comment: string) => void} restore puts a reason there
 * @property {() => DraftContent['admits']} [admits] the refused row that the edit makes a parcel of
 */

/**
 * Keep the steps until they are saved, and offer those of another time.
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {Fields} fields
 * @returns {DraftKeeping}
 */
export function keepDraft({ session, api, view }, config, { comment, record, restore, admits = () => null }) {
  const memory = new DraftMemory(memoryOf(() => window.localStorage), config.user.email);
  const drafts = new DraftApi(api);
  const keeping = new DraftKeeping(drafts, session, memory, {
    about: () => ({ comment: comment(), recordId: record.chosen()?.id ?? null, title: titleOf(record.chosen(), session.state.draft.told), admits: admits() ?? null }), newKey,
  });
  window.addEventListener('online', () => keeping.again());
  window.addEventListener('focus', () => keeping.again());
  const onContent = async (/** @type {DraftContent} */ content) => {
    if (content.record_id !== (record.chosen()?.id ?? null)) record.choose(content.record_id === null ? null : await drafts.record(content.record_id));
    restore(content.comment);
    return record.chosen();
  };
  const goOn = (/** @type {Offer} */ offer) => continueDraft({ api, drafts, session, view, keeping, onContent }, offer);
  const bar = slot(document, 'draft');
  if (!bar || !config.can_edit || config.as_of) return keeping;
  const list = async () => {
    await showDrafts(session, keeping, goOn, config.urls.waiting_admin);
    await refresh();
  };
  // A form is about one parcel: others' steps would be saved with its fields.
  const isOfPage = (/** @type {Offer} */ offer) => !isWaiting(offer) && (offer.there?.reverts ?? null) === null && (config.mode === 'map' || (config.parcel !== null && offer.parcels.includes(config.parcel)));
  const refresh = createDraftBar(bar, session, keeping, { goOn, isOfPage, list: config.mode === 'map' ? () => void list() : null });
  if (config.mode === 'map') {
    slot(document, 'status')?.append(h('button', { type: 'button', class: 'drafts-button', title: 'My drafts: open, rename, discard', click: () => void list() }, icon('clock'), 'Drafts'));
  }
  if (!config.draft_key) void refresh();
  return keeping;
}

/**
 * Go on with the draft of a key, where the server still has it: its steps are about to be done again.
 * @param {DraftKeeping} keeping
 * @param {string} key
 */
export async function adoptNamed(keeping, key) {
  const offer = (await keeping.offers()).find(({ there }) => there?.key === key);
  if (offer) keeping.adopt(offer, offer.title);
}
