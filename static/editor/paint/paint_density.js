/**
 * Drawing how densely parcels lie where they are too small to be drawn: a quiet shade that has no edges of its own.
 *
 * @module paint_density
 */

/** @import {TileFrame} from './paint_tile.js' */
/** @import {TileCell} from '../tiles/tile_decoding.js' */
/** @import {Theme} from './theme.js' */

import { EXTENT } from '../tiles/tile_grid.js';

const CELLS_ACROSS = 64;
const CELL = EXTENT / CELLS_ACROSS;
/** A shade is darkest where so many parcels lie on a square kilometre: an inner city. */
const DENSEST_PER_KM2 = 4000;
const DARKEST = 0.6;
const EQUATOR_KM = 40_075.017;

/** One picture of cells after the other is made on it. @type {CanvasRenderingContext2D | null} */
let mask = null;

/**
 * @param {TileFrame} frame
 * @param {TileCell[]} cells
 * @param {number} cellKm width of a cell
 * @param {Theme} theme
 */
export function paintDensity({ context, size, shift, column, row }, cells, cellKm, theme) {
  mask ??= document.createElement('canvas').getContext('2d');
  if (!mask) return;
  mask.canvas.width = mask.canvas.height = CELLS_ACROSS;
  const image = mask.createImageData(CELLS_ACROSS, CELLS_ACROSS);
  const counts = averaged(averaged(countsOf(cells)));
  counts.forEach((count, at) => {
    image.data[4 * at + 3] = 255 * shade(count / cellKm ** 2);
  });
  mask.putImageData(image, 0, 0);
  mask.globalCompositeOperation = 'source-in';
  mask.fillStyle = theme.parcelLine;
  mask.fillRect(0, 0, CELLS_ACROSS, CELLS_ACROSS);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(mask.canvas, -column * size, -row * size, size * 2 ** shift, size * 2 ** shift);
}

/**
 * @param {TileCell[]} cells
 * @returns {Float64Array} parcels in each cell of the tile, row by row
 */
export function countsOf(cells) {
  const counts = new Float64Array(CELLS_ACROSS * CELLS_ACROSS);
  for (const { parcels, box } of cells) {
    const at = Math.floor((box[1] + box[3]) / 2 / CELL) * CELLS_ACROSS + Math.floor((box[0] + box[2]) / 2 / CELL);
    if (at >= 0 && at < counts.length) counts[at] = parcels;
  }
  return counts;
}

/**
 * A lot larger than a cell is counted in one cell and leaves others empty: each becomes the mean of itself and those
 * around it in the tile.
 * @param {Float64Array} counts
 * @returns {Float64Array}
 */
export function averaged(counts) {
  const means = new Float64Array(counts.length);
  for (let y = 0; y < CELLS_ACROSS; y += 1) {
    for (let x = 0; x < CELLS_ACROSS; x += 1) means[y * CELLS_ACROSS + x] = meanAround(counts, x, y);
  }
  return means;
}

/**
 * @param {Float64Array} counts
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
function meanAround(counts, x, y) {
  let [sum, of] = [0, 0];
  for (let row = Math.max(0, y - 1); row <= Math.min(CELLS_ACROSS - 1, y + 1); row += 1) {
    for (let column = Math.max(0, x - 1); column <= Math.min(CELLS_ACROSS - 1, x + 1); column += 1) {
      sum += counts[row * CELLS_ACROSS + column] ?? 0;
      of += 1;
    }
  }
  return sum / of;
}

/**
 * The same ground has the same shade at every zoom.
 * @param {number} perKm2
 * @returns {number} opacity
 */
function shade(perKm2) {
  return DARKEST * Math.min(1, Math.log1p(perKm2) / Math.log1p(DENSEST_PER_KM2)) ** 3;
}

/**
 * @param {number} z of the tile
 * @param {number} lat
 * @returns {number} kilometres across one of its cells
 */
export function cellWidthKm(z, lat) {
  return (EQUATOR_KM * Math.cos((lat * Math.PI) / 180)) / 2 ** z / CELLS_ACROSS;
}
