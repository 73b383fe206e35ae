/**
 * Drawing what is written on the ground picture: numbers of parcels and codes of zoning districts, each where it fits
 * into what it names, and none over another.
 *
 * @module paint_labels
 */

/** @import {Shown} from '../layers.js' */
/** @import {Frame} from '../map_view.js' */
/** @import {Laid} from './paint_ground.js' */
/** @import {Theme} from './theme.js' */
/** @import {Cut, Stretch} from '../tiles/stretches.js' */

import { Marks } from './marks.js';
import { colourOfZone } from './paint_zoning.js';
import { holdsBox, joined, stretchOf } from '../tiles/stretches.js';

/** A number stands only where its parcel is this much wider. */
const LABEL_MARGIN_PX = 5;
const NARROWEST_LABEL_PX = 11;
const ZONE_MARGIN_PX = 22;
/** The code of a large district is repeated, but no nearer than this. */
const ZONE_APART_PX = 300;
const HALO_PX = 3;
/** Between the middle of a mark and a number beside it. */
const BESIDE_MARK_PX = 6;

/** left, top, right, bottom in pixels @typedef {[number, number, number, number]} Taken */

/** A text and where it may stand. @typedef {{text: string, x: number, y: number, isUpright: boolean}} Placed */

/**
 * @param {Frame} frame
 * @param {Laid[]} laid
 * @param {{hidden: ReadonlySet<string>, layers: Shown, theme: Theme}} look `hidden`: numbers that stand elsewhere
 */
export function paintLabels({ context, width, height }, laid, { hidden, layers, theme }) {
  /** @type {Taken[]} */
  const taken = [];
  const isInView = (/** @type {Taken} */ [left, top, right, bottom]) => right > 0 && left < width && bottom > 0 && top < height;
  const take = (/** @type {Taken} */ box) => {
    const isFree = isInView(box) && !taken.some(([l, t, r, b]) => box[0] < r && box[2] > l && box[1] < b && box[3] > t);
    if (isFree) taken.push(box);
    return isFree;
  };
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = HALO_PX;
  context.strokeStyle = theme.halo;
  if (layers.shown.has('zoning')) paintCodes(context, laid, take, theme);
  const marks = new Marks(layers.shown.has('findings') ? placesOfMarks(laid) : []);
  if (layers.shown.has('labels')) paintNumbers(context, laid, take, { hidden, marks, hasHalo: layers.shown.has('zoning') || layers.isOverBasemap, theme });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Laid[]} laid
 * @param {(box: Taken) => boolean} take
 * @param {Theme} theme
 */
