/**
 * The three states of a conflict in words: version, when, by whom, on which record, where the point stands; and fields.
 *
 * @module panels/conflict_figures
 */

/** @import {Session} from '../session.js' */
/** @import {CitedRecord, Conflict, RecordSummary} from '../types.js' */
/** @import {Dispute, DisputedValue} from './conflict_contrast.js' */

import { PROPERTY_NAMES } from '../describe.js';
import { isRetired } from '../saving/conflict.js';
import { h } from '../dom.js';
import { ago, counted, dateTime, storageText } from '../format.js';
import { recordName } from '../record_choice.js';

/**
 * @param {Session} session
 * @param {Conflict[]} conflicts
 * @param {Dispute | null} dispute the point that is shown
 * @param {{isGeographic: boolean, record: RecordSummary | null}} options `record`: what mine is to rest on
 * @returns {HTMLElement[]}
 */
export function conflictFigures(session, conflicts, dispute, { isGeographic, record }) {
  const first = conflicts[0];
  const seen = versions(conflicts.map((conflict) => String(conflict.seen)));
  const current = versions(conflicts.map((conflict) => (isRetired(conflict) ? 'retired' : String(conflict.current_version))));
  const [base, theirs, mine] = /** @type {const} */ (['base', 'theirs', 'mine']).map((state) => (dispute ? coordinates(dispute[state], isGeographic) : ''));
  return [
    figure('base', 'Where you both started', [seen, first?.base_at ? `since ${dateTime(first.base_at)}` : '', cited(first?.base_record)], base),
    figure('theirs', `Theirs, saved ${ago(first?.changed_at)}`, [current, first?.changed_by ?? '', cited(first?.record)], theirs),
    figure('mine', 'Yours', ['not saved', counted(session.state.draft.told.length, 'step'), cited(record)], mine),
  ];
}

/**
 * @param {DisputedValue[]} values
 * @returns {HTMLElement | null} null where no field is in dispute
 */
export function valuesTable(values) {
  if (values.length === 0) return null;
  const cell = (/** @type {unknown} */ value) => h('td', {}, value === null || value === '' ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  return h('table', { class: 'figures disputed' },
    h('thead', {}, h('tr', {}, ...['Field', 'Both started from', 'Theirs', 'Yours'].map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...values.map(({ parcel, name, base, theirs, mine }) => h('tr', {}, h('th', { scope: 'row' }, `${PROPERTY_NAMES[name] ?? name} of ${parcel}`), cell(base), cell(theirs), cell(mine)))));
}

/**
 * @param {string[]} each of every parcel in conflict
 * @returns {string} "version 7", or "versions 7, 3" where they differ
 */
function versions(each) {
  const different = [...new Set(each)];
  if (different.every((one) => one === 'retired')) return 'retired';
  return `${different.length === 1 ? 'version' : 'versions'} ${different.length === 1 ? different[0] : each.join(', ')}`;
}

/**
 * @param {CitedRecord | RecordSummary | null | undefined} record
 * @returns {string}
 */
function cited(record) {
  return record ? recordName({ title: '', state: '', ...record }) : 'no record';
}

/**
 * @param {Dispute['base']} position
 * @param {boolean} isGeographic
 * @returns {string}
 */
function coordinates(position, isGeographic) {
  if (!position) return 'the point is gone';
  return position.pair ? storageText(position.pair, isGeographic) : `${position.lon.toFixed(7)}°, ${position.lat.toFixed(7)}°`;
}

/**
 * @param {'base' | 'theirs' | 'mine'} state
 * @param {string} title
 * @param {string[]} facts
 * @param {string} [where]
 * @returns {HTMLElement}
 */
function figure(state, title, facts, where = '') {
  const lines = [facts.filter(Boolean).join(' · '), where].filter(Boolean);
  return h('figure', {},
    h('canvas', { 'data-state': state, role: 'img', tabindex: 0, 'aria-label': `${title}: ${lines.join(', ')}. Arrow keys move the map, plus and minus zoom it.` }),
    h('figcaption', {}, h('b', {}, title), ...lines.map((line) => h('span', {}, line))));
}
