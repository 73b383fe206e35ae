/**
 * What there is to read about the selected parcel beside its fields: areas, zoning, version, last edit, records, units.
 * What is not known is left out. Areas, level and units come from what is loaded, the rest is asked for.
 *
 * @module panels/parcel_facts
 */

/** @import {Api} from '../api.js' */
/** @import {CitedRecord, ParcelProperties, Version, ZoningShare} from '../past/past.js' */
/** @import {Session} from '../session.js' */
/** @import {Child} from '../dom.js' */
/** @import {Parcel, Properties} from '../types.js' */

import { label } from '../actions/ring_repair.js';
import { unitsOf } from '../actions/units.js';
import { ApiProblem, NoAnswer } from '../api.js';
import { differences } from '../difference.js';
import { fill, h } from '../dom.js';
import { dateTime, figure, length, signed } from '../format.js';
import { LEGAL_SHARE, toLegal } from '../land/legal_area.js';
import { copyButton } from './copy_button.js';

/**
 * @typedef {object} Links
 * @property {(id: string) => void} open a parcel on the map
 * @property {(id: number) => string} edit its page
 * @property {(id: number) => string} record its page
 */

/** @typedef {{properties: ParcelProperties, versions: Version[]}} Told */

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {Pick<Api, 'properties' | 'versions'>} api
 * @param {string} areaMethod as it is named beside the area
 * @param {Links} links
 */
export function createParcelFacts(place, session, api, areaMethod, links) {
  const list = h('dl', { class: 'facts' });
  const said = h('p', { class: 'quiet', role: 'status' });
  place.append(list, said);
  /** @type {Told | null} */
  let told = null;
  let askedFor = '';
  const current = () => (session.state.selected ? session.graph.parcel(session.state.selected) : undefined);
  const render = () => {
    const parcel = current();
    if (!parcel) return;
    fill(list, ...factsOf(session, parcel, told?.properties.parcel_id === parcel.id ? told : null, areaMethod, links));
  };
  const ask = async () => {
    const stored = session.graph.base.parcels.get(session.state.selected ?? '');
    const name = stored ? `${stored.id} ${stored.version}` : '';
    if (name === askedFor) return;
    askedFor = name;
    said.textContent = '';
    if (!stored) return;
    try {
      const [properties, versions] = await Promise.all([api.properties(stored.id), api.versions(stored.id)]);
      if (askedFor !== name) return;
      told = { properties, versions: versions.filter(({ version }) => version <= properties.version) };
      render();
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      if (askedFor !== name) return;
      askedFor = '';
      said.textContent = `More about it could not be loaded: ${error.message}`;
    }
  };
  session.subscribe((state, before) => {
    if (state.draft !== before.draft || state.selected !== before.selected) {
      render();
      void ask();
    }
  });
  render();
}

/**
 * @param {Session} session
 * @param {Parcel} parcel
 * @param {Told | null} told
 * @param {string} areaMethod
 * @param {Links} links
 * @returns {HTMLElement[]}
 */
function factsOf({ graph }, parcel, told, areaMethod, links) {
  const { level, part_of: partOf, attributes } = parcel.properties;
  const ground = typeof partOf === 'string' ? graph.parcel(partOf) : undefined;
  /** @param {Parcel} one */
  const toParcel = (one) => h('button', { type: 'button', class: 'link', click: () => links.open(one.id) }, label(one));
  const edit = lastEdit(told?.versions ?? []);
  return [
    ...areaFacts(graph, parcel, areaMethod),
    ...(told ? fact('Perimeter', length(told.properties.perimeter_m)) : []),
    ...(told && told.properties.zoning.length > 0 ? fact('Zoning', zoningList(told.properties.zoning), told.properties.zoning.map(zoningText).join('\n')) : []),
    ...fact('Part of', ground ? toParcel(ground) : String(partOf ?? ''), String(partOf ?? '')),
    ...many('Units', unitsOf(graph, [parcel.id]).map(toParcel)),
    ...(edit ? fact('Last edit', editText(edit, links), editWords(edit)) : []),
    ...many('Records', recordsOf(told?.versions ?? []).map((record) => h('a', { class: 'quiet-link', href: links.record(record.id) }, recordName(record)))),
    ...(told ? fact('This version', `since ${dateTime(told.properties.begin_lifespan_version)}`) : []),
    ...fact('Level', String(level ?? parcel.level)),
    ...fact('Permanent id', parcel.id),
    ...Object.entries(/** @type {Properties} */ (attributes ?? {})).flatMap(([name, value]) => fact(name, valueText(value))),
  ];
}

