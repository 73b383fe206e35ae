/**
 * Fixes as a list to read: what each does, to which parcels, how far, and the buttons that use it. None is preselected.
 *
 * @module findings/fix_list
 */

/** @import {Fix} from './fixes_api.js' */

import { h } from '../dom.js';
import { counted, figure, signed } from '../format.js';
import { farthest } from './fix_texts.js';

/**
 * @typedef {object} FixDeeds
 * @property {(fix: Fix) => void} use puts its steps into the edit in hand
 * @property {((fix: Fix) => void) | null} save at once; null where other steps are in hand
 * @property {(fix: Fix | null) => void} look shows it on the map
 * @property {boolean} isSubmitted somebody else has to approve what is saved
 */

/**
 * @param {Fix[]} fixes
 * @param {number} accuracy of points, metres
 * @param {FixDeeds} deeds
 * @returns {HTMLElement | null} null without any
 */
export function fixList(fixes, accuracy, deeds) {
  if (fixes.length === 0) return null;
  return h('ul', { class: 'fix-list', 'aria-label': 'Fixes' }, ...fixes.map((fix, index) => fixItem(fix, index, accuracy, deeds)));
}

/**
 * @param {Fix} fix
 * @param {number} index
 * @param {number} accuracy
 * @param {FixDeeds} deeds
 * @returns {HTMLElement}
 */
function fixItem(fix, index, accuracy, { use, save, look, isSubmitted }) {
  const name = `fix-${index}`;
  const begin = () => look(fix);
  const end = () => look(null);
  // The pointer and the keyboard look alike: what is under the one or has the other is drawn on the map.
  return h('li', { class: 'fix', mouseenter: begin, mouseleave: end, focusin: begin, focusout: end },
    h('p', { class: 'fix-title', id: name }, fix.title), areas(fix), h('p', { class: 'fix-far' }, farthest(fix, accuracy)),
    h('div', { class: 'actions' },
      fix.needs === 'nothing' && save
        ? h('button', { type: 'button', class: 'action', 'aria-describedby': name, click: () => save(fix) }, isSubmitted ? 'Submit this fix' : 'Save this fix') : null,
      h('button', { type: 'button', class: 'action', 'aria-describedby': name, click: () => use(fix) }, 'Use this fix')));
}

/**
 * @param {Fix} fix
 * @returns {HTMLElement}
 */
function areas({ parcels, numbers }) {
  const changed = parcels.filter(({ change }) => change !== 'noded');
  const noded = parcels.length - changed.length;
  return h('div', {},
    h('table', { class: 'figures' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Parcel'), head('Before m²'), head('After m²'), head('Change'))),
      h('tbody', {}, ...changed.map(({ parcel_id: id, area_m2_before: before, area_m2_after: after }) => h('tr', {},
        h('th', { scope: 'row' }, numbers[id] ?? id), cell(before === null ? '' : figure(before)), cell(after === null ? '' : figure(after)),
        cell(before === null || after === null ? '' : signed(after - before)))))),
    noded > 0 ? h('p', { class: 'quiet' }, `${counted(noded, 'parcel')} beside it only ${noded === 1 ? 'gets' : 'get'} a point on the boundary.`) : null);
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
function head(text) {
  return h('th', { class: 'n', scope: 'col' }, text);
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
function cell(text) {
  return h('td', { class: 'n' }, text);
}
