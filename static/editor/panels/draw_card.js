/**
 * What a new parcel is: its kind and number, and whether it fills the free land within its outline.
 *
 * @module panels/draw_card
 */

/** @import {DrawPlan, Proposal} from '../plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Card} from './tool_card.js' */

import { h } from '../dom.js';
import { counted, figure } from '../format.js';
import { drawPlan } from '../tools/draw.js';
import { KINDS } from './attributes.js';

/**
 * @param {Session} session
 * @returns {Card}
 */
export function createDrawCard(session) {
  /** @param {Partial<DrawPlan>} change */
  const tell = (change) => session.set({ plan: { ...drawPlan(session), ...change } });
  const kind = h('select', { id: 'draw-kind', change: () => tell({ parcelKind: kind.value }) }, ...KINDS.map((each) => h('option', { value: each }, each)));
  const number = h('input', { type: 'text', id: 'draw-number', maxlength: 100, autocomplete: 'off', input: () => tell({ number: number.value.trim() }) });
  const fills = h('input', { type: 'checkbox', change: () => tell({ fills: fills.checked, found: null }) });
  const waiting = h('p', { class: 'reason' }, 'Asking the server what land is free…');
  const total = h('p', { class: 'total' });
  const content = h('div', {},
    h('div', { class: 'row' }, h('label', { for: 'draw-kind' }, 'Kind'), kind),
    h('div', { class: 'row' }, h('label', { for: 'draw-number' }, 'Number'), number),
    h('label', { class: 'choice' }, fills, h('span', {}, 'Only the free land within it')), waiting, total);
  return {
    content, verb: 'Draw',
    render: (/** @type {Proposal} */ { graph, pieces = [] }) => {
      const plan = drawPlan(session);
      const parcel = graph?.parcel(pieces[0] ?? '');
      waiting.hidden = !plan.fills || plan.line.length < 3 || plan.found !== null;
      total.textContent = parcel && graph ? `${figure(graph.areaM2(parcel))} m², ${counted(parcel.parts.flat(2).length, 'point')}` : '';
    },
  };
}