/**
 * Legal beside computed; what differs by more than the tolerance is coloured, and says so.
 * @param {Session['graph']} graph
 * @param {Parcel} parcel
 * @param {string} areaMethod
 * @returns {HTMLElement[]}
 */
function areaFacts(graph, parcel, areaMethod) {
  const { area_m2: stored, legal_area_m2: legal, legal_area_text: written } = parcel.properties;
  const changed = differences(graph, [parcel.id]).find((row) => row.id === parcel.id);
  const area = changed?.afterM2 ?? (typeof stored === 'number' ? stored : null);
  const difference = toLegal(area, legal);
  const legalText = typeof legal === 'number' ? `${figure(legal)} m²` : '';
  return [
    ...fact('Legal area', typeof written === 'string' && written ? `${legalText}${legalText ? ', ' : ''}written “${written}”` : legalText),
    ...(area === null ? [] : fact(`Computed, ${areaMethod}`, `${figure(area)} m²${changed && changed.change !== 'noded' && changed.change !== 'attributes' ? ', with this edit' : ''}`)),
    ...(difference ? fact('Difference', h('span', { class: difference.isBeyond ? 'warn' : null },
      `${signed(difference.m2)} m², ${signed(difference.share * 100)} %${difference.isBeyond ? ` (more than ${LEGAL_SHARE * 100} %)` : ''}`)) : []),
  ];
}

/**
 * @param {string} name
 * @param {Child} value
 * @param {string} [text] what is copied
 * @returns {HTMLElement[]} nothing where there is no value
 */
function fact(name, value, text = value instanceof Node ? (value.textContent ?? '') : String(value)) {
  if (text === '') return [];
  return [h('dt', {}, name), h('dd', {}, h('span', { class: 'value' }, value), copyButton(name, text))];
}

/**
 * @param {string} name
 * @param {HTMLElement[]} values
 * @returns {HTMLElement[]}
 */
function many(name, values) {
  if (values.length === 0) return [];
  const text = values.map((value) => value.textContent).join(', ');
  return fact(values.length === 1 ? name.replace(/s$/, '') : name, h('span', {}, ...values.flatMap((value, index) => (index === 0 ? [value] : [', ', value]))), text);
}

/**
 * @param {ZoningShare[]} shares
 * @returns {HTMLElement}
 */
function zoningList(shares) {
  return h('ul', { class: 'shares' }, ...shares.map(({ code, name, share }) => h('li', {}, h('b', {}, code), h('span', {}, name), h('span', { class: 'n' }, percent(share)))));
}

/**
 * @param {ZoningShare} share
 * @returns {string}
 */
function zoningText({ code, name, share }) {
  return `${code} ${name} ${percent(share)}`;
}

/**
 * @param {number} share
 * @returns {string} a sliver of a district is not rounded to nothing, nor a whole to more than it is
 */
function percent(share) {
  if (share < 0.001) return '< 0.1 %';
  return share > 0.999 ? '100 %' : `${figure(share * 100)} %`;
}

/**
 * @param {Version[]} versions newest first
 * @returns {Version | undefined} the last that did more than give it a point on its boundary
 */
function lastEdit(versions) {
  return versions.find(({ change }) => change !== 'noded') ?? versions[0];
}

/**
 * @param {Version} version
 * @param {Links} links
 * @returns {HTMLElement}
 */
function editText(version, links) {
  return h('span', {}, `${version.author || 'not by an account'}, ${dateTime(version.begun_at)} `,
    h('a', { class: 'quiet-link', href: links.edit(version.edit_id) }, `Edit ${version.edit_id}`), version.comment ? h('q', {}, version.comment) : null);
}

/**
 * @param {Version} version
 * @returns {string}
 */
function editWords({ author, approved_by: approver, begun_at: at, edit_id: id, comment }) {
  return [author, approver && `approved by ${approver}`, dateTime(at), `edit ${id}`, comment].filter(Boolean).join(', ');
}

/**
 * @param {Version[]} versions
 * @returns {CitedRecord[]} each once, the newest first
 */
function recordsOf(versions) {
  return [...new Map(versions.flatMap(({ record }) => (record ? [[record.id, record]] : []))).values()];
}

/**
 * @param {CitedRecord} record
 * @returns {string}
 */
export function recordName({ id, type, number }) {
  return `${type.charAt(0).toUpperCase()}${type.slice(1).replaceAll('_', ' ')} ${number ?? id}`;
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function valueText(value) {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
}
