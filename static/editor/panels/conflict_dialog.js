/**
 * Two people changed the same parcels. Shows where both started, theirs and mine, and asks; no answer is preselected.
 *
 * @module panels/conflict_dialog
 */

/** @import {Session} from '../session.js' */
/** @import {Conflict, Problem} from '../types.js' */
/** @import {Contrast} from './conflict_contrast.js' */

import { label } from '../actions/ring_repair.js';
import { isRetired } from '../saving/conflict.js';
import { h } from '../dom.js';
import { ago, counted, length, storageText } from '../format.js';
import { contrastOf } from './conflict_contrast.js';
import { drawFigure } from './figure.js';

/** @typedef {'mine' | 'theirs' | 'back'} Answer */

/**
 * @param {Session} session
 * @param {Problem} problem a 409
 * @param {{isGeographic: boolean, me: string}} options
 * @returns {Promise<Answer>}
 */
export function askAboutConflict(session, problem, { isGeographic, me }) {
  const conflicts = problem.conflicts ?? [];
  const contrast = contrastOf(session, conflicts);
  return new Promise((resolve) => {
    const dialog = h('dialog', { class: 'dialog conflict', 'aria-labelledby': 'conflict-title' });
    /** @param {Answer} answer @param {string} text @returns {HTMLElement} */
    const choice = (answer, text) => h('button', { type: 'button', class: 'action', 'data-answer': answer, click: () => dialog.close(answer) }, text);
    const canRedo = !conflicts.some(isRetired);
    dialog.append(
      h('h1', { id: 'conflict-title', tabindex: '-1' }, titleOf(session, conflicts)),
      h('p', {}, explanation(conflicts, contrast, me)),
      h('div', { class: 'three' }, ...figures(session, conflicts, contrast, isGeographic)),
      h('div', { class: 'actions' },
        h('span', { class: 'apart' }, contrast.apartM === null ? '' : `The two positions are ${length(contrast.apartM)} apart.`),
        canRedo && choice('mine', 'Put mine on top of theirs'),
        choice('theirs', 'Keep theirs, keep my other steps'),
        choice('back', 'Back to the map')));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(/** @type {Answer} */ (dialog.returnValue || 'back'));
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector('h1')?.focus();
    for (const canvas of dialog.querySelectorAll('canvas')) drawFigure(canvas, contrast);
  });
}

/**
 * @param {Session} session
 * @param {Conflict[]} conflicts
 * @returns {string}
 */
function titleOf(session, conflicts) {
  const names = conflicts.map(({ parcel_id: id }) => {
    const parcel = session.graph.base.parcels.get(id);
    return parcel ? label(parcel) : id;
  });
  const list = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return `${names.length === 1 ? 'Parcel' : 'Parcels'} ${list} changed while you were working`;
}

/**
 * @param {Conflict[]} conflicts
 * @param {Contrast} contrast
 * @param {string} me
 * @returns {string}
 */
function explanation(conflicts, { colliding, steps }, me) {
  const first = conflicts[0];
  const who = first?.changed_by === me ? 'You, in another window,' : (first?.changed_by ?? 'A colleague');
  const others = steps - colliding.length;
  const rest = others > 0 ? ` Your ${others === 1 ? 'other step does' : `${others} other steps do`} not touch it and can be kept in every case.` : '';
  return `Nothing of yours is lost. ${who} changed ${conflicts.length === 1 ? 'it' : 'them'} ${ago(first?.changed_at)}${recordText(first)}.${rest}`;
}

/**
 * @param {Conflict | undefined} conflict
 * @returns {string}
 */
function recordText(conflict) {
  const record = conflict?.record;
  if (!record) return '';
  return ` (${typeof record === 'string' ? record : [record.type, record.number].filter(Boolean).join(' ')})`;
}

/**
 * @param {Session} session
 * @param {Conflict[]} conflicts
 * @param {Contrast} contrast
 * @param {boolean} isGeographic
 * @returns {HTMLElement[]}
 */
function figures(session, conflicts, { positions }, isGeographic) {
  const first = conflicts[0];
  const seen = versions(conflicts.map((conflict) => String(conflict.seen)));
  const current = versions(conflicts.map((conflict) => (isRetired(conflict) ? 'retired' : String(conflict.current_version))));
  return [
    figure('base', 'Where you both started', seen, coordinates(positions.base, isGeographic)),
    figure('theirs', `Theirs, saved ${ago(first?.changed_at)}`, `${current}${first?.changed_by ? ` · ${first.changed_by}` : ''}`, coordinates(positions.theirs, isGeographic)),
    figure('mine', 'Yours', `not saved · ${counted(session.state.draft.steps.length, 'step')}`, coordinates(positions.mine, isGeographic)),
  ];
}

/**
 * @param {string[]} each of every parcel in conflict
 * @returns {string} "version 7", or "versions 7, 3" where they differ
 */
function versions(each) {
  const different = [...new Set(each)];
  return `${different.length === 1 ? 'version' : 'versions'} ${different.length === 1 ? different[0] : each.join(', ')}`;
}

/**
 * @param {Contrast['positions']['base']} position
 * @param {boolean} isGeographic
 * @returns {string}
 */
function coordinates(position, isGeographic) {
  if (!position) return '';
  return position.pair ? storageText(position.pair, isGeographic) : `${position.lon.toFixed(7)}°, ${position.lat.toFixed(7)}°`;
}

/**
 * @param {'base' | 'theirs' | 'mine'} state
 * @param {string} title
 * @param {...string} lines
 * @returns {HTMLElement}
 */
function figure(state, title, ...lines) {
  return h('figure', {},
    h('canvas', { 'data-state': state, role: 'img', 'aria-label': `${title}: ${lines.filter(Boolean).join(', ')}` }),
    h('figcaption', {}, h('b', {}, title), ...lines.filter(Boolean).map((line) => h('span', {}, line))));
}
