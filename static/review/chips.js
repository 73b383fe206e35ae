/**
 * The filters as chips in one row: each says what it lets through; one that narrows is marked and has a cross. Those that
 * are seldom wanted are in a menu, and in the row as long as they narrow. A row that is too long scrolls: no line of the
 * queue is given up for it.
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

/** Those of the menu. @type {('severity' | 'age' | 'area' | 'batch')[]} */
const SELDOM = ['severity', 'age', 'area', 'batch'];
const MENU_GAP_PX = 4;

/** @type {Record<string, string>} */
const SORT_WORDS = { worst: 'worst first', newest: 'newest first', oldest: 'oldest first', rule: 'by rule' };

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 * @param {ReviewConfig} config
 * @param {{change: (change: Partial<Filters>) => void, inView: (isOn: boolean) => void}} deeds
 */
export function createChips(place, desk, config, { change, inView }) {
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
    const known = withValue(options, value);
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
  const row = h('div', { class: 'filter-row', scroll: () => markCut(row), wheel: (/** @type {WheelEvent} */ event) => {
    if (event.deltaX !== 0 || row.scrollWidth <= row.clientWidth) return;
    row.scrollLeft += event.deltaY;
    event.preventDefault();
  } });
  const menu = h('div', { class: 'filter-menu', id: 'filter-menu', popover: 'auto', role: 'group', 'aria-label': 'More filters', beforetoggle: (/** @type {ToggleEvent} */ event) => {
    below(menu, more);
    // Its choices are there only while it is: what narrows stands in the row already.
    if (event.newState === 'open') renderMenu();
  }, toggle: (/** @type {ToggleEvent} */ { newState }) => {
    if (newState === 'closed') fill(menu); // by now the button has the keyboard again
  } });
  const more = h('button', { type: 'button', class: 'filter-more', popovertarget: menu.id, 'aria-label': 'More filters', title: 'More filters' }, icon('filter'));
  const renderRow = () => {
    const { filters } = desk.state;
    const set = SELDOM.filter((name) => filters[name] !== '');
    keepingFocus(row, () => fill(row, chip('rule'), chip('status'), chip('assignee'), toggle('in map view', 'view', filters.box !== null, () => inView(filters.box === null)), chip('sort'),
      ...set.map(chip), ...(filters.disputed ? [toggle('disputed', 'disputed', true, () => change({ disputed: false }))] : [])));
    more.classList.toggle('is-changed', set.length > 0 || filters.disputed);
    markCut(row);
  };
  const renderMenu = () => {
    const { filters } = desk.state;
    keepingFocus(menu, () => fill(menu,
      ...SELDOM.map((name) => {
        const { label, options } = /** @type {{label: string, options: Options}} */ (choices[name]);
        return h('label', { class: 'filter-field' }, h('span', {}, label), select(name, label, withValue(options, filters[name]), filters[name]));
      }),
      h('label', { class: 'filter-field' }, h('span', {}, 'Disputed only'), h('input', { type: 'checkbox', 'data-chip': 'disputed', checked: filters.disputed, change: () => change({ disputed: !filters.disputed }) })),
      h('button', { type: 'button', class: 'action', 'data-chip': 'clear', 'aria-disabled': String(!isNarrowed(filters)), click: () => {
        if (isNarrowed(desk.state.filters)) change({ ...USUAL, sort: desk.state.filters.sort });
      } }, 'Clear all filters')));
  };
  fill(place, row, more, menu);
  const render = () => {
    renderRow();
    if (menu.matches(':popover-open')) renderMenu();
  };
  desk.subscribe((state, before) => {
    if (state.filters !== before.filters) render();
  });
  render();
  new ResizeObserver(() => markCut(row)).observe(row);
}

/**
 * @param {Options} options
 * @param {string} value that an address may name without its being among them
 * @returns {Options}
 */
function withValue(options, value) {
  return options.some(([each]) => each === value) ? options : [...options, [value, value.includes(',') ? 'other rules' : value]];
}

/**
 * What has the keyboard is found again by its name; of a chip that went with its cross, what stands first.
 * @param {HTMLElement} part
 * @param {() => void} render
 */
function keepingFocus(part, render) {
  const held = /** @type {HTMLElement | null} */ (part.contains(document.activeElement) ? document.activeElement : null)?.dataset['chip'];
  render();
  if (!held) return;
  const found = part.querySelector(`[data-chip="${held}"]`) ?? part.querySelector(`[data-chip="${held.replace('-clear', '')}"]`) ?? part.querySelector('[data-chip]');
  /** @type {HTMLElement | null} */ (found)?.focus();
}

/** @param {HTMLElement} row says at which end there is more of it */
function markCut(row) {
  row.classList.toggle('is-cut-before', row.scrollLeft > 1);
  row.classList.toggle('is-cut-after', row.scrollWidth - row.scrollLeft - row.clientWidth > 1);
}

/**
 * @param {HTMLElement} menu to stand below the button, its right side at the button's
 * @param {HTMLElement} button
 */
function below(menu, button) {
  const { bottom, right } = button.getBoundingClientRect();
  menu.style.top = `${bottom + MENU_GAP_PX}px`;
  menu.style.maxHeight = `calc(100vh - ${bottom + 2 * MENU_GAP_PX}px)`;
  menu.style.right = `${Math.max(MENU_GAP_PX, document.documentElement.clientWidth - right)}px`;
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
