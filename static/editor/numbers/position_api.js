/**
 * Positions of coordinates of a named CRS, and the CRSs that were named last.
 *
 * @module position_api
 */

/** @import {Api} from '../api.js' */
/** @import {Memory} from '../layers.js' */
/** @import {FoundPosition, NamedPairs} from './named_system.js' */

import { MOST_AT_ONCE } from './named_system.js';

const REMEMBERED_AS = 'spatial-admin.systems';
const MOST_REMEMBERED = 5;

/**
 * @param {Pick<Api, 'read' | 'urls'>} api
 * @param {NamedPairs} named
 * @param {AbortSignal} signal
 * @returns {Promise<FoundPosition[]>} in the order given
 * @throws {import('../api.js').ApiProblem} bad_request where the code is not known, or a place lies outside its area of use
 */
export async function positionsOfNamed(api, { system, pairs }, signal) {
  const found = [];
  for (let from = 0; from < pairs.length; from += MOST_AT_ONCE) {
    const given = pairs.slice(from, from + MOST_AT_ONCE).map((pair) => pair.join(',')).join(';');
    const answer = await api.read(`${api.urls.positions}?crs=${encodeURIComponent(system)}&given=${encodeURIComponent(given)}`, { signal });
    found.push(...answer.positions);
  }
  return found;
}

/**
 * @param {Memory | null} memory
 * @returns {string[]} EPSG codes, the last first
 */
export function rememberedSystems(memory) {
  return (memory?.getItem(REMEMBERED_AS) ?? '').split(' ').filter((code) => /^EPSG:\d{1,6}$/.test(code));
}

/**
 * @param {Memory | null} memory
 * @param {string} system that was found
 */
export function rememberSystem(memory, system) {
  const others = rememberedSystems(memory).filter((code) => code !== system);
  memory?.setItem(REMEMBERED_AS, [system, ...others].slice(0, MOST_REMEMBERED).join(' '));
}

/**
 * @param {string} message of the server
 * @returns {string} without the name of the parameter before it
 */
export function withoutParameter(message) {
  return message.replace(/^(?:given|crs|stored): /, '');
}
