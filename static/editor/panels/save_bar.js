/**
 * The reason, Save and Discard.
 *
 * @module panels/save_bar
 */

/** @import {Session} from '../session.js' */

import { h, setAttribute } from '../dom.js';

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {{save: (comment: string) => void, discard: () => void}} commands
 * @returns {{comment: () => string, clear: () => void}}
 */
export function createSaveBar(place, session, { save, discard }) {
  const reason = h('input', { type: 'text', id: 'edit-comment', maxlength: 500, autocomplete: 'off', placeholder: 'Monument re-measured, deed, court order…' });
  const label = h('span', { class: 'action-label' }, 'Save edit');
  const saveButton = h('button', { type: 'button', class: 'action action-primary', click: () => save(reason.value) }, label, h('kbd', { 'aria-hidden': 'true' }, 'Ctrl S'));
  const discardButton = h('button', { type: 'button', class: 'action', click: discard }, 'Discard');
  const bar = h('div', { class: 'save-bar' },
    h('label', { class: 'field', for: 'edit-comment' }, 'Reason'), reason,
    h('div', { class: 'actions' }, saveButton, discardButton));
  place.append(bar);

  const render = () => {
    const { draft, isSaving } = session.state;
    bar.hidden = !session.canEdit || draft.isEmpty;
    setAttribute(saveButton, 'aria-disabled', isSaving ? 'true' : null);
    setAttribute(discardButton, 'aria-disabled', isSaving ? 'true' : null);
    label.textContent = isSaving ? 'Saving…' : 'Save edit';
  };
  session.subscribe(render);
  render();
  return { comment: () => reason.value, clear: () => { reason.value = ''; } };
}
