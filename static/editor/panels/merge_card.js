/**
 * What a merge may be told: which parcel continues, or the id of a new one, and what becomes of the stated areas.
 *
 * @module panels/merge_card
 */

/** @import {MergePlan, Proposal} from '../tools/plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Parcel} from '../types.js' */
/** @import {Card} from './tool_card.js' */

import { label } from '../actions/ring_repair.js';
import { fill, h } from '../dom.js';
import { figure } from '../format.js';
import { heirOf, mergePlan } from '../tools/merge.js';

/** @type {Record<string, string>} */
const LEGAL_AREAS = { add: 'sum of theirs', keep: 'of the continuing', clear: 'none' };

/**
 * @param {Session} session
 * @returns {Card}
 */
export function createMergeCard(session) {
  /** @param {Partial<MergePlan>} change */
  const tell = (change) => session.set({ plan: { ...mergePlan(session), ...change } });
  const choices = h('div', { class: 'choices', role: 'radiogroup', 'aria-label': 'Which parcel continues' });
  const newId = h('input', { type: 'text', id: 'merge-id', maxlength: 100, autocomplete: 'off', 'aria-label': 'Permanent id of the new parcel', placeholder: 'its permanent id', input: () => tell({ newId: newId.value.trim() }) });
  const newRadio = radio('', () => tell({ into: '', newId: newId.value.trim() }));
  const newChoice = h('label', { class: 'choice' }, newRadio, h('span', {}, 'A new parcel'));
  const legal = h('select', { id: 'merge-legal', change: () => tell({ legalArea: legal.value }) },
    ...Object.entries(LEGAL_AREAS).map(([value, text]) => h('option', { value }, text)));
  const legalRow = h('div', { class: 'row' }, h('label', { for: 'merge-legal' }, 'Legal area'), legal);
  const total = h('p', { class: 'total' });
  const content = h('div', {}, h('p', { class: 'eyebrow' }, 'Continues'), choices, newChoice, newId, legalRow, total);
  /** @type {string | null} */
  let listed = null;
  return {
    content, verb: 'Merge',
    render: (/** @type {Proposal} */ { graph, operation }) => {
      const members = session.chosen;
      const plan = mergePlan(session);
      const ids = members.map((parcel) => parcel.id).join('\n');
      if (ids !== listed) fill(choices, ...members.map((parcel) => memberChoice(session, parcel, () => tell({ into: parcel.id }))));
      listed = ids;
      const heir = members.length > 0 ? heirOf({ ...plan, newId: plan.newId || '?' }, members) : null;
      for (const input of choices.querySelectorAll('input')) input.checked = plan.into !== '' && input.value === heir;
      newRadio.checked = plan.into === '';
      newChoice.hidden = members.length < 2;
      newId.hidden = plan.into !== '' || members.length < 2;
      legalRow.hidden = !members.some((parcel) => parcel.properties['legal_area_m2']);
      legal.value = plan.legalArea;
      const merged = operation?.op === 'merge' ? graph?.parcel(operation.into) : undefined;
      total.textContent = merged && graph ? `Together ${figure(graph.areaM2(merged))} m²` : '';
      content.hidden = members.length === 0;
    },
  };
}

/**
 * @param {string} value
 * @param {() => void} choose
 * @returns {HTMLInputElement}
 */
function radio(value, choose) {
  return h('input', { type: 'radio', name: 'merge-into', value, change: choose });
}

/**
 * @param {Session} session
 * @param {Parcel} parcel
 * @param {() => void} choose
 * @returns {HTMLElement}
 */
function memberChoice({ graph }, parcel, choose) {
  return h('label', { class: 'choice' }, radio(parcel.id, choose), h('span', {}, label(parcel)),
    h('span', { class: 'n' }, `${figure(graph.areaM2(parcel))} m²`));
}
