/**
 * Drawing one decoded tile on a canvas: parcels by kind, or, further out, how densely they lie. Knows pixels and
 * colours; no Leaflet and no state. Numbers and findings reach over the edges of tiles and stand in paint_ground.js.
 *
 * @module paint_tile
 */

/** @import {DecodedTile, TileParcel} from './tile_decoding.js' */
/** @import {Theme} from './theme.js' */

import { paintDensity } from './paint_density.js';
import { fillOfKind } from './painting.js';
import { EXTENT } from './tile_grid.js';

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
 * @param {{hidden: ReadonlySet<string>, theme: Theme, cellKm: number}} look `cellKm`: width of a density cell
 */
export function paintTile(frame, tile, { hidden, theme, cellKm }) {
  const { context, size, shift, column, row } = frame;
  const scale = (size * 2 ** shift) / EXTENT;
  const [left, top] = [column * size, row * size];
  if (tile.cells.length > 0) paintDensity(frame, tile.cells, cellKm, theme);
  if (tile.parcels.length === 0) return;
  const shown = inSquare(tile.parcels, left / scale, top / scale, size / scale).filter(({ id }) => hidden.size === 0 || !hidden.has(id));
  context.setTransform(scale, 0, 0, scale, -left, -top);
  paintParcels(context, shown, frame.ratio / scale, theme);
}

/**
 * @param {TileParcel[]} parcels
 * @param {number} left in the tile's units
 * @param {number} top
 * @param {number} width of the square
 * @returns {TileParcel[]}
 */
function inSquare(parcels, left, top, width) {
  if (width >= EXTENT) return parcels;
  return parcels.filter(({ box }) => box[0] <= left + width && box[2] >= left && box[1] <= top + width && box[3] >= top);
}

/**
 * Every ground, then every line, large parcels first.
 * @param {CanvasRenderingContext2D} context
 * @param {TileParcel[]} parcels
 * @param {number} width of a line in the tile's units
 * @param {Theme} theme
 */
function paintParcels(context, parcels, width, theme) {
  for (const [fill, run] of runs(parcels, ({ kind }) => fillOfKind(kind, theme))) {
    if (fill === 'transparent') continue;
    traceAll(context, run);
    context.fillStyle = fill;
    context.fill('nonzero');
  }
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.strokeStyle = mixed(theme.parcelLine, theme.parcelFill, lineStrength(parcels, width));
  for (const [, run] of runs(parcels, () => '')) {
    traceAll(context, run);
    context.stroke();
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
 * @param {CanvasRenderingContext2D} context
 * @param {TileParcel} parcel
 */
export function trace(context, { rings }) {
  for (const ring of rings) {
    context.moveTo(/** @type {number} */ (ring[0]), /** @type {number} */ (ring[1]));
    for (let index = 2; index < ring.length; index += 2) {
      context.lineTo(/** @type {number} */ (ring[index]), /** @type {number} */ (ring[index + 1]));
    }
    context.closePath();
  }
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
