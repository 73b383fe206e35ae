/**
 * Drawing zoning districts: a tint and a hatching under the lines of parcels, and the limit above them.
 *
 * @module paint_zoning
 */

/** @import {TileFrame} from './paint_tile.js' */
/** @import {TileDistrict} from '../tiles/tile_decoding.js' */
/** @import {Theme} from './theme.js' */
/** @import {Hatch} from './zoning_style.js' */

import { EXTENT } from '../tiles/tile_grid.js';
import { trace } from '../trace.js';
import { styleOfZone } from './zoning_style.js';

const CELL_PX = 12;
const [TINT, LINE] = [0.16, 0.3];
/** Further out limits are thinner, or they would cover the districts: of full width where a density cell has this width. */
const [LIMIT_PX, THINNEST_PX, FULL_FROM_KM] = [1.8, 0.6, 0.04];

/**
 * @param {TileFrame} frame
 * @param {TileDistrict[]} districts
 * @param {Theme} theme
 */
export function paintDistricts(frame, districts, theme) {
  const { context, size, ratio } = frame;
  // Cells divide the square exactly, so that hatchings go on from one square to the next.
  const cell = size / Math.max(1, Math.round(size / (CELL_PX * ratio)));
  eachDistrict(frame, districts, (district) => {
    context.fillStyle = hatching(context, district.code, cell, theme);
    context.fill('nonzero');
  });
}

/**
 * @param {TileFrame} frame
 * @param {TileDistrict[]} districts
 * @param {{theme: Theme, cellKm: number}} look `cellKm`: width of a density cell
 */
export function paintLimits(frame, districts, { theme, cellKm }) {
  const { context, ratio } = frame;
  const width = Math.min(LIMIT_PX, Math.max(THINNEST_PX, LIMIT_PX * Math.sqrt(FULL_FROM_KM / cellKm)));
  eachDistrict(frame, districts, ({ code }) => {
    context.strokeStyle = colourOfZone(code, theme);
    context.lineWidth = width * ratio;
    context.lineJoin = 'round';
    context.stroke();
  });
}

/**
 * @param {string} code
 * @param {Theme} theme
 * @returns {string}
 */
export function colourOfZone(code, theme) {
  return theme.zones[styleOfZone(code).hue]?.line ?? theme.quiet;
}

/**
 * The path is laid in the tile's units and painted in pixels: a pattern would be scaled with the path.
 * @param {TileFrame} frame
 * @param {TileDistrict[]} districts
 * @param {(district: TileDistrict) => void} paint
 */
function eachDistrict({ context, size, shift, column, row }, districts, paint) {
  const scale = (size * 2 ** shift) / EXTENT;
  context.save();
  context.setTransform(scale, 0, 0, scale, -column * size, -row * size);
  // What a tile shows of its neighbours would be tinted twice where several stand in one square.
  context.beginPath();
  context.rect(0, 0, EXTENT, EXTENT);
  context.clip();
  for (const district of districts) {
    context.setTransform(scale, 0, 0, scale, -column * size, -row * size);
    context.beginPath();
    trace(context, district);
    context.setTransform(1, 0, 0, 1, 0, 0);
    paint(district);
  }
  context.restore();
}

/** @type {Map<string, CanvasPattern | null>} */
const patterns = new Map();

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} code
 * @param {number} cell width in pixels of the canvas
 * @param {Theme} theme
 * @returns {CanvasPattern | string}
 */
export function hatching(context, code, cell, theme) {
  const { hatch, hue } = styleOfZone(code);
  const line = colourOfZone(code, theme);
  const tint = theme.zones[hue]?.tint ?? line;
  const key = `${hatch} ${line} ${cell}`;
  if (!patterns.has(key)) patterns.set(key, makePattern(context, hatch, { line, tint }, cell));
  return patterns.get(key) ?? tint;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Hatch} hatch
 * @param {{line: string, tint: string}} colours
 * @param {number} cell
 * @returns {CanvasPattern | null}
 */
export function makePattern(context, hatch, { line, tint }, cell) {
  const px = Math.round(cell);
  const picture = document.createElement('canvas');
  picture.width = picture.height = px;
  const pen = picture.getContext('2d');
  if (!pen) return null;
  pen.fillStyle = tint;
  pen.globalAlpha = TINT;
  pen.fillRect(0, 0, px, px);
  pen.fillStyle = pen.strokeStyle = line;
  pen.globalAlpha = LINE;
  pen.lineWidth = px / CELL_PX;
  drawHatch(pen, hatch, px);
  const pattern = context.createPattern(picture, 'repeat');
  pattern?.setTransform(new DOMMatrix([cell / px, 0, 0, cell / px, 0, 0]));
  return pattern;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Hatch} hatch
 * @param {number} px width of the cell, which repeats on all sides
 */
function drawHatch(pen, hatch, px) {
  const half = px / 2;
  pen.beginPath();
  if (hatch === 'dots') {
    for (const [x, y] of /** @type {[number, number][]} */ ([[px / 4, px / 4], [(3 * px) / 4, (3 * px) / 4]])) {
      pen.moveTo(x, y);
      pen.arc(x, y, px / 11, 0, 2 * Math.PI);
    }
    pen.fill();
    return;
  }
  /** @type {Record<Exclude<Hatch, 'dots'>, [number, number, number, number][]>} */
  const lines = {
    rising: [[-half, half, half, -half], [-half, px + half, px + half, -half], [half, px + half, px + half, half]],
    falling: [[-half, half, half, px + half], [-half, -half, px + half, px + half], [half, -half, px + half, half]],
    level: [[0, half, px, half]],
    upright: [[half, 0, half, px]],
    cross: [[-1, -1, px + 1, px + 1], [-1, px + 1, px + 1, -1]],
  };
  for (const [x1, y1, x2, y2] of lines[hatch]) {
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
  }
  pen.stroke();
}
