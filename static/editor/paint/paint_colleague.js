/**
 * Drawing where colleagues' drafts lie: their parcels hatched, with a dashed outline. So nothing has to be told by colour.
 *
 * @module paint_colleague
 */

/** @import {ColleagueDraft} from '../drafts/colleagues.js' */
/** @import {Frame} from '../map_view.js' */
/** @import {Laid, TileInView} from './paint_ground.js' */
/** @import {Theme} from './theme.js' */
/** @import {TileParcel} from '../tiles/tile_decoding.js' */

import { EXTENT } from '../tiles/tile_grid.js';
import { trace } from '../trace.js';
import { layOut } from './paint_ground.js';
import { makePattern } from './paint_zoning.js';

const CELL_PX = 9;
const DASH_PX = [7, 4];
/** A footprint is never smaller than this, or it would not be seen from far out. */
const LEAST_PX = 14;

/**
 * @param {Frame} frame
 * @param {TileInView[]} tiles whose parcels give the shapes; further out than they reach, an envelope stands for them
 * @param {readonly ColleagueDraft[]} drafts
 * @param {{pointed: number | null, theme: Theme}} look `pointed`: id of the draft that somebody points at
 */
export function paintColleagues(frame, tiles, drafts, { pointed, theme }) {
  const { context } = frame;
  const laid = tiles.map((tile) => layOut(frame, tile));
  context.save();
  context.strokeStyle = theme.colleague;
  context.fillStyle = colleagueHatch(context, CELL_PX, theme);
  for (const draft of drafts) {
    context.lineWidth = draft.id === pointed ? 3.2 : 1.8;
    const shapes = laid.flatMap((each) => {
      const parcels = draft.parcels.flatMap(({ parcel_id: id }) => each.tile.byId.get(id) ?? []);
      return parcels.length > 0 ? [{ each, parcels }] : [];
    });
    for (const { each, parcels } of shapes) paintShapes(context, each, parcels);
    if (shapes.length === 0) paintEnvelope(frame, draft);
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} cell in pixels of the canvas
 * @param {Theme} theme
 * @returns {CanvasPattern | string}
 */
export function colleagueHatch(context, cell, theme) {
  return makePattern(context, 'rising', { line: theme.colleague, tint: theme.colleague }, cell) ?? theme.colleague;
}

/**
 * Within the tile: its shapes end a little outside of it, where the next tile goes on.
 * @param {CanvasRenderingContext2D} context
 * @param {Laid} laid
 * @param {TileParcel[]} parcels
 */
function paintShapes(context, { left, top, scale }, parcels) {
  context.save();
  context.beginPath();
  context.rect(left, top, EXTENT * scale, EXTENT * scale);
  context.clip();
  // The path is told in the tile's units; hatching and dashes are pixels.
  context.save();
  context.translate(left, top);
  context.scale(scale, scale);
  context.beginPath();
  for (const parcel of parcels) trace(context, parcel);
  context.restore();
  context.fill('nonzero');
  context.setLineDash(DASH_PX);
  context.stroke();
  context.restore();
}

/**
 * @param {Frame} frame
 * @param {ColleagueDraft} draft
 */
function paintEnvelope({ context, project }, { bbox: [west, south, east, north] }) {
  const [left, bottom] = project({ lon: west, lat: south });
  const [right, top] = project({ lon: east, lat: north });
  const [width, height] = [Math.max(LEAST_PX, right - left), Math.max(LEAST_PX, bottom - top)];
  context.save();
  context.beginPath();
  context.rect((left + right - width) / 2, (top + bottom - height) / 2, width, height);
  context.fill();
  context.setLineDash(DASH_PX);
  context.stroke();
  context.restore();
}
