/**
 * All of one's drafts: opened, called otherwise, discarded. The steps that are open are kept before another draft takes their place.
 *
 * @module panels/drafts_dialog
 */

/** @import {DraftKeeping} from '../drafts/draft_keeping.js' */
/** @import {Offer} from '../drafts/draft_memory.js' */
/** @import {Session} from '../session.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { isWaiting, returnedText } from '../drafts/draft_memory.js';
import { LONGEST_TITLE } from '../drafts/draft_title.js';
import { withdrawDraft } from '../drafts/withdraw_draft.js';
import { fill, h } from '../dom.js';
import { counted } from '../format.js';
import { askToDiscard, when } from './draft_bar.js';

/**
 * @param {Session} session
 * @param {DraftKeeping} keeping
 * @param {(offer: Offer) => Promise<boolean>} goOn
 * @param {string} page of the admin that shows drafts by themselves
 * @returns {Promise<void>} when it is closed
 */
export async function showDrafts(session, keeping, goOn, page) {
  await keeping.flush();
  const rows = h('ul', { class: 'drafts' });
  const said = h('p', { class: 'wrong', role: 'alert' });
  const dialog = h('dialog', { class: 'dialog drafts-dialog', 'aria-labelledby': 'drafts-title' },
    h('h2', { id: 'drafts-title', tabindex: '-1' }, 'My drafts'), rows, said,
    h('div', { class: 'actions' }, h('button', { type: 'button', class: 'action', click: () => dialog.close() }, 'Close')));
  let isBusy = false;
  /** @param {() => Promise<void>} act */
  const once = async (act) => {
    if (isBusy) return;
    isBusy = true;
    said.textContent = '';
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      said.textContent = error.message;
    } finally {
      isBusy = false;
    }
  };
  const isOpen = (/** @type {Offer} */ { here, there }) => keeping.name !== null && [here?.key, there?.key].includes(keeping.name.key);
  const render = async () => {
    const offers = await keeping.offers();
    fill(rows, ...offers.map((offer) => draftRow(offer, isOpen(offer), {
      open: () => once(async () => {
        dialog.close();
        if (await keeping.setAside()) await goOn(offer);
        else session.say('warn', 'The steps that are open are kept nowhere yet: save them before you open another draft.');
      }),
      rename: (title) => once(async () => {
        if (isOpen(offer)) {
          keeping.rename(title);
          await keeping.flush();
        } else await keeping.renameOffer(offer, title);
        await render();
      }),
      withdraw: () => once(async () => {
        await withdrawDraft(keeping.api, offer);
        await render();
      }),
      discard: () => once(async () => {
        if (!(await askToDiscard(offer))) return;
        if (isOpen(offer)) session.discard();
        else await keeping.discard(offer);
        await keeping.work;
        await render();
      }),
    }, `${page}${offer.there?.id ?? ''}/`)));
    if (offers.length === 0) fill(rows, h('li', { class: 'none' }, 'There is none. Steps that are not saved are kept here by themselves.'));
  };
  await render();
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve();
    });
  });
}

/**
 * @param {Offer} offer
 * @param {boolean} isOpen
 * @param {{open: () => Promise<void>, rename: (title: string) => Promise<void>, withdraw: () => Promise<void>, discard: () => Promise<void>}} acts
 * @param {string} page where it is shown by itself
 * @returns {HTMLElement}
 */
function draftRow(offer, isOpen, { open, rename, withdraw, discard }, page) {
  const { title, steps, changedAt, here, there, parcels } = offer;
  if (isWaiting(offer)) {
    return h('li', {}, h('div', { class: 'draft-what' }, h('span', { class: 'draft-waiting' }, title || counted(steps, 'step')), h('span', { class: 'quiet' }, [counted(steps, 'step'), parcelsOf(parcels)].filter(Boolean).join(' · '))),
      h('span', { class: 'chip chip-submitted' }, 'waits for approval'),
      h('a', { class: 'action action-quiet', href: page, 'aria-label': `Look at ${title}` }, 'Look'),
      h('button', { type: 'button', class: 'action', 'aria-label': `Withdraw ${title}`, click: () => void withdraw() }, 'Withdraw'));
  }
  const name = h('input', {
    type: 'text', class: 'draft-title', 'aria-label': 'Title', maxlength: LONGEST_TITLE, value: title, placeholder: counted(steps, 'step'),
    change: () => void rename(name.value.trim()),
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter') name.blur();
    },
  });
  const facts = [counted(steps, 'step'), parcelsOf(parcels), `changed ${when(changedAt)}`, here ? 'kept on this computer' : 'kept on the server'];
  const said = returnedText(offer);
  const isUndoing = (there?.reverts ?? null) !== null;
  return h('li', {}, h('div', { class: 'draft-what' }, name, h('span', { class: 'quiet' }, facts.filter(Boolean).join(' · ')), said && h('span', { class: 'draft-returned' }, said)),
    isUndoing ? h('a', { class: 'action', href: page, 'aria-label': `Look at ${title}` }, 'Look') : isOpen ? h('span', { class: 'chip' }, 'open here') : h('button', { type: 'button', class: 'action', 'aria-label': `Open ${title}`, click: () => void open() }, 'Open'),
    h('button', { type: 'button', class: 'action action-quiet', 'aria-label': `Discard ${title}`, click: () => void discard() }, 'Discard'));
}

/**
 * @param {string[]} ids
 * @returns {string}
 */
function parcelsOf(ids) {
  if (ids.length === 0) return '';
  return `${ids.length === 1 ? 'parcel' : 'parcels'} ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ` and ${ids.length - 3} more` : ''}`;
}
