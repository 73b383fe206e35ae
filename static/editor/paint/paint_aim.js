/**
 * Drawing why a place in hand is where it is: a mark of its own shape for each kind of snapping with a word beside it, the lines
 * that lead there, and the ray or the circle that it is held to.
 *
 * @module paint_aim
 */

/** @import {Frame} from '../map_view.js' */
/** @import {OnLine} from '../snapping/snap_index.js' */
/** @import {Snap} from '../snapping/snap.js' */
/** @import {Aim} from '../snapping/snapper.js' */
/** @import {LonLat} from '../types.js' */
/** @import {TextBox} from './edge_labels.js' */
/** @import {Theme} from './theme.js' */

import { snapWord } from '../snapping/snap_word.js';
import { paintLine } from './painting.js';

/** Half of a mark; round the handle that is held it must be larger. */
const [HALF_PX, HELD_PX] = [7, 14];
const FAR_PX = 4000;

/**
 * @param {Frame} frame
 * @param {Aim} aim
 * @param {Theme} theme
 * @param {boolean} isHeld whether a handle stands there
 * @returns {TextBox[]} where its word stands
 */
export function paintAim(frame, aim, theme, isHeld) {
  if (aim.lock && aim.from) paintLock(frame, aim.from, aim.place, aim.lock, theme);
  if (!aim.snap) return [];
  paintLeads(frame, aim.snap, aim.place, theme);
  const [x, y] = frame.project(aim.place);
  paintMark(frame.context, { x, y, half: isHeld ? HELD_PX : HALF_PX }, aim.lock && aim.snap.kind === 'edge' ? 'crossing' : aim.snap.kind, theme);
  return [paintWord(frame.context, x, y, snapWord(aim), theme)];
}

/**
 * @param {Frame} frame
 * @param {LonLat} from
 * @param {LonLat} place
 * @param {NonNullable<Aim['lock']>} lock
 * @param {Theme} theme
 */
function paintLock({ context, project }, from, place, { metres, degrees }, theme) {
  const [[x, y], [px, py]] = [project(from), project(place)];
  const radius = Math.hypot(px - x, py - y);
  if (radius === 0) return;
  context.beginPath();
  if (metres !== null) context.arc(x, y, radius, 0, 2 * Math.PI);
  if (degrees !== null) {
    context.moveTo(x, y);
    context.lineTo(x + ((px - x) / radius) * FAR_PX, y + ((py - y) / radius) * FAR_PX);
  }
  context.strokeStyle = theme.accent;
  context.lineWidth = 1.2;
  context.setLineDash([8, 4]);
  context.stroke();
  context.setLineDash([]);
}

/**
 * The edges that it comes from, and their extensions up to it.
 * @param {Frame} frame
 * @param {Snap} snap
 * @param {LonLat} place
 * @param {Theme} theme
 */
function paintLeads(frame, snap, place, theme) {
  if (snap.kind === 'point') return;
  if (snap.kind === 'perpendicular') paintLine(frame, snap.from, place, theme.touchedLine, [2, 3]);
  for (const line of snap.kind === 'crossing' ? snap.lines : [snap]) {
    paintLine(frame, line.a, line.b, theme.touchedLine);
    const end = endTowards(line);
    if (end) paintLine(frame, end, place, theme.touchedLine, [2, 3]);
  }
}

/**
 * @param {OnLine} line
 * @returns {LonLat | null} the end of the edge that its extension leaves
 */
function endTowards({ a, b, t }) {
  if (t < 0) return a;
  return t > 1 ? b : null;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{x: number, y: number, half: number}} about
 * @param {Snap['kind']} kind
 * @param {Theme} theme
 */
function paintMark(context, { x, y, half }, kind, theme) {
  const [left, top, right, bottom] = [x - half, y - half, x + half, y + half];
  context.beginPath();
  MARKS[kind](context, { x, y, left, top, right, bottom });
  context.lineJoin = 'miter';
  // On a rim of the ground's colour, so that it is seen on any line.
  for (const [colour, width] of /** @type {[string, number][]} */ ([[theme.surface, 5], [theme.touchedLine, 2.2]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

/** @typedef {{x: number, y: number, left: number, top: number, right: number, bottom: number}} Square */

/** Those that drawing programs have. @type {Record<Snap['kind'], (context: CanvasRenderingContext2D, square: Square) => void>} */
const MARKS = {
  point: (context, { left, top, right, bottom }) => context.rect(left, top, right - left, bottom - top),
  crossing: (context, { left, top, right, bottom }) => path(context, [[left, top], [right, bottom]], [[right, top], [left, bottom]]),
  midpoint: (context, { x, left, top, right, bottom }) => path(context, [[left, bottom], [right, bottom], [x, top], [left, bottom], [right, bottom]]),
  perpendicular: (context, { x, y, left, top, right, bottom }) => path(context, [[left, top], [left, bottom], [right, bottom]], [[left, y], [x, y], [x, bottom]]),
  extension: (context, { x, y, left, right, top, bottom }) => path(context, [[left, y], [right, y]], [[x, top], [x, bottom]]),
  edge: (context, { left, top, right, bottom }) => path(context, [[left, top], [right, top], [left, bottom], [right, bottom], [left, top], [right, top]]),
};

/**
 * @param {CanvasRenderingContext2D} context
 * @param {...[number, number][]} lines
 */
function path(context, ...lines) {
  for (const line of lines) line.forEach(([x, y], index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {string} word
 * @param {Theme} theme
 * @returns {TextBox}
 */
function paintWord(context, x, y, word, theme) {
  context.font = theme.smallFont;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  const half = context.measureText(word).width / 2;
  const [left, middle] = [x + 13, y + 16];
  context.beginPath();
  context.roundRect(left - 4, middle - 9, 2 * half + 8, 17, 3);
  context.fillStyle = theme.surface;
  context.fill();
  context.strokeStyle = theme.touchedLine;
  context.lineWidth = 1;
  context.stroke();
  context.fillStyle = theme.text;
  context.fillText(word, left, middle);
  return { x: left + half, y: middle, angle: 0, halfWidth: half + 6, halfHeight: 10 };
}
