/**
 * Where tiles lie: the grid of web maps, in which zoom z divides the world's Mercator square into 2^z by 2^z tiles.
 *
 * A tile is shown 512 pixels wide, so the map's zoom is one more than its tiles'. Deeper than the server cuts tiles, the
 * deepest one is drawn larger, part by part.
 *
 * @module tile_grid
 */

/** @import {Box, LonLat} from '../types.js' */

import { boxesMeet } from '../storage/geodesy.js';
import { mercator } from '../storage/mercator.js';

/** @typedef {{z: number, x: number, y: number}} TileName */

/**
 * A square of the map's own grid and the tile that it shows: 2^shift by 2^shift squares share one.
 * @typedef {{tile: TileName, shift: number, column: number, row: number}} Square
 */

export const TILE_PX = 512;
/** Units across a tile, and how many of them it shows of its neighbours. */
export const EXTENT = 4096;
const BUFFER = 64;
/** From here on a tile holds parcels; above, how many there are. */
export const DETAIL_ZOOM = 14;
/** The server goes to 22; at 20 a unit is less than a centimetre, and larger tiles come sooner. */
export const DEEPEST_ZOOM = 20;

const toWorld = mercator(1, 0, 0);

/**
 * @param {TileName} tile
 * @returns {string}
 */
export function keyOf({ z, x, y }) {
  return `${z}/${x}/${y}`;
}

/**
 * @param {TileName} square in the map's grid of 512 pixels, z being the map's zoom
 * @returns {Square}
 */
export function squareOf({ z, x, y }) {
  const shift = Math.max(0, z - 1 - DEEPEST_ZOOM);
  const tile = { z: z - 1 - shift, x: x >> shift, y: y >> shift };
  return { tile, shift, column: x - (tile.x << shift), row: y - (tile.y << shift) };
}

/**
 * @param {number} mapZoom
 * @returns {number} of the tiles that it shows
 */
export function tileZoomOf(mapZoom) {
  return Math.max(0, Math.min(DEEPEST_ZOOM, Math.round(mapZoom) - 1));
}

/**
 * @param {LonLat} place
 * @param {number} z
 * @returns {{tile: TileName, x: number, y: number}} the tile there, and where in it, in its units
 */
export function tileAt(place, z) {
  const [u, v] = toWorld(place);
  const [x, y] = [u * 2 ** z, v * 2 ** z];
  const tile = { z, x: Math.floor(x), y: Math.floor(y) };
  return { tile, x: (x - tile.x) * EXTENT, y: (y - tile.y) * EXTENT };
}

/**
 * @param {TileName} tile
 * @param {number} steps zooms further out
 * @returns {TileName} the tile that holds it
 */
export function ancestorOf({ z, x, y }, steps) {
  return { z: z - steps, x: x >> steps, y: y >> steps };
}

/**
 * @param {TileName} tile
 * @param {number} x in its units
 * @param {number} y
 * @returns {LonLat}
 */
export function placeIn(tile, x, y) {
  const size = 2 ** tile.z;
  const u = (tile.x + x / EXTENT) / size;
  const v = (tile.y + y / EXTENT) / size;
  return { lon: u * 360 - 180, lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * v))) * 180) / Math.PI };
}

/**
 * @param {TileName} tile
 * @param {number} [margin] units on every side
 * @returns {Box}
 */
export function boxOfTile(tile, margin = 0) {
  const northWest = placeIn(tile, -margin, -margin);
  const southEast = placeIn(tile, EXTENT + margin, EXTENT + margin);
  return [northWest.lon, southEast.lat, southEast.lon, northWest.lat];
}

/**
 * @param {TileName} tile
 * @param {Box} box
 * @returns {boolean} whether something within the box is in the tile or in what it shows of its neighbours
 */
export function tileMeets(tile, box) {
  return boxesMeet(boxOfTile(tile, BUFFER), box);
}

/**
 * @param {Box} box
 * @param {number} z
 * @returns {TileName[]} the tiles that it lies on
 */
export function tilesOn([west, south, east, north], z) {
  const { tile: first } = tileAt({ lon: west, lat: north }, z);
  const { tile: last } = tileAt({ lon: east, lat: south }, z);
  const tiles = [];
  for (let y = first.y; y <= last.y; y += 1) for (let x = first.x; x <= last.x; x += 1) tiles.push({ z, x, y });
  return tiles;
}
