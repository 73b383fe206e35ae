/**
 * The frame on the map that shows what will be on the paper. It is moved by its grip: with the pointer, or with the arrow
 * keys by a tenth of the sheet.
 *
 * @module print/print_frame
 */

/** @import {MapView} from '../map_view.js' */
/** @import {LonLat} from '../types.js' */

import { h, icon } from '../dom.js';
import { readTheme } from '../paint/theme.js';

/** @type {Record<string, [number, number]>} right and up */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 0.1;

/** From the upper left corner clockwise, and its middle. @typedef {{corners: LonLat[], centre: LonLat}} Framed */

/**
 * @param {MapView} view
 * @param {(centre: LonLat, isLast: boolean) => void} move called on every move of the grip, and once more when it is let go
 * @returns {{show: (framed: Framed | null) => void, focus: () => void}} null takes it away
 */
export function createFrame(view, move) {
  /** @type {Framed | null} */
  let shown = null;
  /** @type {[number, number] | null} */
  let grip = null;
  const surface = view.addSurface('print-frame', (frame) => {
    if (!shown) return;
    const { context, project, width, height } = frame;
    const theme = readTheme(view.container);
    const corners = shown.corners.map(project);
    const trace = () => corners.forEach(([x, y], index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    trace();
    context.closePath();
    context.globalAlpha = 0.12;
    context.fillStyle = theme.quiet;
    context.fill('evenodd');
    context.globalAlpha = 1;
    context.beginPath();
    trace();
    context.closePath();
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.stroke();
    context.restore();
  });
  const button = h('button', {
    type: 'button', class: 'print-grip', hidden: true, 'aria-label': 'Sheet: drag it, or move it with the arrow keys', title: 'Move the sheet',
    pointerdown: (/** @type {PointerEvent} */ event) => press(event), pointermove: (/** @type {PointerEvent} */ event) => follow(event, false),
    pointerup: (/** @type {PointerEvent} */ event) => follow(event, true), pointercancel: () => { grip = null; },
    keydown: (/** @type {KeyboardEvent} */ event) => key(event), click: stop, dblclick: stop, mousedown: stop, touchstart: stop, contextmenu: stop,
  }, icon('move'));
  view.handlePane.append(button);
  view.onViewChange(place);

  function place() {
    button.hidden = shown === null;
    if (shown) view.placeElement(button, shown.centre);
  }
  /** @param {PointerEvent} event */
  function press(event) {
    stop(event);
    if (!shown || event.button !== 0) return;
    event.preventDefault();
    button.focus({ preventScroll: true });
    button.setPointerCapture(event.pointerId);
    const [px, py] = view.pixelOfEvent(event);
    const [x, y] = view.pixelOf(shown.centre);
    grip = [px - x, py - y];
  }
  /** @param {PointerEvent} event @param {boolean} isLast */
  function follow(event, isLast) {
    if (!grip) return;
    const [px, py] = view.pixelOfEvent(event);
    move(view.placeOf([px - grip[0], py - grip[1]]), isLast);
    if (isLast) grip = null;
  }
  /** @param {KeyboardEvent} event */
  function key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || !shown) return;
    event.preventDefault();
    stop(event);
    const [a, b, , d] = shown.corners;
    if (!a || !b || !d) return;
    const [right, up] = [arrow[0] * STEP, arrow[1] * STEP];
    const { lon, lat } = shown.centre;
    const centre = { lon: lon + right * (b.lon - a.lon) + up * (a.lon - d.lon), lat: lat + right * (b.lat - a.lat) + up * (a.lat - d.lat) };
    move(centre, true);
    view.keepInView(centre);
  }
  return {
    show: (framed) => {
      shown = framed;
      place();
      surface.repaint();
    },
    focus: () => button.focus({ preventScroll: true }),
  };
}

/** @param {Event} event the map must not take it for its own */
function stop(event) {
  event.stopPropagation();
}
