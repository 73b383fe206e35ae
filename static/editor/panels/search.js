/**
 * The search box: a parcel by number, id or address, or a place by "lon, lat". A combobox: arrows choose, Enter goes.
 *
 * @module panels/search
 */

/** @import {Api, FoundParcel} from '../api.js' */
/** @import {LonLat} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { fill, h, setAttribute } from '../dom.js';
import { lonLatText } from '../format.js';

const DEBOUNCE_MS = 150;

/** @typedef {{label: string, detail: string, go: () => void}} Choice */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {Api} api
 * @param {{toParcel: (found: FoundParcel) => void, toPlace: (place: LonLat) => void}} go
 */
export function createSearch(input, list, api, go) {
  /** @type {Choice[]} */
  let choices = [];
  let chosen = -1;
  let timer = 0;
  /** @type {AbortController | null} */
  let running = null;

  const close = () => {
    list.hidden = true;
    setAttribute(input, 'aria-expanded', 'false');
    setAttribute(input, 'aria-activedescendant', null);
  };
  /** @param {number} index */
  const choose = (index) => {
    chosen = index;
    [...list.children].forEach((item, at) => setAttribute(item, 'aria-selected', String(at === index)));
    setAttribute(input, 'aria-activedescendant', index < 0 ? null : `search-${index}`);
  };
  /** @param {number} index */
  const take = (index) => {
    const choice = choices[index];
    if (!choice) return;
    close();
    input.blur();
    choice.go();
  };
  /**
   * @param {Choice[]} found
   * @param {string} [nothing]
   */
  const show = (found, nothing = '') => {
    choices = found;
    fill(list, ...found.map((choice, index) => choiceItem(choice, index, () => take(index))),
      found.length === 0 && nothing ? h('li', { class: 'quiet', role: 'presentation' }, nothing) : null);
    list.hidden = list.childElementCount === 0;
    setAttribute(input, 'aria-expanded', String(!list.hidden));
    choose(found.length > 0 ? 0 : -1);
  };
  const search = async () => {
    running?.abort();
    const query = input.value.trim();
    const place = parseLonLat(query);
    if (place) return show([{ label: lonLatText(place), detail: 'Go to this place', go: () => go.toPlace(place) }]);
    if (query === '') return close();
    running = new AbortController();
    const { signal } = running;
    try {
      const found = await api.search(query, signal);
      show(found.map((parcel) => ({ ...parcel, go: () => go.toParcel(parcel) })), `No parcel matches “${query}”.`);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      show([], `The search failed: ${error.message}`);
    }
    return undefined;
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void search(), DEBOUNCE_MS);
  });
  input.addEventListener('keydown', (event) => {
    const { length } = choices;
    if (event.key === 'ArrowDown' && length) choose((chosen + 1) % length);
    else if (event.key === 'ArrowUp' && length) choose((chosen + length - 1) % length);
    else if (event.key === 'Enter') take(chosen);
    else if (event.key === 'Escape') {
      close();
      input.blur();
    } else return;
    event.preventDefault();
  });
  input.addEventListener('blur', () => window.setTimeout(close, 150));
  input.addEventListener('focus', () => input.select());
}

/**
 * @param {Choice} choice
 * @param {number} index
 * @param {() => void} take
 * @returns {HTMLElement}
 */
function choiceItem({ label, detail }, index, take) {
  return h('li', { id: `search-${index}`, role: 'option', pointerdown: (/** @type {Event} */ event) => event.preventDefault(), click: take },
    h('b', {}, label), detail ? h('span', {}, detail) : null);
}

/**
 * @param {string} text such as "2.3046, 48.6781"
 * @returns {LonLat | null}
 */
export function parseLonLat(text) {
  const match = /^(-?\d{1,3}(?:\.\d+)?)[,;\s]\s*(-?\d{1,2}(?:\.\d+)?)$/.exec(text);
  if (!match || !/[.,;]/.test(text)) return null;
  const [lon, lat] = [Number(match[1]), Number(match[2])];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : null;
}
