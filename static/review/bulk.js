/**
 * What may be done with the findings that are chosen.
 *
 * @module review/bulk
 */

/** @import {Deeds} from './deeds.js' */
/** @import {Desk} from './desk.js' */

import { fill, h, icon } from '../editor/dom.js';
import { figure } from '../editor/format.js';

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 * @param {Deeds} deeds
 * @param {() => void} focus where the keyboard goes when the bar is gone
 */
export function createBulkBar(place, desk, deeds, focus) {
  const count = h('b', { role: 'status' });
  /** @param {string} text @param {() => void} click */
  const button = (text, click) => h('button', { type: 'button', class: 'action', click }, text);
  const bar = h('div', { class: 'bulk-bar', role: 'toolbar', 'aria-label': 'Chosen findings' }, count,
    button('Assign to me', () => void deeds.assignToMe()), button('Assign…', () => void deeds.assign()), button('Accept…', () => void deeds.accept()),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Choose none', title: 'Choose none (Esc)', click: () => { desk.check([]); } }, icon('close')));
  desk.subscribe((state, before) => {
    if (state.checked === before.checked) return;
    const hadFocus = place.contains(document.activeElement);
    count.textContent = `${figure(state.checked.size, 0)} chosen`;
    if (state.checked.size > 0 && !bar.isConnected) fill(place, bar);
    else if (state.checked.size === 0) {
      fill(place);
      if (hadFocus) focus();
    }
  });
}
