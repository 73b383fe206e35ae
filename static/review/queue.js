/**
 * The queue: a line a finding. One has the keyboard (roving tabindex) and is shown on the map; several may be chosen.
 *
 * @module review/queue
 */

/** @import {Desk, State} from './desk.js' */
/** @import {Finding, ReviewConfig} from './types.js' */

import { fill, h, setAttribute } from '../editor/dom.js';
import { parcelsText, ruleName, stateText } from './words.js';

/** The next page is asked for before its place is reached. */
const AHEAD_PX = 600;
const AHEAD_ROWS = 15;

/** @typedef {{focus: () => void}} Queue */

/**
 * @param {HTMLElement} place scrolls
 * @param {Desk} desk
 * @param {ReviewConfig} config
 * @param {{more: () => void, empty: () => HTMLElement}} deeds `empty`: what stands there in place of rows
 * @returns {Queue}
 */
export function createQueue(place, desk, config, { more, empty }) {
  const body = h('tbody', {});
  const table = h('table', { class: 'queue-table', role: 'grid', 'aria-label': 'Findings', 'aria-multiselectable': 'true' }, body);
  const foot = h('div', { class: 'queue-foot' });
  place.append(table, foot);
  /** The keyboard was here when there was nothing to have it. */
  let isOwed = false;
  /** @type {Map<number, HTMLTableRowElement>} */
  let rows = new Map();

  /** @param {Finding} finding */
  const makeRow = (finding) => {
    const { id, rule } = finding;
    const box = h('input', { type: 'checkbox', tabindex: '-1', 'aria-label': `Choose finding ${id}`, click: (/** @type {MouseEvent} */ event) => {
      event.stopPropagation();
      if (event.shiftKey) desk.extend(desk.state.selected, id);
      else desk.toggle(id);
    } });
    const state = stateText(finding, config.user.email);
    return h('tr', { role: 'row', tabindex: '-1', 'data-finding': id, 'data-severity': finding.severity, 'data-told': told(finding), click: (/** @type {MouseEvent} */ event) => {
      if (event.shiftKey) desk.extend(desk.state.selected, id);
      desk.select(id);
      row(id)?.focus();
    } },
    cell('check', h('label', { class: 'pick', click: (/** @type {MouseEvent} */ event) => event.stopPropagation() }, box)), cell('what', h('span', { class: `rule rule-${rule.replaceAll('_', '-')}` }, ruleName(rule))),
    cell('parcels', h('b', { title: parcelsText(finding) }, parcelsText(finding))), cell('n', finding.measure_text ?? ''),
    cell('state', h('span', { title: state }, state)), cell('n age', `${finding.age_days} d`));
  };
  const row = (/** @type {number | null} */ id) => (id === null ? undefined : rows.get(id));
  /** @param {State} state */
  const renderRows = ({ findings }) => {
    const hadFocus = table.contains(document.activeElement) || foot.contains(document.activeElement);
    const shown = [...rows.values()];
    // What says the same stays the same element: it keeps the keyboard, and whoever opened a dialog comes back to it.
    rows = new Map(findings.map((finding) => {
      const kept = rows.get(finding.id);
      return [finding.id, kept && kept.dataset['told'] === told(finding) ? kept : makeRow(finding)];
    }));
    const wanted = [...rows.values()];
    if (wanted.length === shown.length && wanted.every((each, index) => each === shown[index])) return;
    fill(body, ...wanted);
    table.hidden = findings.length === 0;
    if (hadFocus) queueMicrotask(focus);
  };
  /** @param {State} state */
  const renderMarks = ({ selected, checked, findings }) => {
    const reached = row(selected) ? selected : (findings[0]?.id ?? null);
    for (const [id, each] of rows) {
      setAttribute(each, 'tabindex', id === reached ? '0' : '-1');
      setAttribute(each, 'aria-current', id === selected ? 'true' : null);
      setAttribute(each, 'aria-selected', String(checked.has(id)));
      /** @type {HTMLInputElement} */ (each.querySelector('input')).checked = checked.has(id);
    }
    table.classList.toggle('has-chosen', checked.size > 0);
    row(selected)?.scrollIntoView({ block: 'nearest' });
  };
  /** @param {State} state */
  const renderFoot = (state) => {
    const hadFocus = foot.contains(document.activeElement);
    if (state.isLoading) fill(foot, h('p', { class: 'quiet' }, state.findings.length > 0 ? 'More are coming…' : 'Asking for findings…'));
    else if (state.failure || (state.isAsked && state.findings.length === 0)) fill(foot, empty());
    else fill(foot);
    place.setAttribute('aria-busy', String(state.isLoading));
    if (hadFocus || (isOwed && document.activeElement === document.body)) focus();
  };
  const focus = () => {
    const target = row(desk.state.selected) ?? rows.values().next().value ?? foot.querySelector('button') ?? foot.querySelector('h2');
    isOwed = !target;
    /** @type {HTMLElement | null | undefined} */ (target)?.focus();
  };
  desk.subscribe((state, before) => {
    if (state.findings !== before.findings) renderRows(state);
    if (state.findings !== before.findings || state.selected !== before.selected || state.checked !== before.checked) renderMarks(state);
    if (['isLoading', 'isAsked', 'failure', 'findings', 'summary'].some((name) => state[/** @type {'isLoading'} */ (name)] !== before[/** @type {'isLoading'} */ (name)])) renderFoot(state);
    const at = state.findings.findIndex(({ id }) => id === state.selected);
    if (state.selected !== before.selected && at >= state.findings.length - AHEAD_ROWS) more();
  });
  place.addEventListener('scroll', () => {
    if (place.scrollHeight - place.scrollTop - place.clientHeight < AHEAD_PX) more();
  });
  renderFoot(desk.state);
  return { focus };
}

/**
 * @param {Finding} finding
 * @returns {string} all of it that a row says
 */
function told({ rule, numbers, measure_text: measure, status, assignee, accepted_until: until, disputed, waiting, age_days: age }) {
  return JSON.stringify([rule, numbers, measure, status, assignee, until, disputed, waiting?.draft_id, age]);
}

/**
 * @param {string} name
 * @param {Node | string} content
 * @returns {HTMLElement}
 */
function cell(name, content) {
  return h('td', { class: name, role: 'gridcell' }, content);
}
