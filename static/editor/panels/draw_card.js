/**
 * What a new parcel is: its kind and number, and whether it fills the free land within its outline.
 *
 * @module panels/draw_card
 */

/** @import {DrawPlan, Proposal} from '../tools/plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Closing} from '../numbers/traverse.js' */
/** @import {Card} from './tool_card.js' */

import { bearingText } from '../numbers/bearing.js';
import { meaningOf } from '../numbers/course.js';
import { fill, h } from '../dom.js';
import { memoryOf } from '../layers.js';
import { rememberedSystems } from '../numbers/position_api.js';
import { counted, figure } from '../format.js';
import { isFoundHere } from '../tools/found_here.js';
import { drawPlan, tellText } from '../tools/draw.js';
import { misclosureText } from '../numbers/traverse.js';
import { KINDS } from './attributes.js';
import { createTracingSwitch } from './tracing_switch.js';

/** @type {Record<Closing, string>} */
const CLOSINGS = { start: 'The last point is the start', compass: 'Compass rule (Bowditch) over all courses', side: 'One more side back to the start' };

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
  const tracing = createTracingSwitch(session);
  const waiting = h('p', { class: 'reason' }, 'Asking the server what land is free…');
  const total = h('p', { class: 'total' });
  const text = h('textarea', { id: 'draw-text', rows: 5, spellcheck: 'false', placeholder: 'S 51 21 00 W 28.69\n231-21-00 28.69\n257.06g 94.13 ft', input: () => tellText(session, { text: text.value, system: system.value }) });
  const system = h('input', { type: 'text', id: 'draw-system', list: 'draw-systems', autocomplete: 'off', spellcheck: 'false', placeholder: 'as stored, or degrees', input: () => tellText(session, { system: system.value }) });
  const systems = h('datalist', { id: 'draw-systems' });
  const memory = memoryOf(() => window.localStorage);
  const meaning = h('p', { class: 'reason' }, meaningOf(session.graph.base.grid));
  const misclosure = h('p', { class: 'total', role: 'status' });
  const closings = Object.entries(CLOSINGS).map(([value, words]) => {
    const radio = h('input', { type: 'radio', name: 'draw-closing', value, change: () => tellText(session, { closing: /** @type {Closing} */ (value) }) });
    return { value, radio, row: h('label', { class: 'choice' }, radio, h('span', {}, words)) };
  });
  const closing = h('div', { role: 'radiogroup', 'aria-label': 'How the outline is closed', hidden: true }, ...closings.map(({ row }) => row));
  // Who opens it is about to type: the text has the keyboard at once.
  const summary = h('summary', { click: (event) => {
    event.preventDefault();
    courses.open = !courses.open;
    if (courses.open) text.focus();
  } }, 'Courses or coordinates');
  const courses = h('details', { class: 'courses' }, summary,
    h('label', { for: 'draw-text', class: 'reason' }, 'A bearing and a distance, or a coordinate, on each line. Courses begin at the point clicked, or at a coordinate on the first line. Coordinates of another CRS: name it below, or on the first line (EPSG:32618).'),
    text, h('div', { class: 'row' }, h('label', { for: 'draw-system' }, 'CRS'), system), systems, meaning, misclosure, closing);
  courses.addEventListener('toggle', () => fill(systems, ...rememberedSystems(memory).map((code) => h('option', { value: code }))));
  const content = h('div', {},
    h('div', { class: 'row' }, h('label', { for: 'draw-kind' }, 'Kind'), kind),
    h('div', { class: 'row' }, h('label', { for: 'draw-number' }, 'Number'), number),
    h('label', { class: 'choice' }, fills, h('span', {}, 'Only the free land within it')), tracing.element, courses, waiting, total);
  return {
    content, verb: 'Draw',
    render: (/** @type {Proposal} */ { graph, pieces = [] }) => {
      const plan = drawPlan(session);
      const { typed } = plan;
      if (document.activeElement !== text) text.value = typed?.text ?? '';
      if (typed && document.activeElement !== system) system.value = typed.system;
      if (document.activeElement !== number) number.value = plan.number;
      kind.value = plan.parcelKind;
      misclosure.textContent = typed?.misclosure ? misclosureText(typed.misclosure, (degrees) => bearingText(degrees, session.state.bearings)) : '';
      const wasAsked = !closing.hidden;
      closing.hidden = !typed?.misclosure || (!typed.isOpen && typed.closing === null);
      // What has to be answered is seen, however low the window is.
      if (!closing.hidden && !wasAsked) closing.scrollIntoView({ block: 'nearest' });
      for (const { value, radio } of closings) radio.checked = typed?.closing === value;
      const parcel = graph?.parcel(pieces[0] ?? '');
      tracing.render(session.state.isTracing && Boolean(plan.line.at(-1)?.point) && !plan.isDone && !typed);
      waiting.hidden = !plan.fills || plan.line.length < 3 || plan.found !== null || isFoundHere(session.graph);
      total.textContent = parcel && graph ? `${figure(graph.areaM2(parcel))} m², ${counted(parcel.parts.flat(2).length, 'point')}` : '';
    },
  };
}
