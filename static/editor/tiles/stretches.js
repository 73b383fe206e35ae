/**
 * Where a text stands in what it names: the middle of the widest stretch inside, on the line through the centre. What the
 * edge of a tile cuts is put together again first, so that its number stands where it would without that edge. Pure.
 *
 * @module stretches
 */

/** @import {TileBox, TileRing} from './tile_decoding.js' */

import { crossings } from './tile_picking.js';

/** More pieces than this belong to something long, as a road: its widest piece is place enough. */
const MOST_PIECES = 4;

/** Rings of one tile, and how far its corner lies from that of the first. @typedef {{rings: TileRing[], dx: number, dy: number}} Piece */

/** A parcel or a district of one tile, or `pieces` of several; in units of the first. @typedef {{rings: TileRing[], box: TileBox, pieces?: Piece[]}} Shape */

/** Middle and size, in the tile's units. @typedef {{x: number, y: number, width: number, height: number}} Stretch */

/** @typedef {[number, number]} Interval */

/** @type {WeakMap<Shape, Stretch>} */
const levels = new WeakMap();
/** @type {WeakMap<Shape, Stretch>} */
const uprights = new WeakMap();

/**
 * @param {Shape} shape
 * @param {boolean} [isUpright] on the vertical line through the centre, for a text that runs upwards
 * @returns {Stretch}
 */
export function stretchOf(shape, isUpright = false) {
  const kept = isUpright ? uprights : levels;
  const known = kept.get(shape);
  if (known) return known;
  const [left, top, right, bottom] = shape.box;
  const at = isUpright ? (left + right) / 2 : (top + bottom) / 2;
  const [from, to] = intervals(shape, at, isUpright).reduce((best, each) => (each[1] - each[0] > best[1] - best[0] ? each : best), [0, 0]);
  const middle = (from + to) / 2;
  const stretch = isUpright ? { x: at, y: middle, width: right - left, height: to - from } : { x: middle, y: at, width: to - from, height: bottom - top };
  kept.set(shape, stretch);
  return stretch;
}

/**
 * @param {Shape} shape
 * @param {TileBox} box
 * @param {boolean} [isUpright] of a text that runs upwards
 * @returns {boolean} whether both long sides of a text lie inside: a road bends away under a long number
 */
export function holdsBox(shape, [left, top, right, bottom], isUpright = false) {
  const [from, to] = isUpright ? [top, bottom] : [left, right];
  return (isUpright ? [left, right] : [top, bottom]).every((line) => intervals(shape, line, isUpright).some(([a, b]) => a <= from && b >= to));
}

/**
 * @param {Shape} shape
 * @param {number} at where the line lies
 * @param {boolean} isVertical
 * @returns {Interval[]} of it inside; those of tiles that overlap by their margins are one
 */
function intervals({ rings, pieces = [{ rings, dx: 0, dy: 0 }] }, at, isVertical) {
  /** @type {Interval[]} */
  const found = [];
  for (const { rings: own, dx, dy } of pieces) {
    const [along, aside] = isVertical ? [dy, dx] : [dx, dy];
    const places = crossings(own, at - aside, isVertical ? 0 : 1).sort((a, b) => a - b);
    for (let index = 0; index + 1 < places.length; index += 2) found.push([(places[index] ?? 0) + along, (places[index + 1] ?? 0) + along]);
  }
  return pieces.length > 1 ? united(found) : found;
}

/**
 * @param {Interval[]} intervals
 * @returns {Interval[]} without overlaps
 */
function united(intervals) {
  /** @type {Interval[]} */
  const found = [];
  for (const [from, to] of intervals.sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

/** @typedef {{shape: Shape, left: number, top: number, scale: number}} Cut a piece, where its tile begins, and pixels to a unit */

/** Putting together is done once, however often it is painted. @type {WeakMap<Shape, {of: Shape[], shape: Shape}>} */
const joints = new WeakMap();

/**
 * @param {Cut[]} cuts of one parcel, the widest first
 * @returns {Cut} all of them as one where they are few and of one zoom, else the first
 */
export function joined(cuts) {
  const first = /** @type {Cut} */ (cuts[0]);
  const { left, top, scale } = first;
  if (cuts.length === 1 || cuts.length > MOST_PIECES || cuts.some((cut) => Math.abs(cut.scale / scale - 1) > 1e-6)) return first;
  const of = cuts.map((cut) => cut.shape);
  const known = joints.get(first.shape);
  if (known && known.of.length === of.length && of.every((shape, index) => shape === known.of[index])) return { ...first, shape: known.shape };
  // The corners of tiles lie whole tiles apart; pixels are rounded by less than a unit.
  const pieces = cuts.map((cut) => ({ rings: cut.shape.rings, dx: Math.round((cut.left - left) / scale), dy: Math.round((cut.top - top) / scale) }));
  const boxes = cuts.map(({ shape: { box } }, index) => {
    const { dx = 0, dy = 0 } = pieces[index] ?? {};
    return [box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy];
  });
  const side = (/** @type {number} */ at) => boxes.map((box) => box[at] ?? 0);
  const shape = { rings: first.shape.rings, pieces, box: /** @type {TileBox} */ ([Math.min(...side(0)), Math.min(...side(1)), Math.max(...side(2)), Math.max(...side(3))]) };
  joints.set(first.shape, { of, shape });
  return { ...first, shape };
}
