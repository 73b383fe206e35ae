/**
 * Drawing one decoded tile on a canvas: parcels by kind or, further out, how densely they lie, and zoning between
 * their grounds and their lines. Knows pixels and colours; no Leaflet and no state. What reaches over the edges of tiles
 * stands in paint_ground.js.
 *
 * @module paint_tile
 */

/** @import {Shown} from '../layers.js' */
/** @import {DecodedTile, TileBox, TileParcel} from '../tiles/tile_decoding.js' */
/** @import {Theme} from './theme.js' */

import { paintDensity } from './paint_density.js';
import { paintDistricts, paintLimits } from './paint_zoning.js';
import { CASING_PX, fillOfKind } from './painting.js';
import { EXTENT } from '../tiles/tile_grid.js';
import { trace } from '../trace.js';

const RUN = 16;
/** Below this, lines of one device pixel would cover what they bound. */
const [FAINT_FROM_PX, FAINTEST] = [9, 0.55];

/**
 * @typedef {object} TileFrame
 * @property {CanvasRenderingContext2D} context in device pixels, empty
 * @property {number} size width of the canvas in device pixels
 * @property {number} ratio device pixels to a CSS pixel
 * @property {number} shift of the square that the canvas shows of the tile (tile_grid.js); negative where the tile is a
 *   part of what the canvas shows
 * @property {number} column
 * @property {number} row
 */

/**
 * @param {TileFrame} frame
 * @param {DecodedTile} tile
 * @param {{hidden: ReadonlySet<string>, layers: Shown, theme: Theme, cellKm: number}} look `cellKm`: width
 *   of a density cell
 */
export function paintTile(frame, tile, { hidden, layers, theme, cellKm }) {
  const { context, size, shift, column, row } = frame;
  const scale = (size * 2 ** shift) / EXTENT;
  const [left, top] = [column * size, row * size];
  /** @template {{box: TileBox}} T @param {T[]} shapes @returns {T[]} */
  const here = (shapes) => inSquare(shapes, left / scale, top / scale, size / scale);
  const zoning = layers.shown.has('zoning') ? here(tile.zoning) : [];
  const parcels = layers.shown.has('parcels') ? here(tile.parcels).filter(({ id }) => hidden.size === 0 || !hidden.has(id)) : [];
  const toTile = () => context.setTransform(scale, 0, 0, scale, -left, -top);
  if (tile.cells.length > 0 && layers.shown.has('parcels')) paintDensity(frame, tile.cells, cellKm, theme);
  toTile();
  if (!layers.isOverBasemap) paintGrounds(context, parcels, theme);
  paintDistricts(frame, zoning, theme);
  toTile();
  paintLines(context, parcels, frame.ratio / scale, theme);
  paintLimits(frame, zoning, { theme, cellKm });
}

/**
 * @template {{box: TileBox}} T
 * @param {T[]} shapes
 * @param {number} left in the tile's units
 * @param {number} top
 * @param {number} width of the square
 * @returns {T[]}
 */
function inSquare(shapes, left, top, width) {
  if (width >= EXTENT) return shapes;
  return shapes.filter(({ box }) => box[0] <= left + width && box[2] >= left && box[1] <= top + width && box[3] >= top);
}

/**
 * Every ground comes before every line, large parcels first.
 * @param {CanvasRenderingContext2D} context
 * @param {TileParcel[]} parcels
 * @param {Theme} theme
 */
function paintGrounds(context, parcels, theme) {
  for (const [fill, run] of runs(parcels, ({ kind }) => fillOfKind(kind, theme))) {
    if (fill === 'transparent') continue;
    traceAll(context, run);
    context.fillStyle = fill;
    context.fill('nonzero');
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TileParcel[]} parcels
 * @param {number} width of a line in the tile's units
 * @param {Theme} theme
 */
function paintLines(context, parcels, width, theme) {
  context.lineJoin = 'round';
  const line = mixed(theme.parcelLine, theme.parcelFill, lineStrength(parcels, width));
  // Every casing comes before every line.
  for (const [stroke, px] of theme.casing ? [[theme.casing, 1 + CASING_PX], [line, 1]] : [[line, 1]]) {
    context.strokeStyle = /** @type {string} */ (stroke);
    context.lineWidth = width * Number(px);
    for (const [, run] of runs(parcels, () => '')) {
      traceAll(context, run);
      context.stroke();
    }
  }
}

/**
 * Parcels that follow each other and are painted as one path: a few at a time are twice as fast as each alone, and all
 * together six times as slow, because their sides are sorted together.
 * @param {TileParcel[]} parcels
 * @param {(parcel: TileParcel) => string} styleOf
 * @returns {Generator<[string, TileParcel[]]>}
 */
function* runs(parcels, styleOf) {
  /** @type {TileParcel[]} */
  let run = [];
  let style = '';
  for (const parcel of parcels) {
    const next = styleOf(parcel);
    if (run.length === RUN || (run.length > 0 && next !== style)) {
      yield [style, run];
      run = [];
    }
    style = next;
    run.push(parcel);
  }
  if (run.length > 0) yield [style, run];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TileParcel[]} parcels
 */
function traceAll(context, parcels) {
  context.beginPath();
  for (const parcel of parcels) trace(context, parcel);
}

/**
 * @param {TileParcel[]} parcels
 * @param {number} width of a pixel
 * @returns {number} share of the line's own colour, less where parcels are only a few pixels wide
 */
function lineStrength(parcels, width) {
  const middle = parcels[Math.floor(parcels.length / 2)];
  if (!middle) return 1;
  const px = Math.sqrt((middle.box[2] - middle.box[0]) * (middle.box[3] - middle.box[1])) / width;
  return Math.min(1, Math.max(FAINTEST, px / (2 * FAINT_FROM_PX)));
}

/**
 * @param {string} colour
 * @param {string} ground
 * @param {number} share of the colour
 * @returns {string}
 */
function mixed(colour, ground, share) {
  return share === 1 ? colour : `color-mix(in srgb, ${colour} ${Math.round(share * 100)}%, ${ground})`;
}
