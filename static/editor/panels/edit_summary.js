/**
 * What this edit does and how it came about: the table of parcels, what was refused, and the steps.
 *
 * @module panels/edit_summary
 */

/** @import {ParcelDifference} from '../difference.js' */
/** @import {Draft} from '../draft.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Session} from '../session.js' */
/** @import {Refusal} from '../types.js' */

import { differences } from '../difference.js';
import { fill, h } from '../dom.js';
import { counted, figure, signed } from '../format.js';
import { toLegal } from '../land/legal_area.js';
import { foresightBox } from './foresight_box.js';
import { refusalText } from '../findings/refusal_words.js';
import { ruleName } from '../paint/paint_place.js';

/** More are scrolled through, by the keyboard too. */
const FEW_ROWS = 8;

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {(place: Pick<Refusal, 'place'>) => void} showRefusal goes to a place
 */
export function createEditSummary(place, session, showRefusal) {
  const refusals = h('div', { class: 'refusals' });
  const effects = h('div', {});
  const foresight = h('div', { role: 'status' });
  const steps = h('ol', { class: 'steps', 'aria-label': 'Steps', tabindex: '-1', keydown: walkSteps });
  const stepsHeading = h('h2', {}, 'Steps');
  const empty = h('p', { class: 'empty' });
  place.append(refusals, empty, effects, foresight, stepsHeading, steps);

  const renderSteps = () => {
    const { draft, refusedStep } = session.state;
    const hadFocus = steps.contains(document.activeElement);
    fill(steps, ...stepItems(draft, refusedStep, (index) => session.undoStep(index)));
    // The button that had it is gone; from the list the arrows go on.
    if (hadFocus) steps.focus();
  };
  const renderEffects = () => {
    const { draft } = session.state;
    empty.textContent = draft.isEmpty ? emptyText(session) : '';
    empty.hidden = !draft.isEmpty;
    stepsHeading.hidden = draft.isEmpty;
    steps.hidden = draft.isEmpty;
    fill(effects, draft.isEmpty ? null : effectsTable(draft));
  };
  const renderRefusals = () => fill(refusals, ...session.state.refusals.map((refusal, index) => refusalButton(session.graph, refusal, index, showRefusal)));
  const renderForesight = () => {
    const { foreseen, refusals: refused } = session.state;
    // A refusal that was answered says more than one that is foreseen.
    fill(foresight, foreseen && refused.length === 0 ? foresightBox(session, foreseen, showRefusal) : null);
  };
  // Each for itself: what the server foresees, and parcels of the view, arrive at any time and must not take the focus
  // from a step.
  session.subscribe((state, before) => {
    const isRefusal = state.refusals !== before.refusals;
    if (isRefusal) renderRefusals();
    if (state.draft !== before.draft) renderEffects();
    if (isRefusal || state.draft !== before.draft || state.foreseen !== before.foreseen) renderForesight();
    if (state.draft.steps !== before.draft.steps || state.refusedStep !== before.refusedStep) renderSteps();
  });
  renderRefusals();
  renderEffects();
  renderForesight();
  renderSteps();
}

/**
 * @param {Session} session
 * @returns {string}
 */
function emptyText(session) {
  return session.canEdit ? 'No steps yet. Select a parcel and drag one of its points.' : 'You can look at parcels here; editing needs the role editor.';
}

/**
 * @param {Draft} draft
 * @returns {DocumentFragment}
 */
function effectsTable(draft) {
  const rows = differences(draft.graph, Object.keys(draft.seen()));
  const shown = rows.filter((row) => row.change !== 'noded');
  const noded = rows.length - shown.length;
  const hasLegal = shown.some((row) => row.legalM2 !== null);
  const fragment = document.createDocumentFragment();
  fragment.append(h('h2', {}, 'What this edit does'));
  fragment.append(h('div', { class: 'effects', role: 'region', 'aria-label': 'What this edit does', tabindex: shown.length > FEW_ROWS ? 0 : null }, h('table', { class: 'figures' },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Parcel'), number('th', 'Before m²'), number('th', 'After m²'),
      number('th', 'Change'), hasLegal && number('th', 'To legal'))),
    h('tbody', {}, ...shown.map((row) => effectRow(row, hasLegal))))));
  if (noded > 0) fragment.append(h('p', { class: 'quiet' }, `${counted(noded, 'parcel')} beside it only ${noded === 1 ? 'gets' : 'get'} a point on the boundary.`));
  return fragment;
}

/**
 * @param {ParcelDifference} row
 * @param {boolean} hasLegal
 * @returns {HTMLElement}
 */
function effectRow(row, hasLegal) {
  const { beforeM2: before, afterM2: after } = row;
  const legal = toLegal(after, row.legalM2);
  const legalText = legal ? `${signed(legal.share * 100)} %` : '';
  return h('tr', { 'data-parcel': row.id }, h('th', { scope: 'row' }, row.label), number('td', before === null ? '' : figure(before)), number('td', after === null ? '' : figure(after)),
    number('td', changeText(row)),
    hasLegal && h('td', { class: legal?.isBeyond ? 'n warn' : 'n' }, legalText));
}

/**
 * @param {ParcelDifference} row
 * @returns {string}
 */
function changeText({ change, beforeM2, afterM2 }) {
  if (change === 'retired') return 'ends';
  if (change === 'created') return 'new';
  if (change === 'restored') return 'comes back';
  return change === 'attributes' || beforeM2 === null || afterM2 === null ? 'attributes' : signed(afterM2 - beforeM2);
}

/**
 * @param {'th' | 'td'} tag
 * @param {string} text
 * @returns {HTMLElement}
 */
function number(tag, text) {
  return h(tag, { class: 'n', scope: tag === 'th' ? 'col' : null }, text);
}

/**
 * @param {Draft} draft
 * @param {number | null} refused index of the step that the server refused
 * @param {(index: number) => void} undo
 * @returns {HTMLElement[]}
 */
function stepItems(draft, refused, undo) {
  return draft.told.map(({ first, length, text }, index) => {
    const isRefused = refused !== null && refused >= first && refused < first + length;
    return h('li', { class: isRefused ? 'refused' : first + length === draft.steps.length ? 'now' : null },
      h('span', {}, text, isRefused && h('b', {}, ' (refused)')),
      h('button', { type: 'button', class: 'link', 'aria-label': `Undo step ${index + 1}: ${text}`, click: () => undo(first) }, 'undo'));
  });
}

/**
 * Arrows walk along the steps, Delete undoes the one that has the focus.
 * @param {KeyboardEvent} event
 */
function walkSteps(event) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const buttons = [...list.querySelectorAll('button')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) buttons[at < 0 ? (step > 0 ? 0 : buttons.length - 1) : Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
  else if ((event.key === 'Delete' || event.key === 'Backspace') && at >= 0) buttons[at]?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @param {Graph} graph
 * @param {Refusal} refusal
 * @param {number} index
 * @param {(refusal: Refusal) => void} show
 * @returns {HTMLElement}
 */
function refusalButton(graph, refusal, index, show) {
  return h('button', { type: 'button', class: 'refusal', 'data-rule': refusal.rule, click: () => show(refusal) },
    h('b', {}, `${index + 1}  ${ruleName(refusal.rule)}`), h('span', {}, refusalText(graph, refusal)));
}
