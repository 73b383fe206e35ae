/**
 * The history of the selected parcel: who changed it, when and why.
 *
 * @module panels/versions
 */

/** @import {Api} from '../api.js' */
/** @import {Version} from '../past.js' */
/** @import {Session} from '../session.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { fill, h } from '../dom.js';
import { dateTime } from '../format.js';
import { mapLink } from './as_of.js';

/** @type {Record<string, string>} */
const CHANGES = {
  created: 'created', geometry: 'boundary changed', noded: 'a neighbour’s point on its boundary',
  attributes: 'attributes changed', retired: 'retired', restored: 'restored',
};

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {Api} api
 * @param {(version: Version) => string} addressOf the map at the moment when a version began
 * @returns {{show: () => void}} loads when the tab is opened
 */
export function createVersions(place, session, api, addressOf) {
  let shownFor = '';
  const show = async () => {
    const id = session.state.selected;
    const version = id ? session.graph.base.parcels.get(id)?.version : undefined;
    if (id && version === undefined && session.graph.parcel(id)) return fill(place, h('p', { class: 'quiet' }, 'It comes to be with this edit.'));
    if (!id || shownFor === `${id} ${version}`) return;
    shownFor = `${id} ${version}`;
    fill(place, h('p', { class: 'quiet' }, 'Loading the history…'));
    try {
      const versions = await api.versions(id);
      if (session.state.selected === id) fill(place, h('ol', { class: 'versions' }, ...versions.map((each) => versionItem(each, each['version'] === version, () => addressOf(each)))));
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      shownFor = '';
      fill(place, h('p', { class: 'quiet' }, `The history could not be loaded: ${error.message}`));
    }
  };
  return { show: () => void show() };
}

/**
 * @param {Version} version
 * @param {boolean} isShown
 * @param {() => string} address
 * @returns {HTMLElement}
 */
function versionItem(version, isShown, address) {
  const change = String(version['change'] ?? '');
  const when = dateTime(String(version['begun_at'] ?? ''));
  const who = String(version['author'] ?? '');
  const why = String(version['comment'] ?? '');
  const name = `Version ${version['version']}`;
  return h('li', { class: change === 'noded' ? 'quiet' : null, 'aria-current': isShown ? 'true' : null },
    h('b', {}, name), h('span', {}, CHANGES[change] ?? change),
    isShown ? h('span', { class: 'chip' }, 'shown') : mapLink(address, { class: 'quiet-link', 'aria-label': `${name} on the map` }, 'On the map'),
    h('span', { class: 'quiet' }, [who, when].filter(Boolean).join(', ')), why ? h('q', {}, why) : null);
}
