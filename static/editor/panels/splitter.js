/**
 * A line between the map and a panel that resizes the panel: by dragging, or by keys as WAI-ARIA's window splitter has it
 * (arrows, Home, End; Enter hides the panel and shows it again). A double click resets. The browser remembers.
 *
 * The size is a custom property of the page's root, which the style sheets read; on a narrow window, where the panel lies
 * below the map, it is another one.
 *
 * @module panels/splitter
 */

/** @import {Memory} from '../layers.js' */

import { setAttribute } from '../dom.js';

/** @typedef {{least: number, most: number}} Range pixels */
/** @typedef {{size: number | null, isHidden: boolean}} Kept `size`: pixels, null for the usual */

const STEP_PX = 16;
const NARROW = '(max-width: 900px)';
const LEAST_PX = { x: 260, y: 120 };
/** What the map keeps of the room that both share. */
const OF_MAP = 0.35;

/**
 * @param {number} size
 * @param {Range} range
 * @returns {number} whole pixels within the range; its least where the window is too small for any
 */
export function within(size, { least, most }) {
  return Math.round(Math.max(least, Math.min(most, size)));
}

/**
 * @param {string} key
 * @param {boolean} isFar whether Shift is held
 * @param {number} size
 * @param {Range} range
 * @returns {number | null} the panel's size after a key; null for a key that means nothing here
 */
export function sizeAfterKey(key, isFar, size, range) {
  const step = isFar ? 4 * STEP_PX : STEP_PX;
  // The panel lies right of the line, or below it: the line goes where the arrow points.
  if (key === 'ArrowLeft' || key === 'ArrowUp') return within(size + step, range);
  if (key === 'ArrowRight' || key === 'ArrowDown') return within(size - step, range);
  if (key === 'Home') return range.least;
  if (key === 'End') return range.most;
  return null;
}

/**
 * @param {string | null | undefined} text as the browser remembers it
 * @returns {Kept}
 */
export function readKept(text) {
  const [size, state] = (text ?? '').split(' ');
  const number = Number(size);
  return { size: size && Number.isFinite(number) && number > 0 ? number : null, isHidden: state === 'hidden' };
}

export class Splitter {
  /**
   * @param {HTMLElement} line the separator; `data-splitter` is its name, `data-axis` fixes its direction
   * @param {HTMLElement} panel right of the line, or below it
   * @param {Memory | null} memory
   */
  constructor(line, panel, memory) {
    this.line = line;
    this.panel = panel;
    this.memory = memory;
    this.kept = readKept(null);
    /** Called when the panel was hidden or shown. @type {(isHidden: boolean) => void} */
    this.onHidden = () => undefined;
    this.narrow = window.matchMedia(NARROW);
    this.narrow.addEventListener('change', () => this.restore());
    window.addEventListener('resize', () => this.#tell());
    line.addEventListener('keydown', (event) => this.#key(event));
    line.addEventListener('pointerdown', (event) => this.#grab(event));
    line.addEventListener('dblclick', () => this.#set({ size: null, isHidden: false }));
    this.restore();
  }

  /** @returns {'x' | 'y'} along which the panel grows */
  get axis() {
    const fixed = this.line.dataset['axis'];
    if (fixed === 'x' || fixed === 'y') return fixed;
    return this.narrow.matches ? 'y' : 'x';
  }

  /** @returns {boolean} */
  get isHidden() {
    return this.kept.isHidden;
  }

  /** Apply what the browser remembers for this axis. */
  restore() {
    this.kept = readKept(this.memory?.getItem(this.#name()));
    this.#apply();
  }

  toggle() {
    this.#set({ ...this.kept, isHidden: !this.kept.isHidden });
  }

  /** Something in the panel needs to be seen. */
  show() {
    if (this.kept.isHidden) this.toggle();
  }

  /** @returns {string} */
  #name() {
    return `spatial-admin.${this.line.dataset['splitter']}-${this.axis}`;
  }

  /** @returns {Range} */
  #range() {
    const room = /** @type {HTMLElement} */ (this.line.parentElement).getBoundingClientRect();
    const least = LEAST_PX[this.axis];
    return { least, most: Math.max(least, Math.round((1 - OF_MAP) * (this.axis === 'x' ? room.width : room.height))) };
  }

  /** @returns {number} */
  #size() {
    const box = this.panel.getBoundingClientRect();
    return Math.round(this.axis === 'x' ? box.width : box.height);
  }

  /** @param {Kept} kept */
  #set(kept) {
    this.kept = kept;
    this.memory?.setItem(this.#name(), `${kept.size ?? 0}${kept.isHidden ? ' hidden' : ''}`);
    this.#apply();
  }

  #apply() {
    const { size, isHidden } = this.kept;
    const property = `--${this.line.dataset['splitter']}-${this.axis}`;
    const { style } = document.documentElement;
    if (size === null) style.removeProperty(property);
    else style.setProperty(property, `${within(size, this.#range())}px`);
    this.panel.hidden = isHidden;
    this.line.classList.toggle('is-closed', isHidden);
    this.onHidden(isHidden);
    this.#tell();
  }

  #tell() {
    const { least, most } = this.#range();
    const size = this.kept.isHidden ? 0 : this.#size();
    setAttribute(this.line, 'aria-orientation', this.axis === 'x' ? 'vertical' : 'horizontal');
    setAttribute(this.line, 'aria-valuemin', 0);
    setAttribute(this.line, 'aria-valuemax', Math.max(most, size, least));
    setAttribute(this.line, 'aria-valuenow', size);
    setAttribute(this.line, 'aria-valuetext', this.kept.isHidden ? 'hidden' : `${size} pixels`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter') this.toggle();
    else {
      const size = sizeAfterKey(event.key, event.shiftKey, this.kept.isHidden ? 0 : this.#size(), this.#range());
      if (size === null) return;
      this.#set({ size, isHidden: false });
    }
    // A key that moves the line must not move the map as well.
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    if (event.button !== 0) return;
    const isAcross = this.axis === 'x';
    const at = (/** @type {PointerEvent} */ moved) => (isAcross ? moved.clientX : moved.clientY);
    const begin = at(event);
    const size = this.kept.isHidden ? 0 : this.#size();
    const { line } = this;
    line.setPointerCapture(event.pointerId);
    line.classList.add('is-dragged');
    const move = (/** @type {PointerEvent} */ moved) => {
      // A press alone changes nothing: it may be the first of a double click.
      if (Math.abs(begin - at(moved)) < 3) return;
      const range = this.#range();
      const wanted = size + begin - at(moved);
      this.#set(wanted < range.least / 2 ? { ...this.kept, isHidden: true } : { size: within(wanted, range), isHidden: false });
    };
    const end = () => {
      line.removeEventListener('pointermove', move);
      line.classList.remove('is-dragged');
    };
    line.addEventListener('pointermove', move);
    line.addEventListener('lostpointercapture', end, { once: true });
  }
}

/**
 * Every line that the page has, each with the panel that it controls.
 * @param {ParentNode} root
 * @param {Memory | null} memory
 * @returns {Splitter[]}
 */
export function createSplitters(root, memory) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-splitter]'))].flatMap((line) => {
    const panel = document.getElementById(line.getAttribute('aria-controls') ?? '');
    return panel ? [new Splitter(line, panel, memory)] : [];
  });
}
