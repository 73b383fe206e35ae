/**
 * The search box: a parcel by number, id or address, or a place by its coordinates. A combobox: arrows choose, Enter goes.
 *
 * @module panels/search
 */

/** @import {Api} from '../api.js' */
/** @import {FoundParcel} from '../found_parcel.js' */
/** @import {NamedPairs} from '../numbers/named_system.js' */
/** @import {TypedPlace} from '../numbers/place_text.js' */
/** @import {Box, LonLat} from '../types.js' */
/** @import {Choice, Found} from './combobox.js' */

import { ApiProblem } from '../api.js';
import { lonLatText, storageText } from '../format.js';
import { boxHolds, widen } from '../storage/geodesy.js';
import { memoryOf } from '../layers.js';
import { parseNamedPlace } from '../numbers/named_system.js';
import { parsePlace } from '../numbers/place_text.js';
import { positionsOfNamed, rememberedSystems, rememberSystem, withoutParameter } from '../numbers/position_api.js';
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
      const named = parseNamedPlace(words);
      const typed = named ? null : parsePlace(words, where.isGeographic);
      const found = named ? await findNamed(named, { api, where, go, signal }) : typed ? await findPlace(typed, words, { api, where, go, signal }) : await findParcels(words, { api, go, signal });
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
 * @param {string} words that said so
 * @param {{api: Api, where: Where, go: Go, signal: AbortSignal}} bench
 * @returns {Promise<Found>}
 */
async function findPlace(typed, words, { api, where, go, signal }) {
  if ('lonlat' in typed) return { choices: readings(typed.lonlat, where.home, go), note: '' };
  const other = await findRemembered(words, { api, where, go, signal });
  if ('why' in typed) return { choices: other.choices, note: other.choices.length > 0 ? '' : typed.why };
  const label = storageText(typed.stored, where.isGeographic);
  try {
    const place = await api.placeOfStored(typed.stored, signal);
    return { choices: [{ label, detail: `Go to this place · EPSG:${where.srid}`, take: () => go.toPlace(place, label) }, ...other.choices], note: '' };
  } catch (error) {
    if (!(error instanceof ApiProblem) || !error.is('bad_request')) throw error;
    return { choices: other.choices, note: other.choices.length > 0 ? '' : withoutParameter(error.message) };
  }
}

/**
 * Who named a CRS before may mean it again.
 * @param {string} words
 * @param {{api: Api, where: Where, go: Go, signal: AbortSignal}} bench
 * @returns {Promise<{choices: Choice[]}>} none where it was never named, or the place is not in it
 */
async function findRemembered(words, bench) {
  const last = rememberedSystems(memoryOf(() => window.localStorage)).find((code) => code !== `EPSG:${bench.where.srid}`);
  const named = last ? parseNamedPlace(`${last} ${words}`) : null;
  return named ? findNamed(named, bench) : { choices: [] };
}

/**
 * @param {NamedPairs | {why: string}} named
 * @param {{api: Api, where: Where, go: Go, signal: AbortSignal}} bench
 * @returns {Promise<Found>}
 */
async function findNamed(named, { api, where, go, signal }) {
  if ('why' in named) return { choices: [], note: named.why };
  try {
    const [found] = await positionsOfNamed(api, named, signal);
    if (!found) return { choices: [], note: '' };
    const label = `${named.system} ${named.pairs[0]?.join(', ') ?? ''}`;
    const take = () => {
      rememberSystem(memoryOf(() => window.localStorage), named.system);
      go.toPlace(found, label);
    };
    return { choices: [{ label, detail: `Go to this place · ${storageText([found.x, found.y], where.isGeographic)}`, take }], note: '' };
  } catch (error) {
    if (!(error instanceof ApiProblem) || !error.is('bad_request')) throw error;
    return { choices: [], note: withoutParameter(error.message) };
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
