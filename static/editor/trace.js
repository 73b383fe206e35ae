/**
 * @module trace
 */

/** @import {TileRing} from './tiles/tile_decoding.js' */

/**
 * Add the rings of a shape to the path, in the tile's units.
 * @param {CanvasRenderingContext2D} context
 * @param {{rings: TileRing[]}} shape
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
