/**
 * A box drawn with Shift over the map chooses what lies in it: points while they are moved, else parcels.
 *
 * @module tools/box_choice
 */

/** @import {EditorMap} from '../editor_map.js' */
/** @import {Box} from '../types.js' */

import { h } from '../dom.js';

/** Fewer pixels are a click, which means the parcel. */
const DRAG_FROM_PX = 5;
/** As many parcels as one edit may change. */
const MOST_PARCELS = 200;

/**
 * @param {EditorMap} map
 */
export function chooseByBox(map) {
  const { bench: { session, view } } = map;
  const element = h('div', { class: 'choice-box', hidden: true });
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
    const { tool } = session.state;
    if (event.button !== 0 || !event.shiftKey || map.handles.handleOf(event.target)) return;
    if (tool === 'move' ? session.chosen.length === 0 : tool !== 'select' && tool !== 'merge') return;
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
    if (session.state.tool === 'move') choosePoints(ax, ay, bx, by);
    else {
      const corners = [view.placeOf([Math.min(ax, bx), Math.max(ay, by)]), view.placeOf([Math.max(ax, bx), Math.min(ay, by)])];
      chooseParcels(/** @type {Box} */ (corners.flatMap(({ lon, lat }) => [lon, lat])));
    }
    // The click that ends the box would choose a parcel.
    view.container.addEventListener('click', stop, true);
    setTimeout(() => view.container.removeEventListener('click', stop, true));
  });
  document.addEventListener('pointercancel', () => from && end());

  /**
   * @param {number} ax
   * @param {number} ay
   * @param {number} bx
   * @param {number} by
   */
  function choosePoints(ax, ay, bx, by) {
    const found = map.handles.points.filter(({ place }) => {
      const [x, y] = view.pixelOf(place);
      return (x - ax) * (x - bx) <= 0 && (y - ay) * (y - by) <= 0;
    });
    session.set({ points: [...new Set([...session.state.points, ...found.map(({ key }) => key)])] });
  }

  /** @param {Box} box */
  function chooseParcels(box) {
    const found = map.parcelsIn(box);
    if (found.length === 0) session.say('info', 'No parcel lies wholly in the box.');
    else if (found.length > MOST_PARCELS) session.say('info', `${found.length} parcels lie in the box; at most ${MOST_PARCELS} are selected at once.`);
    else session.selectAlso(found);
  }
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
