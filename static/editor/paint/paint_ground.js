/**
 * Drawing what reaches over the edges of tiles: labels, findings, and the parcel that was just picked while
 * its exact boundary is on its way.
 *
 * @module paint_ground
 */

/** @import {Shown} from '../layers.js' */
/** @import {Frame} from '../map_view.js' */
/** @import {DecodedTile} from '../tiles/tile_decoding.js' */
/** @import {TileName} from '../tiles/tile_grid.js' */
/** @import {Theme} from './theme.js' */

import { paintMark } from './finding_mark.js';
import { paintLabels } from './paint_labels.js';
import { boxOfTile, EXTENT } from '../tiles/tile_grid.js';
import { trace } from '../trace.js';

const FINDING_PX = 4.5;
/** Of a notice: there may be one in every lot, and none of it is urgent. */
const NOTICE_PX = 3;

/** @typedef {{name: TileName, tile: DecodedTile}} TileInView */

/** A tile on the surface: where it begins, and pixels to a unit. @typedef {{tile: DecodedTile, left: number, top: number, scale: number}} Laid */

/**
 * @param {Frame} frame
 * @param {TileInView[]} tiles
 * @param {{hidden: ReadonlySet<string>, picked: string | null, layers: Shown, theme: Theme}} look
 *   `hidden`: numbers that stand elsewhere
 */
export function paintGround(frame, tiles, { hidden, picked, layers, theme }) {
  const laid = tiles.map((tile) => layOut(frame, tile));
  if (picked) for (const each of laid) paintPicked(frame, each, picked, theme);
  paintLabels(frame, laid, { hidden, layers, theme });
  if (layers.shown.has('findings')) for (const each of laid) paintFindings(frame, each, theme);
}

/**
 * @param {Frame} frame
 * @param {TileInView} tile
 * @returns {Laid}
 */
export function layOut({ project }, { name, tile }) {
  const [west, , east, north] = boxOfTile(name);
  const [left, top] = project({ lon: west, lat: north });
  const [right] = project({ lon: east, lat: north });
  return { tile, left, top, scale: (right - left) / EXTENT };
}

/**
 * @param {Frame} frame
 * @param {Laid} laid
 * @param {Theme} theme
 */
function paintFindings({ context }, { tile, left, top, scale }, theme) {
  for (const finding of tile.findings) {
    const { x, y } = finding;
    if (x < 0 || y < 0 || x >= EXTENT || y >= EXTENT) continue;
    paintMark(context, left + x * scale, top + y * scale, finding.severity === 'notice' ? NOTICE_PX : FINDING_PX, finding, theme);
  }
  for (const { findings, box } of tile.cells) {
    if (findings === 0) continue;
    const radius = 2 + Math.min(2.5, Math.log10(findings));
    paintMark(context, left + ((box[0] + box[2]) / 2) * scale, top + ((box[1] + box[3]) / 2) * scale, radius, { rule: '' }, theme);
  }
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
