/**
 * The panel beside the map: which parcel is selected, and tabs of what there is to know and do.
 *
 * @module panels/parcel_panel
 */

/** @import {Session} from '../session.js' */

import { label, labels } from '../actions/ring_repair.js';
import { fill, h, setAttribute } from '../dom.js';
import { counted, dateTime, figure } from '../format.js';

/** @typedef {{name: string, label: string, content: HTMLElement, opened?: () => void, closed?: () => void, needsParcel: boolean, ofRetired?: boolean, count?: () => number}} Tab `ofRetired`: also of a retired parcel */

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {Tab[]} tabs
 * @param {(id: string) => string} adminUrl
 * @returns {{open: (name: string) => void}}
 */
export function createParcelPanel(place, session, tabs, adminUrl) {
  const head = h('div', { class: 'panel-head' });
  const list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Parcel and edit' });
  const buttons = tabs.map((tab) => tabButton(tab, () => open(tab.name)));
  list.append(...buttons);
  const empty = h('p', { class: 'empty' }, 'Select a parcel on the map to read about it here.');
  place.append(head, list, empty, ...tabs.map((tab) => panelOf(tab)));
  let active = 'edit';

  /** @param {string} name */
  const open = (name) => {
    if (name !== active) tabs.find((tab) => tab.name === active)?.closed?.();
    active = name;
    render();
    tabs.find((tab) => tab.name === name)?.opened?.();
  };
  list.addEventListener('keydown', (event) => {
    const usable = buttons.filter((button) => !button.disabled);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = usable.findIndex((button) => button === document.activeElement);
    const next = usable[(at + step + usable.length) % usable.length];
    next?.focus();
    next?.click();
    event.preventDefault();
  });

  const render = () => {
    // Of several, what one of them is would be taken for what all are.
    const parcel = session.chosen.length === 1 ? session.chosen[0] : undefined;
    const { retired } = session.state;
    /** @param {Tab} tab */
    const isUsable = (tab) => Boolean(parcel) || !tab.needsParcel || (retired !== null && tab.ofRetired === true);
    const current = tabs.find((tab) => tab.name === active && isUsable(tab)) ?? tabs.find((tab) => !tab.needsParcel);
    renderHead(head, session, adminUrl);
    empty.hidden = current !== undefined;
    tabs.forEach((tab, index) => {
      const button = buttons[index];
      if (!button) return;
      const isOn = tab === current;
      button.disabled = !isUsable(tab);
      setAttribute(button, 'aria-selected', String(isOn));
      setAttribute(button, 'tabindex', isOn ? 0 : -1);
      const count = tab.count?.() ?? 0;
      fill(button, tab.label, count > 0 ? h('span', { class: 'count' }, String(count)) : null);
      tab.content.hidden = !isOn;
    });
  };
  session.subscribe((state, before) => {
    if (state.draft === before.draft && state.selected === before.selected && state.also === before.also && state.retired === before.retired) return;
    if (state.retired && state.retired !== before.retired) return open(tabs.find((tab) => tab.ofRetired)?.name ?? active);
    if (state.selected !== before.selected && state.selected && state.draft.isEmpty && active === 'edit') active = 'attributes';
    if (state.draft.steps.length > before.draft.steps.length && state.draft.operations.at(-1)?.op !== 'update') {
      tabs.find((tab) => tab.name === active)?.closed?.();
      active = 'edit';
    }
    render();
    if (state.selected !== before.selected || state.draft.graph.base !== before.draft.graph.base) {
      tabs.find((tab) => tab.name === active)?.opened?.();
    }
  });
  render();
  return { open };
}

/**
 * @param {Tab} tab
 * @param {() => void} open
 * @returns {HTMLButtonElement}
 */
function tabButton(tab, open) {
  return h('button', { type: 'button', class: 'tab', role: 'tab', id: `tab-${tab.name}`, 'aria-controls': `panel-${tab.name}`, click: open }, tab.label);
}

/**
 * @param {Tab} tab
 * @returns {HTMLElement}
 */
function panelOf({ name, content }) {
  for (const [attribute, value] of Object.entries({ role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}` })) {
    setAttribute(content, attribute, value);
  }
  return content;
}

/**
 * @param {HTMLElement} head
 * @param {Session} session
 * @param {(id: string) => string} adminUrl
 */
function renderHead(head, session, adminUrl) {
  const parcel = session.state.selected ? session.graph.parcel(session.state.selected) : undefined;
  const { retired } = session.state;
  if (!parcel && retired) {
    fill(head,
      h('div', {}, h('span', { class: 'eyebrow' }, 'Retired parcel'), h('h1', { class: 'quiet' }, retired.label)),
      h('div', { class: 'head-side' }, h('span', { class: 'chip' }, `retired ${dateTime(retired.at)}`), h('a', { class: 'quiet-link', href: adminUrl(retired.id) }, 'Open in Admin')));
    return;
  }
  if (!parcel) {
    fill(head, h('div', {}, h('span', { class: 'eyebrow' }, 'Parcel'), h('h1', { class: 'quiet' }, 'None selected')));
    return;
  }
  if (session.state.also.length > 0) return renderSeveral(head, session);
  fill(head,
    h('div', {}, h('span', { class: 'eyebrow' }, String(parcel.properties['kind'] ?? 'Parcel')), h('h1', {}, label(parcel))),
    h('div', { class: 'head-side' }, h('span', { class: 'chip' }, parcel.version === 0 ? 'new' : `version ${parcel.version}`),
      parcel.version === 0 ? null : h('a', { class: 'quiet-link', href: adminUrl(parcel.id) }, 'Open in Admin')));
}

/**
 * @param {HTMLElement} head
 * @param {Session} session
 */
function renderSeveral(head, session) {
  const { chosen, graph } = session;
  const area = chosen.reduce((sum, parcel) => sum + graph.areaM2(parcel), 0);
  fill(head,
    h('div', {}, h('span', { class: 'eyebrow' }, `${counted(chosen.length, 'parcel')} selected`), h('h1', {}, labels(chosen))),
    h('div', { class: 'head-side' }, h('span', { class: 'chip' }, `${figure(area)} m²`)));
}
