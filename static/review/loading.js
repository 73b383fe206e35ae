/**
 * Asking for the list, its next page and the figures. What is asked anew overtakes what was asked before.
 *
 * @module review/loading
 */

/** @import {Desk} from './desk.js' */
/** @import {ReviewApi} from './review_api.js' */

import { ApiProblem, NoAnswer } from '../editor/api.js';

export class Loading {
  /**
   * @param {Desk} desk
   * @param {ReviewApi} api
   */
  constructor(desk, api) {
    this.desk = desk;
    this.api = api;
    /** @type {AbortController | null} */
    this.list = null;
    /** @type {AbortController | null} */
    this.figures = null;
  }

  /**
   * The list from its beginning, and the figures.
   * @param {{isQuiet?: boolean, keep?: number | null}} [options] `isQuiet`: what is shown stays until the answer; `keep`:
   *   stays selected though the list may not hold it
   * @returns {Promise<void>}
   */
  async anew({ isQuiet = false, keep = null } = {}) {
    const { desk } = this;
    void this.summary();
    this.list?.abort();
    const { signal } = (this.list = new AbortController());
    desk.set({ isLoading: true, failure: '', ...(isQuiet ? {} : { findings: [], cursor: null, isAsked: false, checked: new Set() }) });
    await this.#guarded(signal, async () => {
      const { findings, next_cursor: cursor } = await this.api.list(desk.state.filters, null, signal);
      if (signal.aborted) return;
      const wanted = keep ?? desk.state.selected;
      const same = findings.find(({ id }) => id === wanted) ?? null;
      const isKept = keep !== null || same !== null;
      const chosen = isKept ? wanted : (findings[0]?.id ?? null);
      const ids = new Set(findings.map(({ id }) => id));
      desk.set({
        findings, cursor, isLoading: false, isAsked: true, selected: chosen, finding: same ?? (isKept ? desk.state.finding : (findings[0] ?? null)),
        checked: new Set([...desk.state.checked].filter((id) => ids.has(id))),
      });
    });
  }

  /** @returns {Promise<void>} the next page of the list */
  async more() {
    const { desk } = this;
    const { cursor, isLoading } = desk.state;
    if (cursor === null || isLoading) return;
    const { signal } = (this.list = new AbortController());
    desk.set({ isLoading: true, failure: '' });
    await this.#guarded(signal, async () => {
      const { findings, next_cursor: next } = await this.api.list(desk.state.filters, cursor, signal);
      if (signal.aborted) return;
      const known = new Set(desk.state.findings.map(({ id }) => id));
      desk.set({ findings: [...desk.state.findings, ...findings.filter(({ id }) => !known.has(id))], cursor: next, isLoading: false });
    });
  }

  /** @returns {Promise<void>} the figures */
  async summary() {
    this.figures?.abort();
    const { signal } = (this.figures = new AbortController());
    try {
      const summary = await this.api.summary(this.desk.state.filters, signal);
      if (!signal.aborted) this.desk.set({ summary });
    } catch (error) {
      // The list says what is wrong with the connection; figures of before are better than none.
      if (!signal.aborted && !(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    }
  }

  /**
   * @param {AbortSignal} signal
   * @param {() => Promise<void>} ask
   * @returns {Promise<void>}
   */
  async #guarded(signal, ask) {
    try {
      await ask();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      this.desk.set({ isLoading: false, isAsked: true, failure: error.message });
    }
  }
}
