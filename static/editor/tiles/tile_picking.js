/**
 * Finding things in a decoded tile: the parcel at a place, what and how many lie in a box. Pure.
 *
 * @module tile_picking
 */

/** @import {DecodedTile, TileBox, TileParcel, TileRing} from './tile_decoding.js' */
/** @import {TileName} from './tile_grid.js' */
/** @import {Box, LonLat} from '../types.js' */

import { isWithin } from '../storage/geodesy.js';
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
 * @param {TileRing[]} rings
 * @param {number} y
 * @param {0 | 1} [axis] 1: of the horizontal line at `y`; 0: of the vertical one at this x
 * @returns {number[]} where they cross the line
 */
export function crossings(rings, y, axis = 1) {
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
 * @param {{name: TileName, tile: DecodedTile}[]} tiles all that show anything of the box
 * @param {Box} box
 * @returns {string[]} ids of parcels of which no piece leaves the box
 */
export function parcelsWithin(tiles, box) {
  /** @type {Map<string, boolean>} */
  const found = new Map();
  for (const { name, tile } of tiles) {
    const outer = unitsOf(name, box);
    for (const { id, box: inner } of tile.parcels) found.set(id, found.get(id) !== false && isWithin(inner, outer));
  }
  return [...found].flatMap(([id, isIn]) => (isIn ? [id] : []));
}

/**
 * What a legend explains: districts by code, and how many findings of which rule. Counts of squares have no rule.
 * @typedef {{districts: {code: string, name: string}[], rules: Map<string, number>, severities: Map<string, string>}} InView
 */

/**
 * @param {{name: TileName, tile: DecodedTile}[]} tiles
 * @param {Box} box
 * @returns {InView} that lies in it; districts in the order of their codes
 */
export function inView(tiles, box) {
  const names = new Map();
  const [rules, severities] = [new Map(), new Map()];
  for (const { name, tile } of tiles) {
    const within = unitsOf(name, box);
    const shown = /** @type {TileBox} */ ([Math.max(within[0], 0), Math.max(within[1], 0), Math.min(within[2], EXTENT), Math.min(within[3], EXTENT)]);
    for (const district of tile.zoning) if (meets(district.box, shown)) names.set(district.code, district.name);
    for (const { rule, severity, x, y } of tile.findings) {
      if (!meets([x, y, x, y], shown)) continue;
      rules.set(rule, (rules.get(rule) ?? 0) + 1);
      severities.set(rule, severity);
    }
    for (const cell of tile.cells) if (cell.findings > 0 && meets(cell.box, shown)) rules.set('', (rules.get('') ?? 0) + cell.findings);
  }
  const districts = [...names].map(([code, name]) => ({ code, name }));
  districts.sort((a, b) => a.code.localeCompare(b.code, 'en', { numeric: true }));
  return { districts, rules, severities };
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
