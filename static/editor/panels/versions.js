/**
 * The history of the selected parcel: who changed it, when and why; a slider that shows its earlier shapes on the map; and
 * the way back to one of them.
 *
 * @module panels/versions
 */

/** @import {Api} from '../api.js' */
/** @import {Version} from '../past/past.js' */
/** @import {PastShape} from '../past/past_shape.js' */
/** @import {Session} from '../session.js' */

import { ApiProblem, MOST_VERSIONS, NoAnswer } from '../api.js';
import { fill, h } from '../dom.js';
import { counted, dateTime, figure, signed } from '../format.js';
import { mapLink } from './as_of.js';
import { recordName } from './parcel_facts.js';
import { createShapeSlider } from './shape_slider.js';

/** @type {Record<Version['change'], string>} */
const CHANGES = {
  created: 'created', geometry: 'boundary changed', noded: 'only received a point',
  attributes: 'attributes changed', retired: 'retired', restored: 'restored',
};

/**
 * @typedef {object} Deeds
 * @property {(version: Version) => string} addressOf the map at the moment when a version began
 * @property {(id: number) => string} edit its page, where it is undone
 * @property {(id: number) => string} record its page
 * @property {((id: string, version: number) => void) | null} restore null for those who may not edit
 */

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {Pick<Api, 'versions'>} api
 * @param {PastShape} shape
 * @param {Deeds} deeds
 * @returns {{show: () => void, hide: () => void}} `show` loads, when the tab is opened
 */
export function createVersions(place, session, api, shape, deeds) {
  const said = h('p', { class: 'quiet', role: 'status' });
  const content = h('div', {});
  place.append(said, content);
  let shownFor = '';
  let withNoded = false;
  const show = async () => {
    const { selected, retired } = session.state;
    const id = selected ?? retired?.id ?? null;
    const version = selected ? session.graph.base.parcels.get(selected)?.version : retired?.version;
    if (id && version === undefined && session.graph.parcel(id)) return empty(`It comes ${session.graph.parcel(id)?.version ? 'back' : 'to be'} with this edit.`);
    if (!id || version === undefined || shownFor === `${id} ${version}`) return;
    empty('Loading the history…');
    shownFor = `${id} ${version}`;
    try {
      const versions = await api.versions(id);
      if ((session.state.selected ?? session.state.retired?.id) === id) render(id, version, versions);
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      empty(`The history could not be loaded: ${error.message}`);
    }
  };
  /** @param {string} text */
  const empty = (text) => {
    shape.clear();
    shownFor = '';
    said.textContent = text;
    fill(content);
  };
  /**
   * @param {string} id
   * @param {number} version that the map shows
   * @param {Version[]} all newest first
   */
  const render = (id, version, all) => {
    said.textContent = all.length === MOST_VERSIONS ? `The newest ${figure(MOST_VERSIONS, 0)} versions.` : '';
    const noded = all.filter((each) => isHidden(each, version)).length;
    const shown = withNoded ? all : all.filter((each) => !isHidden(each, version));
    shape.clear();
    // A retired parcel has no present: all that can be shown is how it was.
    const isRetired = session.state.selected === null;
    const shapes = isRetired ? shown.filter((each) => each.change !== 'retired') : shown;
    const slider = createShapeSlider(id, shapes, isRetired ? undefined : all.find((each) => each.version === version), shape);
    const box = h('input', { type: 'checkbox', id: 'with-noded', change: () => {
      withNoded = box.checked;
      render(id, version, all);
      document.getElementById('with-noded')?.focus();
    } });
    box.checked = withNoded;
    fill(content, shapes.length > (isRetired ? 0 : 1) && slider.element,
      noded > 0 && h('label', { class: 'switch', for: 'with-noded' }, box, h('span', {}, `${counted(noded, 'version')} that only received a point`)),
      h('ol', { class: 'versions', 'aria-label': 'Versions, newest first' }, ...shown.map((each) => versionItem(id, each, {
        isShown: !isRetired && each.version === version, before: all[all.indexOf(each) + 1], deeds, canRestore: all[0]?.version === version,
      }))));
  };
  session.subscribe((state, before) => {
    if (state.selected !== before.selected || (before.retired && !state.retired)) shape.clear();
  });
  return { show: () => void show(), hide: () => { shape.clear(); shownFor = ''; } };
}

/**
 * @param {Version} each
 * @param {number} version
 * @returns {boolean} whether a reader is spared it; what the map shows is always listed
 */
function isHidden(each, version) {
  return each.change === 'noded' && each.version !== version;
}

/**
 * @param {string} id
 * @param {Version} version
 * @param {{isShown: boolean, before: Version | undefined, deeds: Deeds, canRestore: boolean}} about `before`: the version that it followed
 * @returns {HTMLElement}
 */
function versionItem(id, version, { isShown, before, deeds: { addressOf, edit, record, restore }, canRestore }) {
  const { version: number, change, begun_at: at, author, approved_by: approver, edit_id: made, comment, record: cited } = version;
  const name = `Version ${number}`;
  return h('li', { class: change === 'noded' ? 'quiet' : null, 'aria-current': isShown ? 'true' : null },
    h('b', {}, name), h('span', {}, CHANGES[change] ?? change), h('span', { class: 'n' }, areaText(version, before)),
    h('span', { class: 'quiet' }, [author, approver && `approved by ${approver}`, dateTime(at)].filter(Boolean).join(', '),
      ', ', h('a', { class: 'quiet-link', href: edit(made) }, `Edit ${made}`), cited ? ', ' : null, cited && h('a', { class: 'quiet-link', href: record(cited.id) }, recordName(cited))),
    comment ? h('q', {}, comment) : null,
    h('span', { class: 'version-deeds' }, isShown ? h('span', { class: 'chip' }, 'shown') : mapLink(() => addressOf(version), { class: 'quiet-link', 'aria-label': `${name} on the map` }, 'On the map'),
      !isShown && canRestore && restore && change !== 'retired' && h('button', { type: 'button', class: 'link', 'aria-label': `Restore version ${number}`, click: () => restore(id, number) }, 'Restore this version')));
}

/**
 * @param {Version} version
 * @param {Version | undefined} before
 * @returns {string} "248.1 m² (−7.1)"
 */
function areaText({ area_m2: area, change }, before) {
  const isOther = before !== undefined && change !== 'noded' && Math.abs(area - before.area_m2) >= 0.05;
  return `${figure(area)} m²${isOther ? ` (${signed(area - before.area_m2)})` : ''}`;
}