function paintCodes(context, laid, take, theme) {
  context.font = theme.zoneFont;
  const places = laid.flatMap(({ tile, left, top, scale }) => tile.zoning.map((district) => {
    const { x, y, width, height } = stretchOf(district);
    return { text: district.code, x: left + x * scale, y: top + y * scale, width: width * scale, height: height * scale };
  }));
  places.sort((a, b) => b.width - a.width);
  /** @type {Map<string, [number, number][]>} */
  const standing = new Map();
  for (const { text, x, y, width, height } of places) {
    const half = widthOf(context, text) / 2;
    if (width < 2 * half + ZONE_MARGIN_PX || height < theme.labelPx + ZONE_MARGIN_PX) continue;
    const others = standing.get(text) ?? [];
    if (others.some(([ox, oy]) => Math.hypot(ox - x, oy - y) < ZONE_APART_PX)) continue;
    if (!take([x - half - 4, y - theme.labelPx / 2 - 3, x + half + 4, y + theme.labelPx / 2 + 3])) continue;
    standing.set(text, [...others, [x, y]]);
    context.fillStyle = colourOfZone(text, theme);
    write(context, { text, x, y, isUpright: false }, true);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Laid[]} laid
 * @param {(box: Taken) => boolean} take
 * @param {{hidden: ReadonlySet<string>, marks: Marks, hasHalo: boolean, theme: Theme}} look
 */
function paintNumbers(context, laid, take, { hidden, marks, hasHalo, theme }) {
  context.font = theme.labelFont;
  context.fillStyle = theme.quiet;
  for (const [number, cut] of numbered(laid, hidden)) {
    const half = widthOf(context, number) / 2;
    const placed = placeOf(number, cut, { half, halfHigh: theme.labelPx / 2 }, marks);
    if (!placed) continue;
    const [w, h] = placed.isUpright ? [theme.labelPx / 2 + 1, half + 2] : [half + 2, theme.labelPx / 2 + 1];
    if (take([placed.x - w, placed.y - h, placed.x + w, placed.y + h])) write(context, placed, hasHalo);
  }
}

/**
 * Level where the parcel is wide enough, else upright where it is high enough; beside the mark of a finding that stands in its middle.
 * @param {string} text
 * @param {Cut} cut
 * @param {{half: number, halfHigh: number}} size of the text: half its length and height, pixels
 * @param {Marks} marks
 * @returns {Placed | null}
 */
export function placeOf(text, { shape, left, top, scale }, { half, halfHigh }, marks) {
  const fits = (/** @type {Stretch} */ { width, height }, /** @type {boolean} */ isUpright) =>
    (isUpright ? height : width) * scale >= 2 * half + LABEL_MARGIN_PX && (isUpright ? width : height) * scale >= 2 * halfHigh + LABEL_MARGIN_PX;
  for (const isUpright of [false, true]) {
    const stretch = stretchOf(shape, isUpright);
    if (!fits(stretch, isUpright)) continue;
    const [halfX, halfY] = isUpright ? [halfHigh, half] : [half, halfHigh];
    const [w, h] = [halfX / scale, halfY / scale];
    const aside = halfHigh + BESIDE_MARK_PX;
    const places = [0, aside, -aside].map((by) => ({ text, x: left + stretch.x * scale + (isUpright ? by : 0), y: top + stretch.y * scale + (isUpright ? 0 : by), isUpright }));
    const inside = places.filter(({ x, y }) => {
      const [u, v] = [(x - left) / scale, (y - top) / scale];
      return holdsBox(shape, [u - w, v - h, u + w, v + h], isUpright);
    });
    // Off the middle only for a mark: else numbers would jump from zoom to zoom.
    const [middle] = places;
    if (middle !== inside[0]) continue;
    const best = inside.find(({ x, y }) => !marks.meets([x - halfX, y - halfY, x + halfX, y + halfY])) ?? middle;
    if (best) return best;
  }
  return null;
}

/**
 * @param {Laid[]} laid
 * @returns {Generator<[number, number]>} pixels
 */
function* placesOfMarks(laid) {
  for (const { tile, left, top, scale } of laid) for (const { x, y } of tile.findings) yield [left + x * scale, top + y * scale];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Placed} placed
 * @param {boolean} hasHalo
 */
function write(context, { text, x, y, isUpright }, hasHalo) {
  if (isUpright) {
    context.save();
    context.translate(x, y);
    context.rotate(-Math.PI / 2);
    [x, y] = [0, 0];
  }
  if (hasHalo) context.strokeText(text, x, y);
  context.fillText(text, x, y);
  if (isUpright) context.restore();
}

/**
 * A parcel that lies in several tiles has its number once.
 * @param {Laid[]} laid
 * @param {ReadonlySet<string>} hidden
 * @returns {Generator<[string, Cut]>} numbers, and what they stand in
 */
function* numbered(laid, hidden) {
  /** @type {Map<string, {number: string, cuts: Cut[]}>} */
  const found = new Map();
  for (const { tile, left, top, scale } of laid) {
    const least = NARROWEST_LABEL_PX / scale;
    for (const parcel of tile.parcels) {
      const { box, id, number } = parcel;
      if (number === '' || box[2] - box[0] < least || box[3] - box[1] < least || hidden.has(id)) continue;
      const cut = { shape: parcel, left, top, scale };
      const known = found.get(id);
      if (known) known.cuts.push(cut);
      else found.set(id, { number, cuts: [cut] });
    }
  }
  const width = (/** @type {Cut} */ { shape, scale }) => stretchOf(shape).width * scale;
  for (const { number, cuts } of found.values()) yield [number, joined(cuts.length > 1 ? cuts.sort((a, b) => width(b) - width(a)) : cuts)];
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
