/**
 * The fields of the selected parcel; what is only to be read stands in parcel_facts.js. A field that was changed becomes an update step when it is left; a run of
 * changes of one parcel is one step.
 *
 * @module panels/attributes
 */

/** @import {Session} from '../session.js' */
/** @import {Update} from '../types.js' */

import { updateOperation } from '../actions/update.js';
import { h } from '../dom.js';

export const KINDS = ['lot', 'road', 'water', 'common', 'unit', 'easement'];

/** @type {{name: string, label: string, type: 'text' | 'number' | 'kind'}[]} */
const FIELDS = [
  { name: 'number', label: 'Number', type: 'text' },
  { name: 'kind', label: 'Kind', type: 'kind' },
  { name: 'address', label: 'Address', type: 'text' },
  { name: 'land_use', label: 'Land use', type: 'text' },
  { name: 'legal_area_m2', label: 'Legal area, m²', type: 'number' },
  { name: 'legal_area_text', label: 'Legal area as written', type: 'text' },
];

/**
 * @param {HTMLElement} place
 * @param {Session} session
 */
export function createAttributes(place, session) {
  const fields = h('div', { class: 'fields' });
  place.append(fields);
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  const inputs = new Map();
  for (const { name, label, type } of FIELDS) {
    const input = fieldInput(name, type, () => change(session, name, type, input));
    inputs.set(name, input);
    fields.append(h('label', { class: 'field', for: input.id }, label), input);
  }
  const render = () => {
    const parcel = session.state.selected ? session.graph.parcel(session.state.selected) : undefined;
    if (!parcel) return;
    for (const [name, input] of inputs) {
      const value = parcel.properties[name];
      if (document.activeElement !== input) input.value = value === null || value === undefined ? '' : String(value);
      input.disabled = !session.isEditable;
    }
  };
  session.subscribe((state, before) => {
    if (state.draft !== before.draft || state.selected !== before.selected || state.isSaving !== before.isSaving) render();
  });
  render();
}

/**
 * @param {string} name
 * @param {'text' | 'number' | 'kind'} type
 * @param {() => void} onChange
 * @returns {HTMLInputElement | HTMLSelectElement}
 */
function fieldInput(name, type, onChange) {
  const id = `attribute-${name}`;
  if (type === 'kind') return h('select', { id, change: onChange }, ...KINDS.map((kind) => h('option', { value: kind }, kind)));
  /** @type {Record<string, string | number>} */
  const attributes = type === 'number' ? { type: 'number', step: 'any', min: 0.01, inputmode: 'decimal' } : { type: 'text', autocomplete: 'off' };
  return h('input', { id, ...attributes, change: onChange });
}

/**
 * @param {Session} session
 * @param {string} name
 * @param {'text' | 'number' | 'kind'} type
 * @param {HTMLInputElement | HTMLSelectElement} input
 */
function change(session, name, type, input) {
  const parcel = session.state.selected ? session.graph.parcel(session.state.selected) : undefined;
  if (!parcel || !input.checkValidity()) return;
  const text = input.value.trim();
  const value = text === '' ? null : type === 'number' ? Number(text) : text;
  if ((parcel.properties[name] ?? null) === value) return;
  const last = session.state.draft.operations.at(-1);
  const isRun = last?.op === 'update' && last.parcel_id === parcel.id;
  const properties = { ...(isRun ? /** @type {Update} */ (last).properties : {}), [name]: value };
  const operation = updateOperation(parcel, properties);
  if (isRun) session.performInstead(operation);
  else session.perform(operation);
}
