/**
 * The figures above the queue: how much is open, whose, how it goes, and of which rules. A bar chooses its rule.
 *
 * @module review/figures
 */

/** @import {Desk} from './desk.js' */
/** @import {Summary} from './types.js' */

import { fill, h } from '../editor/dom.js';
import { figure } from '../editor/format.js';
import { s } from '../editor/print/svg.js';
import { ruleName } from './words.js';

/** Rules with a bar of their own; the others share one. */
const MOST_BARS = 4;
const TREND = { width: 96, height: 30 };

/**
 * @param {HTMLElement} cards
 * @param {HTMLElement} bars
 * @param {Desk} desk
 * @param {(rule: string) => void} onRule
 */
export function createFigures(cards, bars, desk, onRule) {
  const render = () => {
    const { summary, filters } = desk.state;
    fill(cards, card('Open', summary?.open), card('Yours', summary?.yours), card('Fixed this week', summary?.fixed_this_week), summary ? trend(summary.trend) : null);
    fill(bars, ...(summary ? barsOf(summary, filters.rule, onRule) : []));
  };
  desk.subscribe((state, before) => {
    if (state.summary !== before.summary || state.filters.rule !== before.filters.rule) keepingFocus(bars, render);
  });
  render();
}

/**
 * The same bar has the keyboard again after the bars were made anew.
 * @param {HTMLElement} bars
 * @param {() => void} render
 */
function keepingFocus(bars, render) {
  const held = bars.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset['rule'] : undefined;
  render();
  if (held !== undefined) /** @type {HTMLElement | null} */ (bars.querySelector(`[data-rule="${held}"]`) ?? bars.querySelector('button'))?.focus();
}

/**
 * @param {string} name
 * @param {number | undefined} count
 * @returns {HTMLElement}
 */
function card(name, count) {
  return h('div', { class: 'card-figure' }, h('span', { class: 'eyebrow' }, name), h('strong', {}, count === undefined ? '–' : figure(count, 0)));
}

/**
 * @param {Summary} summary
 * @param {string} chosen
 * @param {(rule: string) => void} onRule
 * @returns {HTMLElement[]}
 */
function barsOf({ by_rule: rules }, chosen, onRule) {
  const sorted = [...rules].sort((a, b) => b.count - a.count);
  const own = sorted.length <= MOST_BARS + 1 ? sorted : sorted.slice(0, MOST_BARS);
  const others = sorted.slice(own.length).map(({ rule }) => rule).join(',');
  const rest = sorted.slice(own.length).reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(1, rest, ...own.map(({ count }) => count));
  /** @param {string} rule @param {string} hue @param {string} name @param {number} count */
  const one = (rule, hue, name, count) => h('button', {
    type: 'button', class: `bar ${hue}`, 'data-rule': rule, 'aria-pressed': String(rule === chosen), title: rule === chosen ? 'Show all rules again' : `Only ${name.toLowerCase()}`,
    click: () => onRule(rule === chosen ? '' : rule),
  }, ...bar(name, count, most));
  return [
    ...own.map(({ rule, count }) => one(rule, `rule-${rule.replaceAll('_', '-')}`, ruleName(rule), count)),
    ...(others ? [one(others, '', 'Other', rest)] : []),
  ];
}

/**
 * @param {string} name
 * @param {number} count
 * @param {number} most
 * @returns {Node[]}
 */
function bar(name, count, most) {
  const drawn = s('svg', { class: 'bar-line', 'aria-hidden': 'true' }, s('rect', { width: `${Math.max(1, (100 * count) / most)}%`, height: '8', rx: '4' }));
  return [h('span', {}, name), drawn, h('b', {}, figure(count, 0))];
}

/**
 * @param {Summary['trend']} days
 * @returns {SVGElement | null} a line of open findings; null where there are no two days
 */
function trend(days) {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last || days.length < 2) return null;
  const counts = days.map(({ open }) => open);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const x = (/** @type {number} */ index) => 2 + (index / (days.length - 1)) * (TREND.width - 4);
  const y = (/** @type {number} */ open) => 3 + (most === least ? 0.5 : 1 - (open - least) / (most - least)) * (TREND.height - 6);
  const line = s('polyline', { points: counts.map((open, index) => `${x(index).toFixed(1)},${y(open).toFixed(1)}`).join(' ') });
  const said = `Open findings from ${first.open} on ${first.day} to ${last.open} on ${last.day}`;
  return s('svg', { class: 'trend', viewBox: `0 0 ${TREND.width} ${TREND.height}`, role: 'img', 'aria-label': said, 'data-way': last.open > first.open ? 'up' : 'down' }, s('title', {}, said), line);
}
