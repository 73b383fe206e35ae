/**
 * The reason, the record, Save and Discard.
 *
 * @module panels/save_bar
 */

/** @import {Api} from '../api.js' */
/** @import {Session} from '../session.js' */
/** @import {EditorConfig} from '../types.js' */
/** @import {RecordField} from './record_field.js' */

import { h, setAttribute } from '../dom.js';
import { recordName, rememberedRecord } from '../record_choice.js';
import { createRecordField } from './record_field.js';

const REASONS = 'Monument re-measured, deed, court order…';

/**
 * @param {HTMLElement} place
 * @param {{session: Session, api: Pick<Api, 'records'>}} editor
 * @param {EditorConfig} config
 * @param {{save: () => void, discard: () => void, changed: () => void, needsAnother: () => boolean}} commands `changed`: the
 *   reason or the record is another; `needsAnother`: somebody else has to approve
 * @returns {{comment: () => string, record: RecordField, clear: () => void, restore: (comment: string) => void}} `clear` forgets the reason; the record stays
 */
export function createSaveBar(place, { session, api }, config, { save, discard, changed, needsAnother }) {
  const reason = h('input', { type: 'text', id: 'edit-comment', maxlength: 500, autocomplete: 'off', input: changed });
  const label = h('span', { class: 'action-label' }, 'Save edit');
  const saveButton = h('button', { type: 'button', class: 'action action-primary', click: save }, label, h('kbd', { 'aria-hidden': 'true' }, 'Ctrl S'));
  const discardButton = h('button', { type: 'button', class: 'action', click: discard }, 'Discard');
  const bar = h('div', { class: 'save-bar' }, h('label', { class: 'field', for: 'edit-comment' }, 'Reason'), reason);
  const { user: { email: account }, record_required: isRequired } = config;
  const record = createRecordField(bar, api, {
    account, isRequired, chosen: rememberedRecord(window.sessionStorage, account), onChange: () => {
      session.set({});
      changed();
    },
  });
  const next = h('p', { class: 'quiet save-next', id: 'save-next' }, 'A reviewer approves or returns it. Nothing changes until then.');
  bar.append(h('div', { class: 'actions' }, saveButton, discardButton), next);
  place.append(bar);

  const render = () => {
    const { draft, isSaving } = session.state;
    const chosen = record.chosen();
    bar.hidden = !session.canEdit || draft.isEmpty;
    reason.placeholder = chosen ? `As ${recordName(chosen)} shows…` : REASONS;
    record.switchOff(saveButton, isSaving);
    // It is cleared when the edit is saved: nothing may be typed into it that would be lost.
    reason.readOnly = isSaving;
    setAttribute(discardButton, 'aria-disabled', isSaving ? 'true' : null);
    const isSubmitted = needsAnother();
    next.hidden = !isSubmitted;
    label.textContent = isSubmitted ? (isSaving ? 'Submitting…' : 'Submit for approval') : isSaving ? 'Saving…' : 'Save edit';
  };
  session.subscribe(render);
  render();
  return { comment: () => reason.value, record, clear: () => { reason.value = ''; }, restore: (comment) => { reason.value = comment; } };
}
