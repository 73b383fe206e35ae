/**
 * Loading what the view shows. One request at a time, the newest wins; too much to show is said and changes nothing.
 *
 * @module loading
 */

/** @import {Api} from './api.js' */
/** @import {MapView} from './map_view.js' */
/** @import {Session} from './session.js' */
/** @import {Box} from './types.js' */

import { ApiProblem, NoAnswer } from './api.js';
import { widen } from './geodesy.js';

const DEBOUNCE_MS = 180;
/** A view inside what was loaded a moment ago is not asked for again. */
const FRESH_FOR_MS = 20_000;
const AROUND = 0.15;
const MOST_STEPS_NEARER = 6;

export class Loading {
  /**
   * @param {Api} api
   * @param {MapView} view
   * @param {Session} session
   */
  constructor(api, view, session) {
    this.api = api;
    this.view = view;
    this.session = session;
    this.timer = 0;
    this.loadedAt = -Infinity;
    /** @type {AbortController | null} */
    this.running = null;
    /** The newest request: who waits for one that it replaced, waits for it. */
    this.current = Promise.resolve();
    view.onViewChange(() => this.soon());
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.now(), DEBOUNCE_MS);
  }

  /**
   * Load the first view; where it holds too many parcels, go nearer until something can be shown.
   * @returns {Promise<void>}
   */
  async first() {
    await this.now();
    for (let step = 0; step < MOST_STEPS_NEARER && this.session.state.isTooMany; step += 1) {
      this.view.goTo(this.view.centre, this.view.position.zoom + 1);
      await this.now();
    }
  }

  /** Forget that the view was loaded: it has changed on the server. */
  expire() {
    this.loadedAt = -Infinity;
  }

  /** @returns {Promise<void>} resolved when the view as it is at last is loaded, or the reason why not is said */
  now() {
    clearTimeout(this.timer);
    const { box } = this.view;
    if (this.session.state.isSaving || this.#isFresh(box)) return Promise.resolve();
    this.running?.abort();
    this.running = new AbortController();
    this.current = this.#load(widen(box, AROUND), this.running.signal);
    return this.current;
  }

  /**
   * @param {Box} asked
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  async #load(asked, signal) {
    const { session } = this;
    session.set({ isLoading: true });
    try {
      const coverage = await this.api.coverage(asked, signal);
      if (!signal.aborted && !session.state.isSaving) {
        session.load(coverage, asked);
        this.loadedAt = performance.now();
      }
    } catch (error) {
      if (!signal.aborted) this.#explain(error);
    }
    if (signal.aborted) await this.current;
  }

  /**
   * @param {Box} box
   * @returns {boolean}
   */
  #isFresh(box) {
    const { loaded } = this.session.state;
    if (!loaded || performance.now() - this.loadedAt > FRESH_FOR_MS) return false;
    return loaded[0] <= box[0] && loaded[1] <= box[1] && loaded[2] >= box[2] && loaded[3] >= box[3];
  }

  /** @param {unknown} error */
  #explain(error) {
    const { session } = this;
    session.set({ isLoading: false });
    if (error instanceof ApiProblem && error.is('too_many_parcels')) session.set({ isTooMany: true });
    else if (error instanceof ApiProblem && error.status === 401) session.say('bad', 'You are no longer signed in. Your steps are kept; sign in again in another tab.');
    else if (error instanceof ApiProblem) session.say('bad', `The parcels of this view could not be loaded: ${error.message}`);
    else if (error instanceof NoAnswer) {
      session.say('warn', 'The server cannot be reached; the map is as last loaded. Trying again.');
      this.timer = window.setTimeout(() => void this.now(), 4000);
    } else throw error;
  }
}
