/**
 * Where texts stand on a sheet, so that none covers another: numbers inside their parcels, lengths beside their sides.
 * Millimetres. Pure.
 *
 * @module print/text_places
 */

/** @import {Area} from './paper.js' */
/** @import {TextBox} from '../paint/edge_labels.js' */

import { boxesOverlap } from '../paint/edge_labels.js';

/** @typedef {[number, number]} Mm */
/** @typedef {TextBox & {text: string, size: number}} PlacedText `size` of the letters */

/** Of a sans-serif letter, in letters' heights; the sheet is measured before any browser has drawn it. */
const LETTER = 0.58;
const BESIDE_MM = 0.65;
const ENDS_MM = 1.2;
const CELL_MM = 12;
const LEVELS = [0.5, 0.35, 0.65, 0.2, 0.8];

/**
 * @param {string} text
 * @param {number} size
 * @returns {number} never less than it takes
 */
export function widthOf(text, size) {
  return text.length * size * LETTER;
}

/** What stands already, found by squares of the sheet: thousands of texts are compared with their neighbours only. */
export class Taken {
  constructor() {
    /** @type {Map<string, TextBox[]>} */
    this.cells = new Map();
  }

  /**
   * @param {TextBox} box
   * @returns {boolean} whether it was free and is taken now
   */
  take(box) {
    const keys = cellsOf(box);
    if (keys.some((key) => this.cells.get(key)?.some((other) => boxesOverlap(box, other)))) return false;
    for (const key of keys) this.cells.set(key, [...(this.cells.get(key) ?? []), box]);
    return true;
  }
}

/**
 * @param {TextBox} box
 * @returns {string[]}
 */
function cellsOf({ x, y, halfWidth, halfHeight }) {
  const reach = Math.hypot(halfWidth, halfHeight);
  const keys = [];
  for (let column = Math.floor((x - reach) / CELL_MM); column <= Math.floor((x + reach) / CELL_MM); column += 1) {
    for (let row = Math.floor((y - reach) / CELL_MM); row <= Math.floor((y + reach) / CELL_MM); row += 1) keys.push(`${column},${row}`);
  }
  return keys;
}

/**
 * @param {Mm[][]} rings of one parcel
 * @param {string} text
 * @param {readonly number[]} sizes of letters, the best first
 * @param {Area} map
 * @param {Taken} taken
 * @returns {PlacedText | null} level, inside the parcel and the map's window; null where it does not fit
 */
export function placeNumber(rings, text, sizes, map, taken) {
  const ys = rings.flat().map(([, y]) => y);
  const [top, bottom] = [Math.max(map.y, Math.min(...ys)), Math.min(map.y + map.height, Math.max(...ys))];
  const stretches = LEVELS.map((level) => widestStretch(rings, top + level * (bottom - top), map)).sort((a, b) => b.width - a.width);
  for (const size of sizes) {
    const [halfWidth, halfHeight] = [widthOf(text, size) / 2, size / 2];
    for (const { x, y, width } of stretches) {
      if (width < 2 * halfWidth + 0.6 || !holds(rings, x, y, halfWidth, halfHeight, map)) continue;
      const box = { x, y, angle: 0, halfWidth, halfHeight };
      if (taken.take(box)) return { ...box, text, size };
    }
  }
  return null;
}

/**
 * @param {Mm[][]} rings
 * @param {number} y
 * @param {Area} map
 * @returns {{x: number, y: number, width: number}}
 */
function widestStretch(rings, y, map) {
  const crossings = crossingsAt(rings, y).map((x) => Math.min(Math.max(x, map.x), map.x + map.width));
  let best = { x: 0, y, width: -1 };
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const [from, to] = [crossings[i] ?? 0, crossings[i + 1] ?? 0];
    if (to - from > best.width) best = { x: (from + to) / 2, y, width: to - from };
  }
  return best;
}

/**
 * @param {Mm[][]} rings
 * @param {number} y
 * @returns {number[]} from the left
 */
function crossingsAt(rings, y) {
  const found = [];
  for (const ring of rings) {
    let a = ring.at(-1);
    for (const b of ring) {
      if (a && a[1] > y !== b[1] > y) found.push(a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]));
      a = b;
    }
  }
  return found.sort((a, b) => a - b);
}

/**
 * @param {Mm[][]} rings
 * @param {number} x
 * @param {number} y
 * @param {number} halfWidth
 * @param {number} halfHeight
 * @param {Area} map
 * @returns {boolean} whether the upper and lower side of the text lie inside, too
 */
function holds(rings, x, y, halfWidth, halfHeight, map) {
  if (y - halfHeight < map.y || y + halfHeight > map.y + map.height) return false;
  return [y - halfHeight, y + halfHeight].every((level) => {
    const crossings = crossingsAt(rings, level);
    return crossings.some((from, index) => index % 2 === 0 && from <= x - halfWidth && (crossings[index + 1] ?? -Infinity) >= x + halfWidth);
  });
}

/**
 * @param {Mm} from
 * @param {Mm} to
 * @param {string} text
 * @param {number} size
 * @param {Taken} taken
 * @returns {PlacedText | null} along the side, read from below or from the right; null where the side is too short for it, or both
 *   its sides are taken
 */
export function placeLength([ax, ay], [bx, by], text, size, taken) {
  const [dx, dy] = [bx - ax, by - ay];
  const [halfWidth, halfHeight] = [widthOf(text, size) / 2, size / 2];
  if (Math.hypot(dx, dy) < 2 * halfWidth + ENDS_MM) return null;
  const raw = Math.atan2(dy, dx);
  const angle = raw >= Math.PI / 2 - 1e-3 ? raw - Math.PI : raw < -Math.PI / 2 - 1e-3 ? raw + Math.PI : raw;
  for (const side of [-1, 1]) {
    const away = side * (halfHeight + BESIDE_MM);
    const box = { x: (ax + bx) / 2 - Math.sin(angle) * away, y: (ay + by) / 2 + Math.cos(angle) * away, angle, halfWidth, halfHeight };
    if (taken.take(box)) return { ...box, text, size };
  }
  return null;
}
