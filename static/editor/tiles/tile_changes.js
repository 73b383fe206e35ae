/**
 * What others changed: the server is asked every few seconds, while somebody looks, which boxes are to be drawn again.
 *
 * @module tile_changes
 */

/** @import {Api} from '../api.js' */
/** @import {Box} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';

/** What a colleague saves appears within five seconds: this, the answer, and the tile. */
const EVERY_MS = 3_000;

export class TileChanges {
  /**
   * @param {Pick<Api, 'tileChanges'>} api
   * @param {{onChange: (boxes: Box[] | null) => void, onAnswer: () => void}} told `onChange`: null for everywhere;
   *   `onAnswer`: the server answers, to somebody who is signed in
   */
  constructor(api, { onChange, onAnswer }) {
    this.api = api;
    this.onChange = onChange;
    this.onAnswer = onAnswer;
    /** @type {string | null} */
    this.mark = null;
    /** The mark that last told of something: no tile may be older. @type {string | null} */
    this.told = null;
    this.timer = 0;
    /** The last question asked; the next one waits for it. @type {Promise<unknown>} */
    this.last = Promise.resolve();
    /** Whether a first mark comes too late for tiles asked for before it. */
    this.isLate = false;
  }

  /**
   * Begin before the first tile is asked for: what changes after the mark is told, what changed before is in the tile.
   * @param {number} withinMs
   * @returns {Promise<void>} resolved also where there was no answer by then; the first that comes then means everything
   */
  begin(withinMs) {
    const isSeen = () => document.visibilityState === 'visible';
    document.addEventListener('visibilitychange', () => (isSeen() ? void this.poll() : clearTimeout(this.timer)));
    window.addEventListener('focus', () => void this.poll());
    window.addEventListener('online', () => void this.poll());
    const late = new Promise((resolve) => setTimeout(resolve, withinMs)).then(() => {
      this.isLate = true;
    });
    return Promise.race([this.poll(), late]);
  }

  /** @returns {Promise<void>} */
  async poll() {
    const boxes = await this.sinceLast();
    if (boxes === null || boxes.length > 0) this.onChange(boxes);
  }

  /**
   * Ask now. What is answered is told to nobody else.
   * @returns {Promise<Box[] | null>} where something changed since the last answer; null for everywhere
   */
  sinceLast() {
    const next = this.last.then(() => this.#ask());
    this.last = next;
    return next;
  }

  /** @returns {Promise<Box[] | null>} */
  async #ask() {
    clearTimeout(this.timer);
    let isGoingOn = true;
    try {
      const { mark, boxes, everything } = await this.api.tileChanges(this.mark);
      const isMissed = this.mark === null && this.isLate;
      if (this.mark === null || everything || boxes.length > 0) this.told = mark;
      this.mark = mark;
      this.onAnswer();
      return everything || isMissed ? null : boxes;
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      // Nothing to say: what is shown was true a moment ago, and the next answer tells all that changed since the mark.
      isGoingOn = !(error instanceof ApiProblem && error.status === 401);
      return [];
    } finally {
      this.isLate = true;
      if (isGoingOn && document.visibilityState === 'visible') this.timer = window.setTimeout(() => void this.poll(), EVERY_MS);
    }
  }
}
