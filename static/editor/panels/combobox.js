/**
 * A text field with a list of what it may mean: arrows choose, Enter or a click takes, Escape closes. The roles are those
 * of the ARIA pattern; the focus never leaves the field.
 *
 * @module panels/combobox
 */

import { ApiProblem, NoAnswer } from '../api.js';
import { fill, h, setAttribute } from '../dom.js';

const DEBOUNCE_MS = 150;

/** @typedef {{label: string, detail: string, isDisabled?: boolean, take: () => void}} Choice */

/** @typedef {{choices: Choice[], note: string}} Found `note`: a line below the choices, where it is not empty */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {{find: (words: string, signal: AbortSignal) => Promise<Found | null>, onEscape: () => void}} options
 *   `find` gives null where there is nothing to show; what it throws of the server is shown in the list
 * @returns {{open: () => void, close: () => void}}
 */
export function createCombobox(input, list, { find, onEscape }) {
  /** @type {Choice[]} */
  let choices = [];
  let active = -1;
  let timer = 0;
  /** @type {AbortController | null} */
  let running = null;
  /** Whether the list is of an earlier text than the field's, and whether Enter was pressed meanwhile. */
  let isBehind = false;
  let isHasty = false;

  const close = () => {
    isBehind = false;
    isHasty = false;
    clearTimeout(timer);
    running?.abort();
    list.hidden = true;
    choices = [];
    setAttribute(input, 'aria-expanded', 'false');
    setAttribute(input, 'aria-activedescendant', null);
  };
  /** @param {number} index */
  const activate = (index) => {
    active = index;
    [...list.children].forEach((item, at) => setAttribute(item, 'aria-selected', item.role === 'option' ? String(at === index) : null));
    setAttribute(input, 'aria-activedescendant', index < 0 ? null : `${list.id}-${index}`);
    list.children[index]?.scrollIntoView({ block: 'nearest' });
  };
  /** @param {number} index */
  const take = (index) => {
    const choice = choices[index];
    if (!choice || choice.isDisabled) return;
    close();
    choice.take();
  };
  /** @param {Found | null} found */
  const show = (found) => {
    choices = found?.choices ?? [];
    fill(list, ...choices.map((choice, index) => choiceItem(choice, `${list.id}-${index}`, () => take(index))),
      found?.note ? h('li', { class: 'quiet', role: 'presentation' }, found.note) : null);
    list.hidden = list.childElementCount === 0;
    setAttribute(input, 'aria-expanded', String(!list.hidden));
    activate(choices.findIndex((choice) => !choice.isDisabled));
    const isWanted = isHasty;
    isBehind = false;
    isHasty = false;
    if (isWanted) take(active);
  };
  const search = async () => {
    clearTimeout(timer);
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    try {
      const found = await find(input.value.trim(), signal);
      if (!signal.aborted) show(found);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      show({ choices: [], note: `The search failed: ${error.message}` });
    }
  };
  input.addEventListener('input', () => {
    isBehind = true;
    isHasty = false;
    clearTimeout(timer);
    timer = window.setTimeout(() => void search(), DEBOUNCE_MS);
  });
  input.addEventListener('keydown', (event) => {
    const { length } = choices;
    if (event.key === 'ArrowDown' && list.hidden) void search();
    else if (event.key === 'ArrowDown' && length) activate((active + 1) % length);
    else if (event.key === 'ArrowUp' && length) activate((active + length - 1) % length);
    else if (event.key === 'Enter' && isBehind) {
      // Who types fast means what stands there, not the choice of the text before.
      isHasty = true;
      void search();
    } else if (event.key === 'Enter' && !list.hidden) take(active);
    else if (event.key === 'Escape') {
      close();
      onEscape();
    } else return;
    event.preventDefault();
  });
  input.addEventListener('blur', close);
  return { open: () => void search(), close };
}

/**
 * @param {Choice} choice
 * @param {string} id
 * @param {() => void} take
 * @returns {HTMLElement}
 */
function choiceItem({ label, detail, isDisabled = false }, id, take) {
  return h('li', { id, role: 'option', 'aria-disabled': isDisabled ? 'true' : null, pointerdown: (/** @type {Event} */ event) => event.preventDefault(), click: take },
    h('b', {}, label), detail ? h('span', {}, detail) : null);
}
