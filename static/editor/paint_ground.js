/**
 * Drawing what reaches over the edges of tiles: numbers of parcels, findings, and the parcel that was just picked while
 * its exact boundary is on its way.
 *
 * @module paint_ground
 */

/** @import {Frame} from './map_view.js' */
/** @import {DecodedTile, TileParcel} from './tile_decoding.js' */
/** @import {TileName} from './tile_grid.js' */
/** @import {Theme} from './theme.js' */

import { trace } from './paint_tile.js';
import { boxOfTile, EXTENT } from './tile_grid.js';
import { holdsBox, stretchOf } from './tile_picking.js';

/** A number stands only where its parcel is this much wider. */
const LABEL_MARGIN_PX = 5;
const NARROWEST_LABEL_PX = 11;
const FINDING_PX = 4.5;

/** @typedef {{name: TileName, tile: DecodedTile}} TileInView */

/** A tile on the surface: where it begins, and pixels to a unit. @typedef {{tile: DecodedTile, left: number, top: number, scale: number}} Laid */

/** left, top, right, bottom in pixels @typedef {[number, number, number, number]} Taken */

/**
 * @param {Frame} frame
 * @param {TileInView[]} tiles
 * @param {{hidden: ReadonlySet<string>, picked: string | null, theme: Theme}} look `hidden`: numbers that stand elsewhere
 */
export function paintGround(frame, tiles, { hidden, picked, theme }) {
  const laid = tiles.map((tile) => layOut(frame, tile));
  if (picked) for (const each of laid) paintPicked(frame, each, picked, theme);
  paintNumbers(frame, laid, hidden, theme);
  for (const each of laid) paintFindings(frame, each, theme);
}

/**
 * @param {Frame} frame
 * @param {TileInView} tile
 * @returns {Laid}
 */
function layOut({ project }, { name, tile }) {
  const [west, , east, north] = boxOfTile(name);
  const [left, top] = project({ lon: west, lat: north });
  const [right] = project({ lon: east, lat: north });
  return { tile, left, top, scale: (right - left) / EXTENT };
}

/**
 * @param {Frame} frame
 * @param {Laid[]} laid
 * @param {ReadonlySet<string>} hidden
 * @param {Theme} theme
 */
function paintNumbers({ context, width, height }, laid, hidden, theme) {
  context.font = theme.labelFont;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = theme.quiet;
  /** @type {Taken[]} */
  const taken = [];
  for (const { parcel, left, top, scale } of widestPieces(laid, hidden)) {
    const stretch = stretchOf(parcel);
    const half = widthOf(context, parcel.number) / 2;
    if (stretch.width * scale < 2 * half + LABEL_MARGIN_PX || stretch.height * scale < theme.labelPx + LABEL_MARGIN_PX) continue;
    const [w, h] = [half / scale, theme.labelPx / 2 / scale];
    if (!holdsBox(parcel, [stretch.x - w, stretch.y - h, stretch.x + w, stretch.y + h])) continue;
    const [x, y] = [left + stretch.x * scale, top + stretch.y * scale];
    if (x < -half || x > width + half || y < 0 || y > height) continue;
    /** @type {Taken} */
    const box = [x - half - 2, y - theme.labelPx / 2 - 1, x + half + 2, y + theme.labelPx / 2 + 1];
    if (taken.some(([l, t, r, b]) => box[0] < r && box[2] > l && box[1] < b && box[3] > t)) continue;
    taken.push(box);
    context.fillText(parcel.number, x, y);
  }
}

/**
 * A parcel that lies in several tiles has its number once, in its widest piece.
 * @param {Laid[]} laid
 * @param {ReadonlySet<string>} hidden
 * @returns {Iterable<Laid & {parcel: TileParcel}>}
 */
function widestPieces(laid, hidden) {
  /** @type {Map<string, Laid & {parcel: TileParcel}>} */
  const best = new Map();
  for (const each of laid) {
    const least = NARROWEST_LABEL_PX / each.scale;
    for (const parcel of each.tile.parcels) {
      const { box, id } = parcel;
      if (parcel.number === '' || box[2] - box[0] < least || box[3] - box[1] < least || hidden.has(id)) continue;
      const known = best.get(id);
      if (!known || stretchOf(known.parcel).width * known.scale < stretchOf(parcel).width * each.scale) best.set(id, { ...each, parcel });
    }
  }
  return best.values();
}

/** Measuring a text costs more than drawing it. @type {Map<string, Map<string, number>>} */
const widths = new Map();

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @returns {number} pixels
 */
function widthOf(context, text) {
  const ofFont = widths.get(context.font) ?? new Map();
  widths.set(context.font, ofFont);
  const known = ofFont.get(text) ?? context.measureText(text).width;
  ofFont.set(text, known);
  return known;
}

/**
 * @param {Frame} frame
 * @param {Laid} laid
 * @param {Theme} theme
 */
function paintFindings({ context }, { tile, left, top, scale }, theme) {
  for (const { rule, x, y } of tile.findings) {
    if (x < 0 || y < 0 || x >= EXTENT || y >= EXTENT) continue;
    paintDot(context, left + x * scale, top + y * scale, FINDING_PX, theme.rules[rule] ?? theme.bad, theme);
  }
  for (const { findings, box } of tile.cells) {
    if (findings === 0) continue;
    const radius = 2 + Math.min(2.5, Math.log10(findings));
    paintDot(context, left + ((box[0] + box[2]) / 2) * scale, top + ((box[1] + box[3]) / 2) * scale, radius, theme.bad, theme);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 * @param {Theme} theme
 */
function paintDot(context, x, y, radius, colour, theme) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 1.2;
  context.strokeStyle = theme.surface;
  context.stroke();
}

/**
 * @param {Frame} frame
 * @param {Laid} laid
 * @param {string} id
 * @param {Theme} theme
 */
function paintPicked({ context }, { tile, left, top, scale }, id, theme) {
  const parcel = tile.byId.get(id);
  if (!parcel) return;
  context.save();
  context.translate(left, top);
  context.scale(scale, scale);
  context.beginPath();
  context.rect(0, 0, EXTENT, EXTENT);
  context.clip();
  context.beginPath();
  trace(context, parcel);
  context.fillStyle = theme.selected;
  context.fill('nonzero');
  context.strokeStyle = theme.accent;
  context.lineWidth = 2.4 / scale;
  context.stroke();
  context.restore();
}
