/**
 * Two people changed the same parcels. Shows where both started, theirs and mine on one map that is zoomed in all three
 * pictures at once, and what each answer comes to; no answer is preselected.
 *
 * @module panels/conflict_dialog
 */

/** @import {Base} from '../base.js' */
/** @import {Session} from '../session.js' */
/** @import {Conflict, Problem, RecordSummary} from '../types.js' */
/** @import {Contrast} from './conflict_contrast.js' */

import { label } from '../actions/ring_repair.js';
import { isRetired } from '../saving/conflict.js';
import { outlook } from '../saving/resolution.js';
import { fill, h } from '../dom.js';
import { ago, length } from '../format.js';
import { recordName } from '../record_choice.js';
import { conflictFigures, valuesTable } from './conflict_figures.js';
import { apartM, boxOfDispute, contrastOf } from './conflict_contrast.js';
import { drawFigure } from './figure.js';
import { linkZoom } from './linked_zoom.js';

/** @typedef {'mine' | 'theirs' | 'back'} Answer */

/**
 * @param {Session} session
 * @param {Problem} problem a 409
 * @param {{isGeographic: boolean, me: string, now?: Base | null, record?: RecordSummary | null}} options `now`: all that is
 *   loaded as it is now, where that is known; `record`: what mine is to rest on
 * @returns {Promise<Answer>}
 */
export function askAboutConflict(session, problem, { isGeographic, me, now = null, record = null }) {
  const conflicts = problem.conflicts ?? [];
  const contrast = contrastOf(session, conflicts, now);
  const outlooks = now && { mine: outlook(session.state.draft, conflicts, now, 'mine'), theirs: outlook(session.state.draft, conflicts, now, 'theirs') };
  return new Promise((resolve) => {
    const dialog = h('dialog', { class: 'dialog conflict', 'aria-labelledby': 'conflict-title' });
    /** @param {Answer} answer @param {string} text @returns {HTMLElement} */
    const choice = (answer, text) => h('button', { type: 'button', class: 'action', 'data-answer': answer, click: () => dialog.close(answer) }, text);
    // Without knowing what is there now, steps on a parcel that ended are not promised to stand.
    const canRedo = outlooks ? !outlooks.mine.draft.isEmpty : !conflicts.some(isRetired);
    const place = h('div', { class: 'conflict-place' });
    dialog.append(
      h('h1', { id: 'conflict-title', tabindex: '-1' }, titleOf(session, conflicts)),
      h('p', {}, explanation(conflicts, contrast, me)),
      h('div', { class: 'three' }, ...conflictFigures(session, conflicts, contrast.disputes[0] ?? null, { isGeographic, record })),
      place,
      valuesTable(contrast.values) ?? '',
      h('ul', { class: 'outlooks' }, ...outlookLines(outlooks, contrast)),
      h('div', { class: 'actions' },
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
    followPlaces(dialog, place, contrast, { session, conflicts, isGeographic, record });
  });
}

/**
 * Draw the three pictures, zoom them together, and go from place to place where there are several.
 * @param {HTMLElement} dialog
 * @param {HTMLElement} place
 * @param {Contrast} contrast
 * @param {{session: Session, conflicts: Conflict[], isGeographic: boolean, record: RecordSummary | null}} told
 */
function followPlaces(dialog, place, contrast, { session, conflicts, isGeographic, record }) {
  const { disputes } = contrast;
  const pictures = () => /** @type {HTMLCanvasElement[]} */ ([...dialog.querySelectorAll('canvas')]);
  const boxAt = (/** @type {number} */ index) => {
    const dispute = disputes[index];
    return (dispute && boxOfDispute(dispute)) ?? contrast.box;
  };
  const zoom = linkZoom(pictures(), boxAt(0), (box) => pictures().forEach((canvas) => drawFigure(canvas, contrast, box)));
  let at = 0;
  const show = () => {
    const dispute = disputes[at] ?? null;
    const apart = dispute && apartM(dispute);
    const captions = conflictFigures(session, conflicts, dispute, { isGeographic, record }).map((figure) => figure.querySelector('figcaption'));
    dialog.querySelectorAll('.three figcaption').forEach((caption, index) => caption.replaceWith(captions[index] ?? ''));
    fill(place,
      h('span', { class: 'apart', role: 'status' }, apart === null ? '' : `The two positions are ${length(apart)} apart.`),
      ...(disputes.length > 1 ? [placeButton('Previous place', '‹', -1), h('span', {}, `${at + 1} of ${disputes.length}`), placeButton('Next place', '›', 1)] : []),
      zoomButton('Zoom out', '−', () => zoom.zoom(false)), zoomButton('Zoom in', '+', () => zoom.zoom(true)), zoomButton('Whole place again', '0', zoom.home));
    zoom.show(boxAt(at));
  };
  /** @param {string} name @param {string} sign @param {number} step */
  const placeButton = (name, sign, step) => zoomButton(name, sign, () => {
    at = (at + step + disputes.length) % disputes.length;
    show();
    /** @type {HTMLElement | null} */ (place.querySelector(`[aria-label="${name}"]`))?.focus();
  });
  show();
}

/**
 * @param {string} name
 * @param {string} sign
 * @param {() => void} act
 * @returns {HTMLElement}
 */
function zoomButton(name, sign, act) {
  return h('button', { type: 'button', class: 'action action-small', 'aria-label': name, title: name, click: act }, sign);
}

/**
 * @param {{mine: import('../draft.js').Replayed, theirs: import('../draft.js').Replayed} | null} outlooks
 * @param {Contrast} contrast
 * @returns {HTMLElement[]} which steps are in the way, and what each answer leaves of mine
 */
function outlookLines(outlooks, { colliding, steps }) {
  const inTheWay = h('li', {}, h('b', {}, 'In the way'), ` ${colliding.map(({ text }) => text).join('; ') || 'none of your steps alone'}`);
  if (!outlooks) return [inTheWay];
  const { mine, theirs } = outlooks;
  return [inTheWay, h('li', {}, h('b', {}, 'Mine on top'), ` ${leftText(mine, steps)}`), h('li', {}, h('b', {}, 'Theirs kept'), ` ${leftText(theirs, steps)}`)];
}

/**
 * @param {import('../draft.js').Replayed} replayed
 * @param {number} steps
 * @returns {string}
 */
function leftText({ draft, fallen }, steps) {
  const left = draft.told.length;
  const count = left === steps ? (steps === 1 ? 'your step stands' : `your ${steps} steps stand`) : `${left} of your ${steps} ${steps === 1 ? 'step' : 'steps'} ${left === 1 ? 'stands' : 'stand'}`;
  const lost = fallen.map(({ text, reason }) => `${text} falls: ${reason}`);
  return [count, ...lost].join('. ');
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
  const did = conflicts.every(isRetired) ? 'ended' : 'changed';
  const record = first?.record ? ` (${recordName({ ...first.record, title: '', state: '' })})` : '';
  return `Nothing of yours is lost. ${who} ${did} ${conflicts.length === 1 ? 'it' : 'them'} ${ago(first?.changed_at)}${record}.${rest}`;
}
