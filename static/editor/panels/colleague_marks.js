/**
 * A small sign at each colleague's draft that says whose it is, and more to whoever points at it or comes by the keyboard.
 *
 * @module panels/colleague_marks
 */

/** @import {ColleagueDraft} from '../drafts/colleagues.js' */
/** @import {MapView} from '../map_view.js' */

import { draftSentence, initials } from '../drafts/colleagues.js';
import { h } from '../dom.js';

/** Nearer to the edge of the map than this a sign would be cut off. */
const MARGIN_PX = 18;

export class ColleagueMarks {
  /**
   * @param {MapView} view
   * @param {{point: (id: number | null) => void, choose: (draft: ColleagueDraft) => void}} told `point`: pointer or focus
   */
  constructor(view, { point, choose }) {
    this.view = view;
    this.point = point;
    this.choose = choose;
    /** @type {Map<number, {element: HTMLElement, text: string}>} */
    this.shown = new Map();
  }

  /**
   * Show exactly these. One that stays keeps its element, and so the focus.
   * @param {readonly ColleagueDraft[]} drafts
   * @param {number | null} pointed
   */
  show(drafts, pointed) {
    const inView = drafts.flatMap((draft) => {
      const place = this.#placeOf(draft);
      return place ? [{ draft, place }] : [];
    });
    const wanted = new Set(inView.map(({ draft }) => draft.id));
    for (const [id, { element }] of this.shown) {
      if (wanted.has(id)) continue;
      element.remove();
      this.shown.delete(id);
    }
    for (const { draft, place } of inView) {
      const { element } = this.#markOf(draft);
      element.classList.toggle('is-pointed', draft.id === pointed);
      this.view.placeElement(element, place);
    }
  }

  /**
   * @param {ColleagueDraft} draft
   * @returns {import('../types.js').LonLat | null} at the upper edge of what is in view of it; null where it is not
   */
  #placeOf({ bbox: [west, south, east, north] }) {
    const [left, top] = this.view.pixelOf({ lon: west, lat: north });
    const [right, bottom] = this.view.pixelOf({ lon: east, lat: south });
    const { clientWidth: width, clientHeight: height } = this.view.container;
    if (right < 0 || bottom < 0 || left > width || top > height) return null;
    const x = (Math.max(MARGIN_PX, left) + Math.min(width - MARGIN_PX, right)) / 2;
    return this.view.placeOf([x, Math.max(2 * MARGIN_PX, top)]);
  }

  /**
   * @param {ColleagueDraft} draft
   * @returns {{element: HTMLElement, text: string}}
   */
  #markOf(draft) {
    const text = draftSentence(draft);
    const known = this.shown.get(draft.id);
    if (known?.text === text) return known;
    known?.element.remove();
    const stop = (/** @type {Event} */ event) => event.stopPropagation();
    const element = h('button', {
      type: 'button', class: 'colleague', 'aria-label': text, 'data-draft': draft.id,
      pointerenter: () => this.point(draft.id), pointerleave: () => this.point(null),
      focus: () => this.point(draft.id), blur: () => this.point(null),
      click: (/** @type {Event} */ event) => {
        stop(event);
        this.choose(draft);
      },
      mousedown: stop, pointerdown: stop, dblclick: stop, touchstart: stop,
      keydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter' || event.key === ' ') stop(event);
      },
    }, h('span', { class: 'colleague-who' }, initials(draft.owner)), h('span', { class: 'colleague-more', 'aria-hidden': 'true' }, text));
    this.view.handlePane.append(element);
    const mark = { element, text };
    this.shown.set(draft.id, mark);
    return mark;
  }
}
