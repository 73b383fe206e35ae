/**
 * Choosing the time that the map shows, and the bar that says it is not now.
 *
 * @module panels/as_of
 */

/** @import {AsOf} from '../types.js' */

import { asOfText, localText, momentOf } from '../past/as_of.js';
import { fill, h, icon } from '../dom.js';

/**
 * The bar above a map of another time: what time, that nothing can be changed, and the way back.
 * @param {HTMLElement} place
 * @param {AsOf} asOf
 * @param {{change: () => void, toNow: () => string}} commands `toNow` gives the address of the same view, now
 */
export function createAsOfBar(place, asOf, { change, toNow }) {
  fill(place, icon('clock'),
    h('p', {}, h('b', { title: [asOf.at, asOf.legal_at].filter(Boolean).join(' · ') }, asOfText(asOf)), ' – read only'),
    h('button', { type: 'button', class: 'action action-quiet', click: change }, 'Change'),
    mapLink(toNow, { class: 'action' }, 'Back to now'));
  place.hidden = false;
}

/**
 * A link to the map at another time. Its address is asked for when it is used: the view moves meanwhile.
 * @param {() => string} address
 * @param {Record<string, string>} attributes
 * @param {string} text
 * @returns {HTMLAnchorElement}
 */
export function mapLink(address, attributes, text) {
  const renew = () => { link.href = address(); };
  const link = h('a', { ...attributes, href: address(), pointerdown: renew, focus: renew, click: renew }, text);
  return link;
}

/**
 * Ask for a time. Either field, or both; Escape changes nothing.
 * @param {AsOf | null} shown the time that is shown already
 * @returns {Promise<AsOf | 'now' | null>} null where nothing is to change
 */
export function askAsOf(shown) {
  return new Promise((resolve) => {
    const { stored, inForce, fields } = timeFields(shown);
    /** @type {AsOf | 'now' | null} */
    let answer = null;
    const dialog = h('dialog', { class: 'dialog dialog-small as-of-dialog', 'aria-labelledby': 'as-of-title' });
    const form = h('form', { method: 'dialog', submit: () => { answer = chosen(stored, inForce, shown); } }, fields,
      h('div', { class: 'actions' },
        h('button', { type: 'submit', class: 'action action-primary', click: () => check(stored, inForce) }, 'Show'),
        shown && h('button', { type: 'button', class: 'action', click: () => { answer = 'now'; dialog.close(); } }, 'Back to now'),
        h('button', { type: 'button', class: 'action', click: () => dialog.close() }, 'Cancel')));
    dialog.append(h('h2', { id: 'as-of-title' }, 'Parcels as they were'), form);
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * @param {AsOf | null} shown
 * @returns {{stored: HTMLInputElement, inForce: HTMLInputElement, fields: HTMLElement}}
 */
function timeFields(shown) {
  const stored = h('input', { type: 'datetime-local', id: 'as-of-at', step: 1, max: localText(new Date().toISOString()), 'aria-describedby': 'as-of-at-hint', value: localText(shown?.at ?? null) });
  const inForce = h('input', { type: 'date', id: 'as-of-legal', 'aria-describedby': 'as-of-legal-hint', value: shown?.legal_at ?? '' });
  for (const field of [stored, inForce]) field.addEventListener('input', () => stored.setCustomValidity(''));
  const fields = h('div', { class: 'as-of-fields' },
    h('label', { class: 'field', for: 'as-of-at' }, 'As stored at (your time)'), stored,
    h('p', { class: 'hint', id: 'as-of-at-hint' }, 'What was on this map at that moment.'),
    h('label', { class: 'field', for: 'as-of-legal' }, 'As in force on'), inForce,
    h('p', { class: 'hint', id: 'as-of-legal-hint' }, 'What was law on that day by the records, whenever it was entered. With both: as it was known at that moment.'));
  return { stored, inForce, fields };
}

/**
 * @param {HTMLInputElement} stored
 * @param {HTMLInputElement} inForce
 */
function check(stored, inForce) {
  stored.max = localText(new Date().toISOString());
  const isEmpty = !stored.value && !inForce.value && !stored.validity.badInput && !inForce.validity.badInput;
  const isFuture = stored.value !== '' && new Date(stored.value) > new Date();
  stored.setCustomValidity(isEmpty ? 'Give a moment or a day.' : isFuture ? 'This moment has not come yet.' : '');
}

/**
 * @param {HTMLInputElement} stored
 * @param {HTMLInputElement} inForce
 * @param {AsOf | null} shown
 * @returns {AsOf}
 */
function chosen(stored, inForce, shown) {
  // A version's own moment is finer than the field: it stays while nobody changes the field.
  const isSame = shown?.at && momentOf(stored.value) === momentOf(localText(shown.at));
  return { at: isSame ? shown.at : momentOf(stored.value), legal_at: inForce.value || null };
}
