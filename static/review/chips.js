/**
 * The filters as chips: each says what it lets through; one that narrows is marked and has a cross.
 *
 * @module review/chips
 */

/** @import {Desk} from './desk.js' */
/** @import {Filters} from './filters.js' */
/** @import {ReviewConfig} from './types.js' */

import { fill, h, icon } from '../editor/dom.js';
import { isNarrowed, SEVERITIES, SORTS, STATUSES, USUAL } from './filters.js';
import { ruleName } from './words.js';

/** @typedef {[value: string, text: string][]} Options */
/** @typedef {'rule' | 'status' | 'assignee' | 'sort' | 'severity' | 'age' | 'area' | 'batch'} Choice */

/** @type {Record<string, string>} */
const SORT_WORDS = { worst: 'worst first', newest: 'newest first', oldest: 'oldest first', rule: 'by rule' };

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 * @param {ReviewConfig} config
 * @param {{change: (change: Partial<Filters>) => void, inView: (isOn: boolean) => void}} deeds
 */
export function createChips(place, desk, config, { change, inView }) {
  let isMore = false;
  const { review } = config;
  /** @type {Record<string, {label: string, options: Options}>} */
  const choices = {
    rule: { label: 'Rule', options: [['', 'all rules'], ...Object.keys(review.rules).map((rule) => /** @type {[string, string]} */ ([rule, ruleName(rule)])).sort((a, b) => a[1].localeCompare(b[1]))] },
    status: { label: 'Status', options: [...STATUSES.map((status) => /** @type {[string, string]} */ ([status, status])), ['', 'any status']] },
    assignee: { label: 'Assigned to', options: [['', 'anyone'], ['me', 'you'], ['none', 'nobody'], ...review.people.filter((email) => email !== config.user.email).map((email) => /** @type {[string, string]} */ ([email, email]))] },
    sort: { label: 'Order', options: SORTS.map((sort) => [sort, SORT_WORDS[sort] ?? sort]) },
    severity: { label: 'Severity', options: [['', 'any severity'], ...SEVERITIES.map((severity) => /** @type {[string, string]} */ ([severity, severity]))] },
    age: { label: 'Age', options: [['', 'any age'], ...review.ages] },
    area: { label: 'Area', options: [['', 'any area'], ...review.areas] },
    batch: { label: 'Import', options: [['', 'any import'], ...review.batches.map(({ id, name }) => /** @type {[string, string]} */ ([String(id), `import ${id} (${name})`]))] },
  };
  /** @param {Choice} name */
  const chip = (name) => {
    const { label, options } = /** @type {{label: string, options: Options}} */ (choices[name]);
    const value = desk.state.filters[name];
    const isChanged = value !== USUAL[name] && name !== 'sort';
    const known = options.some(([each]) => each === value) ? options : [...options, /** @type {[string, string]} */ ([value, value.includes(',') ? 'other rules' : value])];
    const text = value.includes(',') ? 'other rules' : (known.find(([each]) => each === value)?.[1] ?? value);
    return h('span', { class: `filter ${isChanged ? 'is-changed' : ''}` },
      h('span', { class: 'filter-choice' }, h('b', { 'aria-hidden': 'true' }, name === 'batch' && value ? `import ${value}` : text), select(name, label, known, value)),
      isChanged ? h('button', { type: 'button', class: 'filter-clear', 'data-chip': `${name}-clear`, 'aria-label': `${label} as usual`, click: () => change({ [name]: USUAL[name] }) }, icon('close')) : null);
  };
  /**
   * @param {Choice} name
   * @param {string} label
   * @param {Options} options
   * @param {string} value
   */
  const select = (name, label, options, value) => h('select', {
    'aria-label': label, 'data-chip': name, change: (/** @type {{target: HTMLSelectElement}} */ { target }) => change({ [name]: target.value }),
  }, ...options.map(([each, text]) => h('option', { value: each, selected: each === value }, text)));
  const switches = () => {
    const { box, disputed } = desk.state.filters;
    return {
      view: toggle('in map view', 'view', box !== null, () => inView(box === null)),
      disputed: toggle('disputed', 'disputed', disputed, () => change({ disputed: !disputed })),
    };
  };
  const render = () => {
    const { filters } = desk.state;
    const hasMore = isMore || filters.severity !== '' || filters.batch !== '' || filters.age !== '' || filters.area !== '' || filters.disputed;
    const { view, disputed } = switches();
    const held = /** @type {HTMLElement | null} */ (place.contains(document.activeElement) ? document.activeElement : null)?.dataset['chip'];
    fill(place, chip('rule'), chip('status'), chip('assignee'), view, chip('sort'),
      h('button', { type: 'button', class: 'filter-more', 'data-chip': 'more', 'aria-expanded': String(hasMore), 'aria-label': 'More filters', title: 'More filters', click: () => { isMore = !hasMore; render(); } }, icon('filter')),
      ...(hasMore ? [chip('severity'), chip('age'), chip('area'), chip('batch'), disputed] : []),
      isNarrowed(filters) && hasMore ? h('button', { type: 'button', class: 'link', 'data-chip': 'clear', click: () => change({ ...USUAL, sort: filters.sort }) }, 'Clear') : null);
    if (held) /** @type {HTMLElement | null} */ (place.querySelector(`[data-chip="${held}"]`) ?? place.querySelector(`[data-chip="${held.replace('-clear', '')}"]`))?.focus();
  };
  desk.subscribe((state, before) => {
    if (state.filters !== before.filters) render();
  });
  render();
}

/**
 * @param {string} text
 * @param {string} name
 * @param {boolean} isOn
 * @param {() => void} click
 * @returns {HTMLElement}
 */
function toggle(text, name, isOn, click) {
  return h('button', { type: 'button', class: `filter filter-toggle ${isOn ? 'is-changed' : ''}`, 'data-chip': name, 'aria-pressed': String(isOn), click }, text);
}
