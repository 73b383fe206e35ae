/**
 * What is said over the map: the hint of the tool, and what just happened. Screen readers hear it too.
 *
 * @module panels/message_line
 */

/** @import {Session} from '../session.js' */

import { fill, h, icon } from '../dom.js';

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @returns {(hint: string) => void} shows what the active tool can do
 */
export function createMessageLine(place, session) {
  const hint = h('div', { class: 'map-hint' });
  const notice = h('div', { class: 'map-notice', role: 'status', 'aria-live': 'polite' });
  place.append(notice, hint);
  let said = session.state.notice;
  session.subscribe(({ notice: now }) => {
    if (now === said) return;
    said = now;
    notice.dataset['kind'] = now?.kind ?? '';
    fill(notice, ...(now ? [h('span', {}, now.text, now.offer ? offerButton(now.offer) : null), closeButton(() => session.set({ notice: null }))] : []));
  });
  let shown = '';
  return (text) => {
    if (text === shown) return;
    shown = text;
    hint.hidden = text === '';
    const [, first = '', rest = ''] = /^(Move point|Move [\d\u202f]+ points|Insert point|Click|Drag|Press)?(.*)$/s.exec(text) ?? [];
    fill(hint, h('b', {}, first), rest);
  };
}

/**
 * @param {NonNullable<import('../session.js').Notice['offer']>} offer
 * @returns {HTMLElement}
 */
function offerButton({ text, act }) {
  return h('button', { type: 'button', class: 'action notice-offer', click: act }, text);
}

/**
 * @param {() => void} close
 * @returns {HTMLElement}
 */
function closeButton(close) {
  return h('button', { type: 'button', class: 'close', 'aria-label': 'Close the message', click: close }, icon('close'));
}
