/**
 * Small drawings for a legend, made by what draws the map. They say nothing to a screen reader: the words beside them do.
 *
 * @module panels/swatches
 */

/** @import {Theme} from '../paint/theme.js' */

import { h } from '../dom.js';
import { colleagueHatch } from '../paint/paint_colleague.js';
import { paintMark } from '../paint/finding_mark.js';
import { colourOfZone, hatching } from '../paint/paint_zoning.js';

const [WIDTH, HEIGHT] = [26, 18];
const CELL_PX = 12;

/**
 * @param {string} code of a zoning district
 * @param {Theme} theme
 * @returns {HTMLElement}
 */
export function zoneSwatch(code, theme) {
  return swatch((pen, ratio) => {
    pen.fillStyle = theme.parcelFill;
    pen.fillRect(0, 0, WIDTH * ratio, HEIGHT * ratio);
    pen.fillStyle = hatching(pen, code, CELL_PX * ratio, theme);
    pen.fillRect(0, 0, WIDTH * ratio, HEIGHT * ratio);
    pen.strokeStyle = colourOfZone(code, theme);
    pen.lineWidth = 2 * ratio;
    pen.strokeRect(ratio, ratio, (WIDTH - 2) * ratio, (HEIGHT - 2) * ratio);
  });
}

/**
 * @param {string} rule empty for findings of any
 * @param {Theme} theme
 * @param {string} [severity]
 * @returns {HTMLElement}
 */
export function findingSwatch(rule, theme, severity = 'error') {
  return swatch((pen, ratio) => {
    pen.scale(ratio, ratio);
    paintMark(pen, WIDTH / 2, HEIGHT / 2, 5, { rule, severity }, theme);
  });
}

/**
 * @param {Theme} theme
 * @returns {HTMLElement} where a colleague's draft lies
 */
export function colleagueSwatch(theme) {
  return swatch((pen, ratio) => {
    pen.fillStyle = colleagueHatch(pen, 9 * ratio, theme);
    pen.fillRect(0, 0, WIDTH * ratio, HEIGHT * ratio);
    pen.strokeStyle = theme.colleague;
    pen.lineWidth = 2 * ratio;
    pen.setLineDash([5 * ratio, 3 * ratio]);
    pen.strokeRect(ratio, ratio, (WIDTH - 2) * ratio, (HEIGHT - 2) * ratio);
  });
}

/**
 * @param {Theme} theme
 * @returns {HTMLElement} how densely parcels lie
 */
export function shadeSwatch(theme) {
  return swatch((pen, ratio) => {
    const shade = pen.createLinearGradient(0, 0, WIDTH * ratio, 0);
    shade.addColorStop(0, theme.parcelFill);
    shade.addColorStop(1, theme.parcelLine);
    pen.fillStyle = shade;
    pen.fillRect(0, 0, WIDTH * ratio, HEIGHT * ratio);
  });
}

/**
 * @param {(pen: CanvasRenderingContext2D, ratio: number) => void} draw in device pixels
 * @returns {HTMLElement}
 */
function swatch(draw) {
  const ratio = window.devicePixelRatio || 1;
  const canvas = h('canvas', { class: 'swatch', width: Math.round(WIDTH * ratio), height: Math.round(HEIGHT * ratio), 'aria-hidden': 'true' });
  const pen = canvas.getContext('2d');
  if (pen) draw(pen, ratio);
  return canvas;
}
