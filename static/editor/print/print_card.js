/**
 * What a sheet is asked for: paper, scale, title, and what is drawn.
 *
 * @module print/print_card
 */

/** @import {PaperName} from './paper.js' */
/** @import {Drawn, WhichSides} from './sheet_content.js' */

import { fill, h, setAttribute } from '../dom.js';
import { PAPERS, SCALES, scaleName } from './paper.js';

/** @typedef {{paper: PaperName, isLandscape: boolean, scale: number, title: string, drawn: Drawn}} Wanted */

/** @type {[WhichSides, string][]} */
const SIDES = [['none', 'None'], ['selected', 'Of the selection'], ['all', 'Of all parcels']];

/**
 * @param {HTMLElement} place over the map
 * @param {Wanted} wanted
 * @param {{change: (wanted: Wanted) => void, show: () => void, close: () => void, hasOverlays: boolean}} acts `hasOverlays`: zoning and findings are known
 * @returns {{element: HTMLElement, open: (wanted: Wanted) => void, close: () => void, isOpen: () => boolean, tell: (told: {fits: number | null, reason: string, isBusy: boolean}) => void}}
 */
export function createPrintCard(place, wanted, { change, show, close, hasOverlays }) {
  let now = wanted;
  /** @param {Partial<Wanted>} part */
  const set = (part) => {
    now = { ...now, ...part };
    change(now);
  };
  /** @param {Partial<Drawn>} part */
  const draw = (part) => set({ drawn: { ...now.drawn, ...part } });
  const paper = h('select', { id: 'print-paper', change: () => set({ paper: /** @type {PaperName} */ (paper.value) }) }, ...Object.keys(PAPERS).map((name) => h('option', { value: name }, name)));
  const way = h('select', { id: 'print-way', change: () => set({ isLandscape: way.value === 'landscape' }) }, h('option', { value: 'landscape' }, 'Landscape'), h('option', { value: 'portrait' }, 'Portrait'));
  const scale = h('select', { id: 'print-scale', change: () => set({ scale: Number(scale.value) }) });
  const title = h('input', { type: 'text', id: 'print-title', maxlength: 90, autocomplete: 'off', input: () => set({ title: title.value }) });
  const sides = h('select', { id: 'print-sides', change: () => draw({ sides: /** @type {WhichSides} */ (sides.value) }) }, ...SIDES.map(([value, words]) => h('option', { value }, words)));
  /** @param {'numbers' | 'zoning' | 'findings'} name @param {string} words */
  const choice = (name, words) => {
    const input = h('input', { type: 'checkbox', change: () => draw({ [name]: input.checked }) });
    return { name, input, row: h('label', { class: 'choice' }, input, h('span', {}, words)) };
  };
  const choices = [choice('numbers', 'Numbers'), ...(hasOverlays ? [choice('zoning', 'Zoning'), choice('findings', 'Findings')] : [])];
  const reason = h('p', { class: 'reason', role: 'status' });
  const doIt = h('button', { type: 'button', class: 'action action-primary', click: show }, 'Show sheet', h('kbd', { 'aria-hidden': 'true' }, 'Enter'));
  const card = h('section', { class: 'tool-card print-card', 'aria-label': 'Print to scale', hidden: true, keydown: key },
    h('h2', {}, 'Print to scale'),
    ...[['Paper', paper], ['', way], ['Scale', scale], ['Title', title], ['Lengths', sides]].map(([label, field]) => row(String(label), /** @type {HTMLElement} */ (field))),
    h('div', { class: 'print-choices', role: 'group', 'aria-label': 'Also drawn' }, ...choices.map(({ row: each }) => each)),
    reason,
    h('div', { class: 'actions' }, doIt, h('button', { type: 'button', class: 'action', click: close }, 'Cancel')));
  setAttribute(way, 'aria-label', 'Orientation');
  place.append(card);
  // From the map, too, it is left by one key; what has a meaning of its own for it there comes after.
  document.addEventListener('keydown', (event) => {
    const { target } = event;
    const isOnMap = target === document.body || (target instanceof Element && target.closest('.map') !== null);
    if (event.key !== 'Escape' || card.hidden || !isOnMap || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    close();
  }, true);

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      event.stopPropagation();
      show();
    }
  }
  return {
    element: card,
    open: (given) => {
      now = given;
      card.hidden = false;
      paper.value = given.paper;
      way.value = given.isLandscape ? 'landscape' : 'portrait';
      title.value = given.title;
      sides.value = given.drawn.sides;
      for (const { name, input } of choices) input.checked = given.drawn[name];
      scale.focus({ preventScroll: true });
    },
    close: () => {
      card.hidden = true;
    },
    isOpen: () => !card.hidden,
    tell: ({ fits, reason: words, isBusy }) => {
      fill(scale, ...SCALES.map((each) => h('option', { value: each }, each === fits ? `${scaleName(each)} · fits` : scaleName(each))));
      scale.value = String(now.scale);
      reason.textContent = words;
      reason.hidden = words === '';
      setAttribute(doIt, 'aria-busy', isBusy ? 'true' : null);
    },
  };
}

/**
 * @param {string} label none where the field names itself
 * @param {HTMLElement} field
 * @returns {HTMLElement}
 */
function row(label, field) {
  return h('div', { class: 'row' }, label ? h('label', { for: field.id }, label) : h('span', {}), field);
}
