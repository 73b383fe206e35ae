/**
 * The parts that a parcel is divided into, one a row: which continues it, how large each is, and its number, which stands in
 * the part on the map as it is typed. Rows stay while the line moves, and so does what is typed there.
 *
 * @module panels/split_parts
 */

/** @import {PartNumber} from '../tools/part_numbers.js' */

import { fill, h, setAttribute } from '../dom.js';

/** @typedef {{areas: string[], numbers: PartNumber[], continuing: number}} Parts */
/** @typedef {{element: HTMLElement, show: (parts: Parts) => void}} Row */

/**
 * @param {{choose: (index: number) => void, type: (index: number, value: string) => void}} owner
 * @returns {{element: HTMLElement, render: (parts: Parts) => void}}
 */
export function createSplitParts(owner) {
  const list = h('div', { role: 'group', 'aria-label': 'Parts: which one continues the parcel, and their numbers' });
  const hint = h('p', { class: 'reason', id: 'split-proposed' }, 'Italic numbers are proposals.');
  const element = h('div', { class: 'parts' }, h('p', { class: 'part eyebrow', 'aria-hidden': 'true' }, h('span', {}, 'Continues'), h('span', {}, 'Number')), list, hint);
  /** @type {Row[]} */
  let rows = [];
  return {
    element,
    render: (parts) => {
      const count = parts.areas.length;
      if (rows.length !== count) {
        rows = parts.areas.map((_, index) => createRow(index, count, owner));
        fill(list, ...rows.map((row) => row.element));
      }
      for (const row of rows) row.show(parts);
      element.hidden = count === 0;
      hint.hidden = !parts.numbers.some(({ isProposed }) => isProposed);
    },
  };
}

/**
 * @param {number} index
 * @param {number} count
 * @param {{choose: (index: number) => void, type: (index: number, value: string) => void}} owner
 * @returns {Row}
 */
function createRow(index, count, { choose, type }) {
  const name = `${index + 1}${index === 0 ? ' right' : index === count - 1 ? ' left' : ''}`;
  const radio = h('input', { type: 'radio', name: 'split-continues', value: index, change: () => choose(index) });
  const area = h('span', { class: 'n' });
  const number = h('input', {
    type: 'text', maxlength: 100, autocomplete: 'off', spellcheck: 'false', 'aria-label': `Number of part ${index + 1}`,
    // Whoever comes by Tab types over what stands there.
    focus: () => number.select(), input: () => type(index, number.value.trim()),
  });
  const problem = h('p', { class: 'problem', id: `split-problem-${index}`, role: 'status' });
  const element = h('div', { class: 'part' }, h('label', { class: 'choice' }, radio, h('span', {}, name), area), number, problem);
  return {
    element,
    show: ({ areas, numbers, continuing }) => {
      const { value, isProposed, problem: why } = numbers[index] ?? { value: '', isProposed: false, problem: null };
      radio.checked = index === continuing;
      area.textContent = `${areas[index]} m²`;
      setAttribute(radio, 'aria-label', `${name} of the line, ${areas[index]} m²`);
      if (number.value.trim() !== value) number.value = value;
      number.classList.toggle('is-proposed', isProposed);
      setAttribute(number, 'aria-invalid', why ? 'true' : null);
      setAttribute(number, 'aria-describedby', [why ? problem.id : '', isProposed ? 'split-proposed' : ''].filter(Boolean).join(' ') || null);
      if (problem.textContent !== (why ?? '')) problem.textContent = why ?? '';
    },
  };
}
