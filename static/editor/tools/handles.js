/**
 * The handles on the map: one button for each point of the selected parcel, and one between two points to insert there.
 * Real buttons, so that Tab, a screen reader, a pen and a finger reach them.
 *
 * @module handles
 */

/** @import {LonLat, PointId} from '../types.js' */

import { h, setAttribute } from '../dom.js';

/**
 * @typedef {object} Handle
 * @property {string} key stable while the handle means the same
 * @property {'point' | 'middle'} kind
 * @property {LonLat} place
 * @property {string} name for a screen reader
 * @property {string | null} [reason] why it cannot be used, shown as its title
 * @property {[PointId] | [PointId, PointId]} points the point, or the two it stands between
 */

/**
 * @typedef {object} HandleBehaviour
 * @property {(handle: Handle, down: PointerEvent) => boolean} begin told where it was pressed; true to follow the pointer
 * @property {(event: PointerEvent) => void} follow
 * @property {(event: PointerEvent) => void} drop
 * @property {() => void} cancel
 * @property {(handle: Handle, isAdding: boolean) => void} activate click without a drag, Enter or Space; `isAdding` with Shift
 * @property {() => boolean} enter Enter, before it activates: true where it meant something else
 * @property {(handle: Handle, event: KeyboardEvent) => void} key
 * @property {(handle: Handle) => boolean} isChosen with others, to be moved with them
 * @property {(handle: Handle | null) => void} point pointer or focus on it
 */

/** A shaking hand or finger does not drag: fewer pixels than this are a click. */
const DRAG_FROM_PX = 3;

export class Handles {
  /**
   * @param {HTMLElement} pane
   * @param {(element: HTMLElement, place: LonLat) => void} place
   * @param {HandleBehaviour} behaviour
   */
  constructor(pane, place, behaviour) {
    this.pane = pane;
    this.place = place;
    this.behaviour = behaviour;
    /** @type {Map<string, {handle: Handle, element: HTMLElement}>} */
    this.shown = new Map();
    /** @type {{down: PointerEvent, isDragging: boolean} | null} */
    this.press = null;
    /** Points in view that have no handle until the map is zoomed in. */
    this.left = 0;
  }

  /**
   * Show exactly these. An element that stays keeps its place in the document, and so the focus.
   * @param {{handles: Handle[], left: number}} shown
   */
  show({ handles, left }) {
    this.left = left;
    const wanted = new Set(handles.map((handle) => handle.key));
    for (const [key, { element }] of this.shown) {
      if (wanted.has(key)) continue;
      element.remove();
      this.shown.delete(key);
    }
    /** @type {Element | null} */
    let previous = null;
    for (const handle of handles) previous = this.#showOne(handle, previous);
  }

  /**
   * @param {Handle} handle
   * @param {Element | null} previous
   * @returns {Element}
   */
  #showOne(handle, previous) {
    const known = this.shown.get(handle.key);
    const element = known?.element ?? this.#create(handle.key);
    this.shown.set(handle.key, { handle, element });
    if (!known) {
      if (previous) previous.after(element);
      else this.pane.prepend(element);
    }
    setAttribute(element, 'class', `handle handle-${handle.kind}`);
    setAttribute(element, 'aria-pressed', this.behaviour.isChosen(handle) ? 'true' : null);
    setAttribute(element, 'aria-label', handle.name);
    setAttribute(element, 'aria-disabled', handle.reason ? 'true' : null);
    setAttribute(element, 'title', handle.reason ?? null);
    setAttribute(element, 'data-points', handle.points.join(' '));
    this.place(element, handle.place);
    return element;
  }

  /**
   * Move one handle, as the pointer drags it.
   * @param {string} key
   * @param {LonLat} place
   * @param {boolean} isMoving
   */
  moveOne(key, place, isMoving) {
    const element = this.shown.get(key)?.element;
    if (!element) return;
    element.classList.toggle('is-moving', isMoving);
    this.place(element, place);
  }

  /**
   * @param {EventTarget | null} target
   * @returns {Handle | null} whose element it is
   */
  handleOf(target) {
    for (const { handle, element } of this.shown.values()) if (element === target) return handle;
    return null;
  }

  /** @returns {Handle[]} those of points */
  get points() {
    return [...this.shown.values()].flatMap(({ handle }) => (handle.kind === 'point' ? [handle] : []));
  }

  /** @param {string} key */
  focus(key) {
    this.shown.get(key)?.element.focus({ preventScroll: true });
  }

  /**
   * @param {string} key
   * @returns {HTMLElement}
   */
  #create(key) {
    const current = () => this.shown.get(key)?.handle ?? null;
    const element = h('button', {
      type: 'button',
      pointerdown: (/** @type {PointerEvent} */ event) => this.#down(key, event),
      pointermove: (/** @type {PointerEvent} */ event) => this.#move(event),
      pointerup: (/** @type {PointerEvent} */ event) => this.#up(key, event),
      pointercancel: () => this.#abandon(),
      keydown: (/** @type {KeyboardEvent} */ event) => this.#key(key, event),
      pointerenter: () => this.behaviour.point(current()),
      pointerleave: () => this.behaviour.point(null),
      focus: () => this.behaviour.point(current()),
      blur: () => this.behaviour.point(null),
      click: stop, dblclick: stop, contextmenu: stop, mousedown: stop, touchstart: stop,
    });
    return element;
  }

  /**
   * @param {string} key
   * @param {PointerEvent} event
   */
  #down(key, event) {
    event.stopPropagation();
    const shown = this.shown.get(key);
    if (event.button !== 0 || !shown || this.press) return;
    event.preventDefault();
    shown.element.focus({ preventScroll: true });
    shown.element.setPointerCapture(event.pointerId);
    this.press = { down: event, isDragging: false };
    this.pressedKey = key;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { press } = this;
    if (!press || event.pointerId !== press.down.pointerId) return;
    if (!press.isDragging) {
      if (Math.hypot(event.clientX - press.down.clientX, event.clientY - press.down.clientY) < DRAG_FROM_PX) return;
      const handle = this.shown.get(this.pressedKey ?? '')?.handle;
      if (!handle || !this.behaviour.begin(handle, press.down)) {
        this.press = null;
        return;
      }
      press.isDragging = true;
    }
    this.behaviour.follow(event);
  }

  /**
   * @param {string} key
   * @param {PointerEvent} event
   */
  #up(key, event) {
    event.stopPropagation();
    const { press } = this;
    if (!press || event.pointerId !== press.down.pointerId) return;
    this.press = null;
    const handle = this.shown.get(key)?.handle;
    if (press.isDragging) this.behaviour.drop(event);
    else if (handle) this.behaviour.activate(handle, event.shiftKey);
  }

  #abandon() {
    if (this.press?.isDragging) this.behaviour.cancel();
    this.press = null;
  }

  /**
   * @param {string} key
   * @param {KeyboardEvent} event
   */
  #key(key, event) {
    const handle = this.shown.get(key)?.handle;
    if (event.key === 'Escape' && this.press) {
      event.stopPropagation();
      this.#abandon();
    } else if (handle && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      event.stopPropagation();
      if (event.key !== 'Enter' || !this.behaviour.enter()) this.behaviour.activate(handle, event.shiftKey);
    } else if (handle) this.behaviour.key(handle, event);
  }
}

/** @param {Event} event */
function stop(event) {
  event.stopPropagation();
}
