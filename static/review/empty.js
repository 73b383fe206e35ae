/**
 * What stands in the queue in place of findings, and the way on.
 *
 * @module review/empty
 */

/** @import {State} from './desk.js' */

import { h } from '../editor/dom.js';
import { isNarrowed } from './filters.js';

/**
 * @param {State} state
 * @param {{retry: () => void, clear: () => void, scan: (() => void) | null}} deeds `scan`: null for who may not
 * @returns {HTMLElement}
 */
export function emptyQueue(state, { retry, clear, scan }) {
  if (state.failure) return said('Not known at the moment', `Findings could not be asked for: ${state.failure}`, button('Try again', retry), isNarrowed(state.filters) ? button('Clear the filter', clear) : null);
  if (isNarrowed(state.filters)) return said('Nothing under this filter', 'No finding passes it.', button('Clear the filter', clear));
  if (state.summary && state.summary.last_scan === null && state.summary.accepted === 0) {
    return said('Nothing was found yet', scan ? 'The coverage was never scanned as a whole.' : 'The coverage was never scanned as a whole; an administrator can do that.', scan ? button('Scan now', scan) : null);
  }
  return said('All done', 'No finding is open.', null);
}

/**
 * @param {string} heading
 * @param {string} text
 * @param {...(HTMLElement | null)} deeds
 * @returns {HTMLElement}
 */
function said(heading, text, ...deeds) {
  return h('div', { class: 'queue-empty' }, h('h2', { tabindex: '-1' }, heading), h('p', {}, text), ...deeds);
}

/**
 * @param {string} text
 * @param {() => void} click
 * @returns {HTMLElement}
 */
function button(text, click) {
  return h('button', { type: 'button', class: 'action', click }, text);
}
