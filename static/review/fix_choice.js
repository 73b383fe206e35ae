/**
 * Ways to fix the selected finding. None is chosen for anybody; the one that is pointed at, has the keyboard or is chosen
 * is drawn on the map.
 *
 * @module review/fix_choice
 */

/** @import {Fix, Fixes} from '../editor/findings/fixes_api.js' */
/** @import {Finding} from './types.js' */

import { farthest } from '../editor/findings/fix_texts.js';
import { h } from '../editor/dom.js';
import { areasText, moveText } from './words.js';

/**
 * @typedef {object} ChoiceDeeds
 * @property {(fix: Fix | null) => void} look shows it on the map; null for the chosen one, if any
 * @property {(fix: Fix) => void} choose
 * @property {(fix: Fix) => void} take is what Enter does with it
 */

/**
 * @param {Fixes} offered
 * @param {Finding} finding
 * @param {ChoiceDeeds} deeds
 * @returns {HTMLElement}
 */
export function fixChoice(offered, finding, { look, choose, take }) {
  const { fixes, accuracy_m: accuracy, why_none: none } = offered;
  if (fixes.length === 0) return h('p', { class: 'quiet' }, none ?? 'No fix was found. Edit the boundary yourself, or accept the finding as an exception.');
  return h('div', { class: 'fix-choice', role: 'radiogroup', 'aria-labelledby': 'ways-title' },
    ...fixes.map((fix, index) => card(fix, index, finding, accuracy, { look, choose, take })));
}

/**
 * @param {Fix} fix
 * @param {number} index
 * @param {Finding} finding
 * @param {number} accuracy
 * @param {ChoiceDeeds} deeds
 * @returns {HTMLElement}
 */
function card(fix, index, finding, accuracy, { look, choose, take }) {
  const id = `fix-${index}`;
  const closes = fix.closes?.length ?? 1;
  const radio = h('input', {
    type: 'radio', name: 'fix', id, 'aria-describedby': `${id}-areas ${id}-closes ${id}-far`, focus: () => look(fix), blur: () => look(null), change: () => choose(fix),
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      event.stopPropagation();
      radio.checked = true;
      choose(fix);
      take(fix);
    },
  });
  return h('label', { class: 'fix-card', for: id, mouseenter: () => look(fix), mouseleave: () => look(null) },
    radio, h('b', {}, fix.title), h('span', { id: `${id}-areas`, class: 'fix-areas' }, areasText(fix, finding)),
    h('span', { id: `${id}-far`, title: farthest(fix, accuracy) }, moveText(fix)), h('em', { id: `${id}-closes` }, `closes ${closes}, opens 0`));
}
