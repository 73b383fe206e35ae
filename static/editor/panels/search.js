/**
 * The search box: a parcel by number, id or address, or a place by "lon, lat". A combobox: arrows choose, Enter goes.
 *
 * @module panels/search
 */

/** @import {Api} from '../api.js' */
/** @import {FoundParcel} from '../found_parcel.js' */
/** @import {LonLat} from '../types.js' */

import { lonLatText } from '../format.js';
import { createCombobox } from './combobox.js';

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {Api} api
 * @param {{toParcel: (found: FoundParcel) => void, toPlace: (place: LonLat) => void}} go
 */
export function createSearch(input, list, api, go) {
  /** @param {() => void} act @returns {() => void} the keyboard goes back to the map first */
  const leaving = (act) => () => {
    input.blur();
    act();
  };
  createCombobox(input, list, {
    find: async (words, signal) => {
      const place = parseLonLat(words);
      if (place) return { choices: [{ label: lonLatText(place), detail: 'Go to this place', take: leaving(() => go.toPlace(place)) }], note: '' };
      if (words === '') return null;
      const found = await api.search(words, signal);
      const choices = found.map((parcel) => ({ ...parcel, take: leaving(() => go.toParcel(parcel)) }));
      return { choices, note: choices.length === 0 ? `No parcel matches “${words}”.` : '' };
    },
    onEscape: () => input.blur(),
  });
  input.addEventListener('focus', () => input.select());
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
