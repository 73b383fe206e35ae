/**
 * Finding things in a decoded tile: the parcel at a place, where its number stands, how many lie in a box. Pure.
 *
 * @module tile_picking
 */

/** @import {DecodedTile, TileBox, TileParcel, TileRing} from './tile_decoding.js' */
/** @import {TileName} from './tile_grid.js' */
/** @import {Box, LonLat} from './types.js' */

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

/** @type {WeakMap<TileParcel, Stretch>} */
const stretches = new WeakMap();

/**
 * @param {TileParcel} parcel
 * @returns {Stretch} in the tile's units
 */
export function stretchOf(parcel) {
  const known = stretches.get(parcel);
  if (known) return known;
  const [left, top, , bottom] = parcel.box;
  const y = (top + bottom) / 2;
  const at = crossings(parcel.rings, y).sort((a, b) => a - b);
  let best = { x: left, y, width: 0, height: bottom - top };
  for (let index = 0; index + 1 < at.length; index += 2) {
    const [from, to] = [at[index] ?? 0, at[index + 1] ?? 0];
    if (to - from > best.width) best = { ...best, x: (from + to) / 2, width: to - from };
  }
  stretches.set(parcel, best);
  return best;
}

/**
 * @param {TileParcel} parcel
 * @param {TileBox} box
 * @returns {boolean} whether its upper and its lower side lie inside the parcel: a road bends away under a long number
 */
export function holdsBox({ rings }, [left, top, right, bottom]) {
  return [top, bottom].every((y) => {
    const at = crossings(rings, y);
    const before = at.filter((x) => x <= left).length;
    return before % 2 === 1 && at.filter((x) => x < right).length === before;
  });
}

/**
 * @param {TileRing[]} rings
 * @param {number} y
 * @returns {number[]} where they cross the horizontal line
 */
function crossings(rings, y) {
  const found = [];
  for (const ring of rings) {
    let ax = /** @type {number} */ (ring[ring.length - 2]);
    let ay = /** @type {number} */ (ring[ring.length - 1]);
    for (let index = 0; index < ring.length; index += 2) {
      const bx = /** @type {number} */ (ring[index]);
      const by = /** @type {number} */ (ring[index + 1]);
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
