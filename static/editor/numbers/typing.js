/**
 * Typing numbers while something is in hand: which keys begin it, and what a text does to the point or line in hand.
 *
 * @module typing
 */

/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {Lock} from '../snapping/lock.js' */
/** @import {Meaning} from '../panels/typed_field.js' */
/** @import {Bench} from '../tools/tool.js' */
/** @import {LonLat, StoragePair} from '../types.js' */

import { courseText } from './bearing.js';
import { courseBetween } from './course.js';
import { parseTyped, UNDERSTOOD } from './course_text.js';
import { isTextField } from '../dom.js';
import { storageText } from '../format.js';
import { lockText } from '../snapping/lock.js';
import { TypedField } from '../panels/typed_field.js';
import { positionTyped } from './typed_position.js';

/** @typedef {LonLat & {pair?: StoragePair | null}} Place */

/**
 * @typedef {object} Target what is in hand
 * @property {Place | null} from where distances are measured from; null before the first point of a line
 * @property {Place | null} towards where the pointer is
 * @property {(position: LinePosition | null) => void} show as it would be; null for as the pointer has it
 * @property {(position: LinePosition) => boolean} take
 * @property {() => void} [leave] closed without anything taken
 * @property {() => void} [held] its length or bearing is held now
 */

/** A small s is the switch of snapping; T opens the field empty; = holds what is typed. */
const BEGINNING = /^[0-9@<.=NESWn]$/;

/**
 * @param {KeyboardEvent} event
 * @returns {string | null} what the field begins with; null where the key means something else
 */
export function beginningOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTextField(event.target) || document.querySelector('dialog[open]')) return null;
  if (event.key === 't') return '';
  return BEGINNING.test(event.key) ? event.key : null;
}

export class Typing {
  /** @param {Bench} bench */
  constructor(bench) {
    this.bench = bench;
    /** @type {Target | null} */
    this.target = null;
    /** @type {Element | null} */
    this.before = null;
    this.field = new TypedField(bench.view.container.parentElement ?? bench.view.container, {
      change: (text) => this.#change(text), enter: (text) => this.#enter(text), escape: () => this.close(),
    });
  }

  get isOpen() {
    return this.field.isOpen;
  }

  /**
   * @param {Target} target
   * @param {string} text
   */
  open(target, text) {
    const { view } = this.bench;
    this.target = target;
    this.before = document.activeElement;
    const at = target.towards ?? target.from;
    this.field.open(view.pixelOf(at ?? view.centre), text);
  }

  /** @param {Place} place where the pointer is now */
  aim(place) {
    if (!this.target) return;
    this.target.towards = place;
    this.field.refresh();
  }

  /** Without anything taken. */
  close() {
    const { target } = this;
    this.#away();
    target?.leave?.();
  }

  #away() {
    this.target = null;
    const hasFocus = this.field.element.contains(document.activeElement);
    this.field.close();
    if (!hasFocus || this.before === document.body) return;
    const back = this.before instanceof HTMLElement && this.before.isConnected ? this.before : this.bench.view.container;
    back.focus({ preventScroll: true });
  }

  /**
   * @param {string} text
   * @returns {ReturnType<typeof positionTyped>}
   */
  #meant(text) {
    const { graph, state } = this.bench.session;
    const { from = null, towards = null } = this.target ?? {};
    return positionTyped(graph, text, { from: from && graph.pairOf(from), towards: towards && graph.pairOf(towards), loaded: state.loaded, lock: state.lock });
  }

  /**
   * @param {string} text "=28.69", "=S 51 21 00 W", "= 28.69 < 231.35"
   * @returns {{lock: Lock} | {why: string} | null} null where nothing is to be held
   */
  #locked(text) {
    if (!text.trimStart().startsWith('=')) return null;
    const why = 'Type after = the length or the bearing to hold: =28.69, =S 51 21 00 W, =< 231.35.';
    if (!this.target?.from) return { why: 'There is no point yet to measure from.' };
    const typed = parseTyped(text.trim().slice(1), this.bench.session.graph.base.grid.isGeographic);
    if ('distance' in typed) return { lock: { metres: typed.distance, degrees: this.bench.session.state.lock?.degrees ?? null } };
    if ('bearing' in typed) return { lock: { metres: this.bench.session.state.lock?.metres ?? null, degrees: typed.bearing } };
    return 'course' in typed ? { lock: typed.course } : { why };
  }

  /**
   * @param {string} text
   * @returns {Meaning}
   */
  #change(text) {
    const locked = this.#locked(text);
    if (locked) return 'lock' in locked ? { text: `Enter: ${lockText(locked.lock, this.bench.session.state.bearings)}`, isGood: true } : { text: locked.why, isGood: false };
    const meant = text.trim() === '' ? { why: UNDERSTOOD } : this.#meant(text);
    this.target?.show('position' in meant ? meant.position : null);
    if ('why' in meant) return { text: meant.why, isGood: false };
    const { graph, state } = this.bench.session;
    const { grid } = graph.base;
    const { token } = meant.position;
    const pair = Array.isArray(token) ? token : graph.pairOf(meant.position);
    const from = this.target?.from;
    const course = from ? courseText(courseBetween(grid, graph.pairOf(from), pair), state.bearings) : '';
    return { text: [course, storageText(pair, grid.isGeographic)].filter(Boolean).join(' · '), isGood: true };
  }

  /**
   * @param {string} text
   * @returns {boolean}
   */
  #enter(text) {
    const locked = this.#locked(text);
    if (locked) return 'lock' in locked && this.#hold(locked.lock);
    const meant = this.#meant(text);
    const { target } = this;
    if (!target || 'why' in meant) return false;
    this.#away();
    target.take(meant.position);
    return true;
  }

  /**
   * @param {Lock} lock
   * @returns {boolean}
   */
  #hold(lock) {
    const { target } = this;
    this.#away();
    // Without the button nothing holds the point; what is typed or dragged next is held to it.
    target?.leave?.();
    this.bench.session.set({ lock });
    target?.held?.();
    return true;
  }
}
