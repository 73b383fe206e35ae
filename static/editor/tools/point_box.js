/**
 * A box drawn with Shift over the map chooses the points in it.
 *
 * @module tools/point_box
 */

/** @import {EditorMap} from '../editor_map.js' */

import { h } from '../dom.js';

/** Fewer pixels are a click, which means the parcel. */
const DRAG_FROM_PX = 5;

/**
 * @param {EditorMap} map
 */
export function choosePointsByBox(map) {
  const { bench: { session, view } } = map;
  const element = h('div', { class: 'point-box', hidden: true });
  view.container.append(element);
  /** @type {[number, number] | null} */
  let from = null;
  /** @type {[number, number]} */
  let to = [0, 0];
  const end = () => {
    from = null;
    element.hidden = true;
    view.setPanning(true);
  };
  // Before Leaflet begins to pan.
  view.container.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.shiftKey || session.state.tool !== 'move' || session.chosen.length === 0 || map.handles.handleOf(event.target)) return;
    from = view.pixelOfEvent(event);
    view.setPanning(false);
  }, true);
  document.addEventListener('pointermove', (event) => {
    if (!from) return;
    to = view.pixelOfEvent(event);
    const [[left, right], [top, bottom]] = [[from[0], to[0]].sort(ascending), [from[1], to[1]].sort(ascending)];
    element.hidden = element.hidden && Math.hypot(to[0] - from[0], to[1] - from[1]) < DRAG_FROM_PX;
    Object.assign(element.style, { left: `${left}px`, top: `${top}px`, width: `${Number(right) - Number(left)}px`, height: `${Number(bottom) - Number(top)}px` });
  });
  document.addEventListener('pointerup', () => {
    if (!from) return;
    const [[ax, ay], [bx, by]] = [from, to];
    const isDrawn = !element.hidden;
    end();
    if (!isDrawn) return;
    const found = map.handles.points.filter(({ place }) => {
      const [x, y] = view.pixelOf(place);
      return (x - ax) * (x - bx) <= 0 && (y - ay) * (y - by) <= 0;
    });
    session.set({ points: [...new Set([...session.state.points, ...found.map(({ key }) => key)])] });
    // The click that ends the box would choose a parcel.
    view.container.addEventListener('click', stop, true);
    setTimeout(() => view.container.removeEventListener('click', stop, true));
  });
  document.addEventListener('pointercancel', () => from && end());
}

/** @param {Event} event */
function stop(event) {
  event.stopImmediatePropagation();
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function ascending(a, b) {
  return a - b;
}
