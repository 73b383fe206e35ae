/**
 * What the page shows and who has what in hand: one state, told to every pane when it changes.
 *
 * @module review/desk
 */

/** @import {Filters} from './filters.js' */
/** @import {Finding, Summary} from './types.js' */

/** @typedef {{kind: 'good' | 'info' | 'warn' | 'bad', text: string, again: (() => void) | null}} Notice `again`: what its button tries */

/**
 * @typedef {object} State
 * @property {Filters} filters
 * @property {Finding[]} findings those of the list that have come
 * @property {string | null} cursor there are more
 * @property {boolean} isLoading
 * @property {boolean} isAsked the list has come at least once for these filters
 * @property {string} failure why it could not be asked for; empty where it could
 * @property {Summary | null} summary
 * @property {number | null} selected
 * @property {Finding | null} finding the selected one, as it was told last
 * @property {ReadonlySet<number>} checked
 * @property {Notice | null} notice about the selected one
 */

export class Desk {
  /** @param {Filters} filters */
  constructor(filters) {
    /** @type {State} */
    this.state = {
      filters, findings: [], cursor: null, isLoading: false, isAsked: false, failure: '', summary: null, selected: null, finding: null,
      checked: new Set(), notice: null,
    };
    /** @type {((state: State, before: State) => void)[]} */
    this.listeners = [];
  }

  /** @param {(state: State, before: State) => void} listener after every change; compare to see what changed */
  subscribe(listener) {
    this.listeners.push(listener);
  }

  /** @param {Partial<State>} change */
  set(change) {
    const before = this.state;
    this.state = { ...before, ...change };
    for (const listener of this.listeners) listener(this.state, before);
  }

  /** @param {number | null} id */
  select(id) {
    if (id === this.state.selected) return;
    const finding = this.state.findings.find((each) => each.id === id) ?? null;
    this.set({ selected: id, finding, notice: null });
  }

  /**
   * The one before or after in the list; at its ends it stays.
   * @param {number} step infinite to an end
   * @returns {boolean} whether there was one
   */
  step(step) {
    const { findings, selected } = this.state;
    const at = findings.findIndex(({ id }) => id === selected);
    const next = findings[at < 0 ? 0 : Math.max(0, Math.min(findings.length - 1, at + step))];
    if (!next) return false;
    this.select(next.id);
    return true;
  }

  /** @param {Iterable<number>} ids */
  check(ids) {
    this.set({ checked: new Set(ids) });
  }

  /** @param {number} id */
  toggle(id) {
    const checked = new Set(this.state.checked);
    if (!checked.delete(id)) checked.add(id);
    this.set({ checked });
  }

  /**
   * Rows from one to another, besides those that are chosen.
   * @param {number | null} from
   * @param {number} to
   */
  extend(from, to) {
    const ids = this.state.findings.map(({ id }) => id);
    const [one, other] = [from === null ? ids.indexOf(to) : ids.indexOf(from), ids.indexOf(to)];
    this.check([...this.state.checked, ...ids.slice(Math.max(0, Math.min(one, other)), Math.max(one, other) + 1)]);
  }

  /** @returns {Finding[]} what an act is about: those that are chosen, else the selected one */
  get inHand() {
    const { checked, findings, finding } = this.state;
    if (checked.size > 0) return findings.filter(({ id }) => checked.has(id));
    return finding ? [finding] : [];
  }

  /**
   * Take out what the list is about no more, and go on to the next one.
   * @param {ReadonlySet<number>} gone
   */
  remove(gone) {
    const { findings, selected, checked } = this.state;
    const at = findings.findIndex(({ id }) => id === selected);
    const left = findings.filter(({ id }) => !gone.has(id));
    const change = { findings: left, checked: new Set([...checked].filter((id) => !gone.has(id))) };
    if (selected === null || !gone.has(selected)) return this.set(change);
    const next = findings.slice(Math.max(at, 0)).find(({ id }) => !gone.has(id)) ?? left.at(-1) ?? null;
    this.set({ ...change, selected: next?.id ?? null, finding: next, notice: null });
  }

  /**
   * A finding as it is told now.
   * @param {Finding} finding
   */
  update(finding) {
    const { findings, selected } = this.state;
    this.set({
      findings: findings.map((each) => (each.id === finding.id ? { ...each, ...finding } : each)),
      ...(selected === finding.id ? { finding } : {}),
    });
  }
}
