/**
 * The history of the selected parcel: who changed it, when and why.
 *
 * @module panels/versions
 */

/** @import {Api, Version} from '../api.js' */
/** @import {Session} from '../session.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { fill, h } from '../dom.js';
import { dateTime } from '../format.js';

/** @type {Record<string, string>} */
const CHANGES = {
  created: 'created', geometry: 'boundary changed', noded: 'a neighbour’s point on its boundary',
  attributes: 'attributes changed', retired: 'retired', restored: 'restored',
};

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {Api} api
 * @returns {{show: () => void}} loads when the tab is opened
 */
export function createVersions(place, session, api) {
  let shownFor = '';
  const show = async () => {
    const id = session.state.selected;
    const version = id ? session.graph.base.parcels.get(id)?.version : undefined;
    if (!id || shownFor === `${id} ${version}`) return;
    shownFor = `${id} ${version}`;
    fill(place, h('p', { class: 'quiet' }, 'Loading the history…'));
    try {
      const versions = await api.versions(id);
      if (session.state.selected === id) fill(place, h('ol', { class: 'versions' }, ...versions.map(versionItem)));
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
 * @returns {HTMLElement}
 */
function versionItem(version) {
  const change = String(version['change'] ?? '');
  const when = dateTime(String(version['begun_at'] ?? ''));
  const who = String(version['author'] ?? '');
  const why = String(version['comment'] ?? '');
  return h('li', { class: change === 'noded' ? 'quiet' : null },
    h('b', {}, `Version ${version['version']}`), h('span', {}, CHANGES[change] ?? change),
    h('span', { class: 'quiet' }, [who, when].filter(Boolean).join(', ')), why ? h('q', {}, why) : null);
}
