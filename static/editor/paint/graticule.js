/**
 * Meridians and parallels over the map, at round degrees that lie well apart.
 *
 * @module graticule
 */

/** @import {Frame} from '../map_view.js' */
/** @import {Theme} from './theme.js' */
/** @import {Box} from '../types.js' */

const APART_PX = 130;
const LABEL_PX = 6;
/** A surface is larger than the map by this part of its own size on each side (surface.js): labels stand at the map's edge. */
const EDGE = 1 / 6;

/** `digits`: decimals that the step needs. @typedef {{step: number, digits: number, lons: number[], lats: number[]}} Graticule */

/**
 * @param {Box} box degrees
 * @param {number} width of the box in pixels
 * @returns {Graticule} with steps of 1, 2 or 5 times a power of ten
 */
export function graticuleOf([west, south, east, north], width) {
  const least = ((east - west) / width) * APART_PX;
  const power = Math.floor(Math.log10(least));
  const times = /** @type {number} */ ([1, 2, 5, 10].find((each) => each * 10 ** power >= least * (1 - 1e-9)));
  const digits = Math.max(0, -(times === 10 ? power + 1 : power));
  const step = times * 10 ** power;
  const between = (/** @type {number} */ from, /** @type {number} */ to) => {
    const first = Math.ceil(from / step - 1e-9);
    const count = Math.max(0, Math.floor(to / step + 1e-9) - first + 1);
    return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toFixed(digits)));
  };
  return { step, digits, lons: between(west, east), lats: between(Math.max(south, -85), Math.min(north, 85)) };
}

/**
 * @param {Frame} frame
 * @param {Theme} theme
 */
export function paintGraticule({ context, project, box, width, height }, theme) {
  const { lons, lats, digits } = graticuleOf(box, width);
  const lines = [
    ...lons.map((lon) => ({ at: project({ lon, lat: box[1] })[0], isUpright: true, label: angleText(lon, digits, 'E', 'W') })),
    ...lats.map((lat) => ({ at: project({ lon: box[0], lat })[1], isUpright: false, label: angleText(lat, digits, 'N', 'S') })),
  ];
  context.strokeStyle = theme.accent;
  context.globalAlpha = 0.4;
  context.lineWidth = 1;
  context.beginPath();
  for (const { at, isUpright } of lines) {
    const pixel = Math.round(at) + 0.5;
    context.moveTo(isUpright ? pixel : 0, isUpright ? 0 : pixel);
    context.lineTo(isUpright ? pixel : width, isUpright ? height : pixel);
  }
  context.stroke();
  context.globalAlpha = 1;
  paintLabels(context, lines.map(({ at, isUpright, label }) => (isUpright
    ? { label, x: at + LABEL_PX, y: height * EDGE + 2 * LABEL_PX }
    : { label, x: width * EDGE + LABEL_PX, y: at - 2 * LABEL_PX })), theme);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{label: string, x: number, y: number}[]} labels by the middle of their left side
 * @param {Theme} theme
 */
function paintLabels(context, labels, theme) {
  context.font = theme.smallFont;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const { label, x, y } of labels) {
    context.globalAlpha = 0.85;
    context.fillStyle = theme.surface;
    context.fillRect(x - 3, y - LABEL_PX - 2, context.measureText(label).width + 6, 2 * LABEL_PX + 4);
    context.globalAlpha = 1;
    context.fillStyle = theme.accent;
    context.fillText(label, x, y);
  }
}

/**
 * @param {number} degrees
 * @param {number} digits
 * @param {string} positive
 * @param {string} negative
 * @returns {string}
 */
function angleText(degrees, digits, positive, negative) {
  return `${Math.abs(degrees).toFixed(digits)}°${degrees === 0 ? '' : ` ${degrees > 0 ? positive : negative}`}`;
}
