/**
 * How a parcel is divided: by a line, by area or into equal parts, which piece continues, and the numbers of all.
 *
 * @module panels/split_card
 */

/** @import {Proposal, SplitPlan} from '../tools/plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Card} from './tool_card.js' */

import { h, setAttribute } from '../dom.js';
import { figure } from '../format.js';
import { isFoundHere } from '../tools/found_here.js';
import { splitPlan } from '../tools/split.js';
import { createSplitParts } from './split_parts.js';

/** @type {Record<SplitPlan['way'], string>} */
const WAYS = { line: 'Line', area: 'Area', parts: 'Parts' };
const MOST_PARTS = 100;

/**
 * @param {Session} session
 * @returns {Card}
 */
export function createSplitCard(session) {
  /** @param {Partial<SplitPlan>} change */
  const tell = (change) => session.set({ plan: { ...splitPlan(session), continuing: null, ...change } });
  const ways = Object.entries(WAYS).map(([way, text]) => h('button', {
    type: 'button', class: 'way', 'data-way': way, click: () => way !== splitPlan(session).way && tell({ way: /** @type {SplitPlan['way']} */ (way), line: [], pointer: null, isDone: false, found: null, numbers: [] }),
  }, text));
  const area = numberField('split-area', 'any', (areaM2) => tell({ areaM2, found: null }));
  const direction = numberField('split-direction', 'any', (directionDeg) => tell({ directionDeg, found: null }));
  const parts = numberField('split-parts', '1', (count) => tell({ parts: Math.min(MOST_PARTS, Math.max(2, Math.round(count))), found: null }));
  const turn = h('button', { type: 'button', class: 'action', 'aria-label': 'Turn the line by 90°', title: 'Turn the line by 90°', click: () => tell({ directionDeg: Math.round(((splitPlan(session).directionDeg + 90) % 360) * 100) / 100, found: null }) }, '+90°');
  const areaRow = row('split-area', 'Area, m²', area);
  const partsRow = row('split-parts', 'Equal parts', parts);
  const directionRow = h('div', { class: 'row row-wide' }, h('label', { for: 'split-direction' }, 'Direction °'), direction, turn);
  const pieces = createSplitParts({
    choose: (continuing) => tell({ continuing }),
    // Which piece continues stays as it was chosen.
    type: (index, value) => session.set({ plan: withNumber(splitPlan(session), index, value) }),
  });
  const waiting = h('p', { class: 'reason' }, 'Asking the server where the line lies…');
  const several = h('p', { class: 'reason' });
  const content = h('div', {}, h('div', { class: 'ways', role: 'group', 'aria-label': 'How to divide' }, ...ways), areaRow, partsRow, directionRow, waiting, several, pieces.element);
  return {
    content, verb: 'Split',
    render: (/** @type {Proposal} */ proposal) => {
      const plan = splitPlan(session);
      for (const button of ways) setAttribute(button, 'aria-pressed', String(button.dataset['way'] === plan.way));
      areaRow.hidden = plan.way !== 'area';
      partsRow.hidden = plan.way !== 'parts';
      directionRow.hidden = plan.way === 'line';
      show(area, plan.areaM2);
      show(direction, plan.directionDeg);
      show(parts, plan.parts);
      waiting.hidden = plan.way === 'line' || plan.found !== null || plan.parcel === null || isFoundHere(session.graph);
      const { graph, pieces: ids = [] } = proposal;
      const areas = ids.map((id) => figure(graph?.parcel(id) ? graph.areaM2(/** @type {import('../types.js').Parcel} */ (graph.parcel(id))) : 0));
      several.hidden = plan.way !== 'area' || ids.length < 3;
      several.textContent = several.hidden ? '' : `The line meets the parcel several times: ${ids.length} pieces arise, and each is a parcel. Those to its right have ${figure(plan.areaM2 ?? 0)} m² together.`;
      pieces.render({ areas, numbers: proposal.numbers ?? [], continuing: ids.indexOf(plan.parcel ?? '') });
      content.hidden = plan.parcel === null;
    },
  };
}

/**
 * @param {SplitPlan} plan
 * @param {number} index
 * @param {string} value
 * @returns {SplitPlan}
 */
function withNumber(plan, index, value) {
  const numbers = Array.from({ length: Math.max(plan.numbers.length, index + 1) }, (_, each) => plan.numbers[each] ?? null);
  numbers[index] = value;
  return { ...plan, numbers };
}

/**
 * @param {string} id
 * @param {string} step
 * @param {(value: number) => void} tell
 * @returns {HTMLInputElement}
 */
function numberField(id, step, tell) {
  const input = h('input', { id, type: 'number', step, min: id === 'split-direction' ? null : 0, inputmode: 'decimal', input: () => {
    if (input.value !== '' && Number.isFinite(input.valueAsNumber)) tell(input.valueAsNumber);
  } });
  return input;
}

/**
 * @param {HTMLInputElement} input
 * @param {number | null} value
 */
function show(input, value) {
  if (document.activeElement !== input) input.value = value === null ? '' : String(value);
}

/**
 * @param {string} id
 * @param {string} text
 * @param {HTMLElement} field
 * @returns {HTMLElement}
 */
function row(id, text, field) {
  return h('div', { class: 'row' }, h('label', { for: id }, text), field);
}
