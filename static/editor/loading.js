/**
 * Loading what is shown exactly or edited. One request at a time, the newest wins; too much is said and changes nothing.
 *
 * @module loading
 */

/** @import {Api} from './api.js' */
/** @import {CoverageChoice} from './coverage_choice.js' */
/** @import {MapView} from './map_view.js' */
/** @import {Session} from './session.js' */
/** @import {Box, Coverage} from './types.js' */

import { ApiProblem, NoAnswer } from './api.js';
import { boxesMeet } from './storage/geodesy.js';

const DEBOUNCE_MS = 180;
/** A view inside what was loaded a moment ago is not asked for again. */
const FRESH_FOR_MS = 20_000;
const MOST_STEPS_NEARER = 6;

export class Loading {
  /**
   * @param {Api} api
   * @param {MapView} view
   * @param {Session} session
   * @param {CoverageChoice} choice
   */
  constructor(api, view, session, choice) {
    this.choice = choice;
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

  /**
   * Others changed something: what is loaded there is loaded again.
   * @param {Box[] | null} boxes null for everywhere
   */
  changedElsewhere(boxes) {
    const { loaded } = this.session.state;
    if (!loaded || (boxes && !boxes.some((box) => boxesMeet(box, loaded)))) return;
    this.expire();
    this.soon();
  }

  /** Forget that the view was loaded: it has changed on the server. */
  expire() {
    this.loadedAt = -Infinity;
  }

  /**
   * @param {Box | null} [target] what is about to be selected
   * @returns {Promise<void>} resolved when what is needed at last is loaded, or the reason why not is said
   */
  now(target = null) {
    clearTimeout(this.timer);
    if (this.session.state.isSaving) return Promise.resolve();
    this.running?.abort();
    this.running = new AbortController();
    this.current = this.#load(target, this.running.signal);
    return this.current;
  }

  /**
   * @param {Box | null} target
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  async #load(target, signal) {
    const extent = await this.choice.extent(signal, target);
    if (!signal.aborted) {
      if (!extent) this.session.set({ isTooMany: false, isLoading: false });
      else if ('parcel' in extent) await this.#ask(() => this.api.coverageOf([extent.parcel]), null, signal);
      else if (!this.#isFresh(extent.needed)) await this.#ask(() => this.api.coverage(extent.asked, signal), extent.asked, signal);
      const { selected, isTooMany } = this.session.state;
      const isMissing = selected !== null && !this.session.graph.parcel(selected);
      if (isMissing && isTooMany) await this.#ask(() => this.api.coverageOf([selected]), null, signal);
    }
    if (signal.aborted) await this.current;
  }

  /**
   * @param {() => Promise<Coverage>} ask
   * @param {Box | null} box that is loaded by it; null for a parcel alone
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  async #ask(ask, box, signal) {
    const { session } = this;
    session.set({ isLoading: true });
    try {
      const coverage = await ask();
      if (signal.aborted || session.state.isSaving) return;
      session.load(coverage, box);
      if (box) this.loadedAt = performance.now();
      const { selected } = session.state;
      if (selected !== null && !session.graph.parcel(selected)) {
        session.select(null);
        session.say('warn', 'This parcel is no longer there: somebody changed it a moment ago.');
      }
    } catch (error) {
      if (!signal.aborted) this.#explain(error);
    }
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
