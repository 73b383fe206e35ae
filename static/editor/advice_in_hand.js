/**
 * The stacks and gaps that what is in hand would open, while it moves. They take some milliseconds to find, so they are
 * sought as often as leaves most of the time to the hand; between, the last answer stands. Where one look takes longer than
 * a frame lasts, as on a road of thousands of points, the hand would be seen to halt: the next waits until it does.
 *
 * @module advice_in_hand
 */

/** @import {Graph} from './graph.js' */
/** @import {Advice} from './rules/at_once.js' */
/** @import {Judging} from './rules/rule_book.js' */

import { advisedAtOnce } from './rules/at_once.js';

/** Of the time that passes this part at most is spent on it. */
const SHARE = 1 / 6;
const LEAST_MS = 50;
const FRAME_MS = 16;
const REST_MS = 100;

export class AdviceInHand {
  /**
   * @param {Pick<Judging, 'exclusive' | 'rules'>} terms what is judged by, as it is at the time
   * @param {() => void} repaint told when there is an answer for a hand that rests
   * @param {{now: () => number, start: (act: () => void, ms: number) => number, stop: (timer: number) => void}} [clock]
   */
  constructor(terms, repaint, clock = { now: () => performance.now(), start: (act, ms) => window.setTimeout(act, ms), stop: (timer) => clearTimeout(timer) }) {
    this.terms = terms;
    this.repaint = repaint;
    this.clock = clock;
    this.timer = 0;
    /** When it may be sought again; Infinity: when the hand rests. */
    this.due = 0;
    /** @type {Graph | null} */
    this.graph = null;
    /** @type {Advice[]} */
    this.last = [];
  }

  /**
   * @param {Graph | null} graph as it would be; null where nothing is in hand
   * @returns {Advice[]}
   */
  of(graph) {
    if (graph === this.graph) return this.last;
    this.clock.stop(this.timer);
    this.graph = graph;
    if (!graph) {
      this.last = [];
      if (this.due === Infinity) this.due = 0;
    } else if (this.clock.now() >= this.due) this.#seek(graph);
    else {
      this.timer = this.clock.start(() => {
        this.#seek(graph);
        this.repaint();
      }, this.due === Infinity ? REST_MS : this.due - this.clock.now());
    }
    return this.last;
  }

  /** @param {Graph} graph */
  #seek(graph) {
    const from = this.clock.now();
    this.last = advisedAtOnce(graph, this.terms);
    const to = this.clock.now();
    this.due = to - from > FRAME_MS ? Infinity : to + Math.max(LEAST_MS, (to - from) / SHARE);
  }
}
