/**
 * The lineage of the selected parcel as a tree. An entry goes to its parcel or, of a retired one, shows its last shape.
 *
 * @module panels/lineage
 */

/** @import {Api} from '../api.js' */
/** @import {Direction, Relative} from '../past/lineage_tree.js' */
/** @import {Kin, Lineage} from '../past/past.js' */
/** @import {Session} from '../session.js' */
/** @import {Item} from './tree.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { fill, h } from '../dom.js';
import { dateTime } from '../format.js';
import { relatives } from '../past/lineage_tree.js';
import { createTree } from './tree.js';

/** @typedef {(kin: Kin) => void} Go */

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {Pick<Api, 'lineage'>} api
 * @param {Go} go
 * @returns {{show: () => void}} `show` loads, when the tab is opened
 */
export function createLineage(place, session, api, go) {
  let shownFor = '';
  const show = async () => {
    const { selected, retired } = session.state;
    const id = selected ?? retired?.id ?? null;
    const version = selected ? session.graph.base.parcels.get(selected)?.version : retired?.version;
    const name = version === undefined ? '' : `${id} ${version}`;
    if (name === shownFor) return;
    shownFor = name;
    fill(place);
    if (!id || version === undefined) return;
    try {
      const lineage = await api.lineage(id);
      if (shownFor === name) fill(place, ...contentOf(lineage, go));
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      if (shownFor !== name) return;
      shownFor = '';
      fill(place, h('p', { class: 'quiet' }, `The lineage could not be loaded: ${error.message}`));
    }
  };
  return { show: () => void show() };
}

/**
 * @param {Lineage} lineage
 * @param {Go} go
 * @returns {HTMLElement[]} nothing where it came from no other and none came out of it
 */
function contentOf(lineage, go) {
  const groups = /** @type {[string, Direction][]} */ ([['Came from', 'back'], ['Became', 'forward']]).flatMap(([name, direction]) => {
    const found = relatives(lineage, direction, lineage.parcel_id);
    return found.length === 0 ? [] : [{ content: [name], name, hasChildren: true, isOpen: true, children: () => found.map((one) => itemOf(lineage, direction, one, go)) }];
  });
  if (groups.length === 0) return [];
  return [h('h2', {}, 'Lineage'), createTree('Lineage', groups), ...(lineage.truncated ? [h('p', { class: 'quiet' }, 'There is more than is shown here.')] : [])];
}

/**
 * @param {Lineage} lineage
 * @param {Direction} direction
 * @param {Relative} relative
 * @param {Go} go
 * @returns {Item}
 */
function itemOf(lineage, direction, { kin, label, version, kind, at }, go) {
  const further = relatives(lineage, direction, kin.parcel_id, version);
  const about = `${kind}, ${dateTime(at)}${kin.is_current ? '' : ', retired'}`;
  return {
    content: [h('b', {}, label), h('span', { class: 'quiet' }, about)],
    name: `${label}, ${about}`,
    hasChildren: further.length > 0,
    children: () => further.map((one) => itemOf(lineage, direction, one, go)),
    act: () => go(kin),
  };
}
