/**
 * The small field at the cursor that takes a distance, a bearing or a coordinate. It says what the text comes to while it
 * is typed; what it does with it is its owner's.
 *
 * @module panels/typed_field
 */

import { h, setAttribute } from '../dom.js';

const [BESIDE_PX, WIDTH_PX, HEIGHT_PX] = [18, 300, 110];

/** @typedef {{text: string, isGood: boolean}} Meaning */

export class TypedField {
  /**
   * @param {HTMLElement} area over which it stands
   * @param {{change: (text: string) => Meaning, enter: (text: string) => boolean, escape: () => void}} owner `enter`: whether it
   *   was taken; then the owner closes it
   */
  constructor(area, owner) {
    this.area = area;
    this.owner = owner;
    this.input = h('input', {
      type: 'text', autocomplete: 'off', spellcheck: 'false', 'aria-label': 'Distance, bearing or coordinate', 'aria-describedby': 'typed-meaning',
      input: () => this.refresh(), keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    this.meaning = h('p', { id: 'typed-meaning', role: 'status' });
    this.element = h('div', { class: 'typed-field', hidden: true }, this.input, this.meaning);
    for (const type of ['pointerdown', 'mousedown', 'click', 'dblclick', 'wheel']) this.element.addEventListener(type, (event) => event.stopPropagation());
    area.append(this.element);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /**
   * @param {[number, number]} pixel
   * @param {string} text
   */
  open([x, y], text) {
    const { clientWidth, clientHeight } = this.area;
    this.element.style.left = `${Math.max(0, Math.min(x + BESIDE_PX, clientWidth - WIDTH_PX))}px`;
    this.element.style.top = `${Math.max(0, Math.min(y + BESIDE_PX, clientHeight - HEIGHT_PX))}px`;
    this.element.hidden = false;
    this.input.value = text;
    this.input.focus({ preventScroll: true });
    this.refresh();
  }

  close() {
    // Hidden alone it keeps the focus until the next frame, and the next key would still be its own.
    this.input.blur();
    this.element.hidden = true;
  }

  /** What the text means may have changed, as where the pointer is. */
  refresh() {
    this.#show(this.owner.change(this.input.value), false);
  }

  /**
   * @param {Meaning} meaning
   * @param {boolean} isAsked whether it was to be done
   */
  #show({ text, isGood }, isAsked) {
    this.meaning.textContent = text;
    setAttribute(this.input, 'aria-invalid', isAsked && !isGood ? 'true' : null);
    this.meaning.classList.toggle('bad', isAsked && !isGood);
  }

  /** @param {KeyboardEvent} event none of its keys is a tool's, and Enter sends no form */
  #key(event) {
    event.stopPropagation();
    if (event.key === 'Escape') this.owner.escape();
    else if (event.key === 'Enter') {
      if (!this.owner.enter(this.input.value)) this.#show(this.owner.change(this.input.value), true);
    } else return;
    event.preventDefault();
  }
}
