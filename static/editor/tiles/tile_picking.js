/**
 * Finding things in a decoded tile: the parcel at a place, where its number stands, what and how many lie in a box. Pure.
 *
 * @module tile_picking
 */

/** @import {DecodedTile, TileBox, TileParcel, TileRing} from './tile_decoding.js' */
/** @import {TileName} from './tile_grid.js' */
/** @import {Box, LonLat} from '../types.js' */

import { EXTENT, tileAt } from './tile_grid.js';

/**
 * @param {DecodedTile} tile
 * @param {number} x in the tile's units
 * @param {number} y
 * @returns {TileParcel | null} the smallest where several lie over each other
 */
export function parcelInTile(tile, x, y) {
  // Large ones come first, so the first from the end is the smallest.
  for (let index = tile.parcels.length - 1; index >= 0; index -= 1) {
    const parcel = /** @type {TileParcel} */ (tile.parcels[index]);
    const [left, top, right, bottom] = parcel.box;
    if (x < left || x > right || y < top || y > bottom) continue;
    if (crossings(parcel.rings, y).filter((at) => at > x).length % 2 === 1) return parcel;
  }
  return null;
}

/**
 * Where a number stands: the middle of the widest stretch inside, on the horizontal line through the piece's centre.
 * @typedef {{x: number, y: number, width: number, height: number}} Stretch
 */

/** @typedef {{rings: TileRing[], box: TileBox}} Shape a parcel or a district */

/** @type {WeakMap<Shape, Stretch>} */
const stretches = new WeakMap();

/**
 * @param {Shape} shape
 * @returns {Stretch} in the tile's units
 */
export function stretchOf(shape) {
  const known = stretches.get(shape);
  if (known) return known;
  const [left, top, , bottom] = shape.box;
  const y = (top + bottom) / 2;
  const { middle, length } = widest(crossings(shape.rings, y), left);
  const stretch = { x: middle, y, width: length, height: bottom - top };
  stretches.set(shape, stretch);
  return stretch;
}

/** @type {WeakMap<Shape, Stretch>} */
const uprights = new WeakMap();

/**
 * The same on the vertical line through the piece's centre.
 * @param {Shape} shape
 * @returns {Stretch} in the tile's units
 */
export function uprightStretchOf(shape) {
  const known = uprights.get(shape);
  if (known) return known;
  const [left, top, right] = shape.box;
  const x = (left + right) / 2;
  const { middle, length } = widest(crossings(shape.rings, x, 0), top);
  const stretch = { x, y: middle, width: right - left, height: length };
  uprights.set(shape, stretch);
  return stretch;
}

/**
 * @param {number[]} at where a line enters and leaves
 * @param {number} none the middle where it never does
 * @returns {{middle: number, length: number}} of the longest piece inside
 */
function widest(at, none) {
  at.sort((a, b) => a - b);
  let best = { middle: none, length: 0 };
  for (let index = 0; index + 1 < at.length; index += 2) {
    const [from, to] = [at[index] ?? 0, at[index + 1] ?? 0];
    if (to - from > best.length) best = { middle: (from + to) / 2, length: to - from };
  }
  return best;
}

/**
 * @param {Shape} shape
 * @param {TileBox} box
 * @param {boolean} [isUpright] of a text that runs upwards
 * @returns {boolean} whether both long sides of a text lie inside the parcel: a road bends away under a long number
 */
export function holdsBox({ rings }, [left, top, right, bottom], isUpright = false) {
  const [from, to] = isUpright ? [top, bottom] : [left, right];
  return (isUpright ? [left, right] : [top, bottom]).every((line) => {
    const at = crossings(rings, line, isUpright ? 0 : 1);
    const before = at.filter((place) => place <= from).length;
    return before % 2 === 1 && at.filter((place) => place < to).length === before;
  });
}

/**
 * @param {TileRing[]} rings
 * @param {number} y
 * @param {0 | 1} [axis] 1: of the horizontal line at `y`; 0: of the vertical one at this x
 * @returns {number[]} where they cross the line
 */
function crossings(rings, y, axis = 1) {
  const found = [];
  for (const ring of rings) {
    let ax = /** @type {number} */ (ring[ring.length - 1 - axis]);
    let ay = /** @type {number} */ (ring[ring.length - 2 + axis]);
    for (let index = 0; index < ring.length; index += 2) {
      const bx = /** @type {number} */ (ring[index + 1 - axis]);
      const by = /** @type {number} */ (ring[index + axis]);
      if (ay > y !== by > y) found.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
      ax = bx;
      ay = by;
    }
  }
  return found;
}

/**
 * @param {{name: TileName, tile: DecodedTile}[]} tiles
 * @param {Box} box
 * @returns {{parcels: number, points: number}} that lie in it or may; points of pieces only, so a lower bound
 */
export function contentOf(tiles, box) {
  const ids = new Set();
  let counted = 0;
  let points = 0;
  for (const { name, tile } of tiles) {
    const within = unitsOf(name, box);
    for (const cell of tile.cells) if (meets(cell.box, within)) counted += cell.parcels;
    for (const parcel of tile.parcels) {
      if (!meets(parcel.box, within)) continue;
      ids.add(parcel.id);
      for (const ring of parcel.rings) points += ring.length / 2;
    }
  }
  return { parcels: counted + ids.size, points };
}

/**
 * What a legend explains: districts by code, and how many findings of which rule. Counts of squares have no rule.
 * @typedef {{districts: {code: string, name: string}[], rules: Map<string, number>}} InView
 */

/**
 * @param {{name: TileName, tile: DecodedTile}[]} tiles
 * @param {Box} box
 * @returns {InView} that lies in it; districts in the order of their codes
 */
export function inView(tiles, box) {
  const names = new Map();
  const rules = new Map();
  for (const { name, tile } of tiles) {
    const within = unitsOf(name, box);
    const shown = /** @type {TileBox} */ ([Math.max(within[0], 0), Math.max(within[1], 0), Math.min(within[2], EXTENT), Math.min(within[3], EXTENT)]);
    for (const district of tile.zoning) if (meets(district.box, shown)) names.set(district.code, district.name);
    for (const { rule, x, y } of tile.findings) if (meets([x, y, x, y], shown)) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    for (const cell of tile.cells) if (cell.findings > 0 && meets(cell.box, shown)) rules.set('', (rules.get('') ?? 0) + cell.findings);
  }
  const districts = [...names].map(([code, name]) => ({ code, name }));
  districts.sort((a, b) => a.code.localeCompare(b.code, 'en', { numeric: true }));
  return { districts, rules };
}

/**
 * @param {TileName} name
 * @param {Box} box
 * @returns {TileBox} the box in the tile's units
 */
function unitsOf(name, [west, south, east, north]) {
  const [left, top] = unitsIn(name, { lon: west, lat: north });
  const [right, bottom] = unitsIn(name, { lon: east, lat: south });
  return [left, top, right, bottom];
}

/**
 * @param {TileName} name
 * @param {LonLat} place
 * @returns {[number, number]} also beyond the tile
 */
function unitsIn(name, place) {
  const { tile, x, y } = tileAt(place, name.z);
  return [(tile.x - name.x) * EXTENT + x, (tile.y - name.y) * EXTENT + y];
}

/**
 * @param {TileBox} a
 * @param {TileBox} b
 * @returns {boolean}
 */
function meets(a, b) {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}
