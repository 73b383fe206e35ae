/**
 * The search box: a parcel by number, id or address, or a place by its coordinates. A combobox: arrows choose, Enter goes.
 *
 * @module panels/search
 */

/** @import {Api} from '../api.js' */
/** @import {FoundParcel} from '../found_parcel.js' */
/** @import {TypedPlace} from '../numbers/place_text.js' */
/** @import {Box, LonLat} from '../types.js' */
/** @import {Choice, Found} from './combobox.js' */

import { ApiProblem } from '../api.js';
import { lonLatText, storageText } from '../format.js';
import { boxHolds, widen } from '../storage/geodesy.js';
import { parsePlace } from '../numbers/place_text.js';
import { createCombobox } from './combobox.js';

/** What the deployment is. @typedef {{srid: number, isGeographic: boolean, home: Box}} Where */

/** @typedef {{toParcel: (parcel: {parcel_id: string}) => void, toPlace: (place: LonLat, label: string) => void}} Go */

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {Api} api
 * @param {Where} where
 * @param {Go} go
 */
export function createSearch(input, list, api, where, go) {
  /** @param {() => void} act @returns {() => void} the keyboard goes back to the map first */
  const leaving = (act) => () => {
    input.blur();
    act();
  };
  createCombobox(input, list, {
    find: async (words, signal) => {
      if (words === '') return null;
      const typed = parsePlace(words, where.isGeographic);
      const found = typed ? await findPlace(typed, { api, where, go, signal }) : await findParcels(words, { api, go, signal });
      return { ...found, choices: found.choices.map((choice) => ({ ...choice, take: leaving(choice.take) })) };
    },
    onEscape: () => input.blur(),
  });
  input.addEventListener('focus', () => input.select());
}

/**
 * @param {string} words
 * @param {{api: Api, go: Go, signal: AbortSignal}} bench
 * @returns {Promise<Found>}
 */
async function findParcels(words, { api, go, signal }) {
  const found = await api.search(words, signal);
  const choices = found.flatMap((parcel) => [{ ...parcel, take: () => go.toParcel(parcel) }, ...heirsOf(parcel, found, go)]);
  return { choices, note: choices.length === 0 ? `No parcel matches “${words}”.` : '' };
}

/**
 * Who asks for a retired number wants to know what lies there now.
 * @param {FoundParcel} parcel
 * @param {FoundParcel[]} found
 * @param {Go} go
 * @returns {Choice[]} what it became, where the search did not find that anyway
 */
function heirsOf({ label, heirs }, found, go) {
  const others = heirs.filter((heir) => !found.some((each) => each.parcel_id === heir.parcel_id));
  return others.map((heir) => ({ label: heir.label, detail: `came out of ${label}`, take: () => go.toParcel(heir) }));
}

/**
 * @param {TypedPlace} typed
 * @param {{api: Api, where: Where, go: Go, signal: AbortSignal}} bench
 * @returns {Promise<Found>}
 */
async function findPlace(typed, { api, where, go, signal }) {
  if ('why' in typed) return { choices: [], note: typed.why };
  if ('lonlat' in typed) return { choices: readings(typed.lonlat, where.home, go), note: '' };
  const label = storageText(typed.stored, where.isGeographic);
  try {
    const place = await api.placeOfStored(typed.stored, signal);
    return { choices: [{ label, detail: `Go to this place · EPSG:${where.srid}`, take: () => go.toPlace(place, label) }], note: '' };
  } catch (error) {
    if (!(error instanceof ApiProblem) || !error.is('bad_request')) throw error;
    return { choices: [], note: error.message.replace(/^stored: /, '') };
  }
}

/**
 * Many write latitude first. Where only that reading lies in the county it comes first; what was typed stays a choice.
 * @param {LonLat} place
 * @param {Box} home
 * @param {Go} go
 * @returns {Choice[]}
 */
function readings(place, home, go) {
  const swapped = { lon: place.lat, lat: place.lon };
  const [here, there] = [place, swapped].map((each) => boxHolds(widen(home, 0.5), each));
  const choice = (/** @type {LonLat} */ each, /** @type {string} */ detail) =>
    ({ label: lonLatText(each), detail, take: () => go.toPlace(each, lonLatText(each)) });
  if (here || !there) return [choice(place, 'Go to this place')];
  return [choice(swapped, 'Go to this place, latitude first'), choice(place, 'Longitude first')];
}
