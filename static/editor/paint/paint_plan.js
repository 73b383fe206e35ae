/**
 * Drawing what is planned: the line in hand, and numbers that stand in the pieces.
 *
 * @module paint_plan
 */

/** @import {Frame} from '../map_view.js' */
/** @import {Theme} from './theme.js' */
/** @import {Tag} from '../tools/plan.js' */
/** @import {LonLat} from '../types.js' */

import { paintCircle } from './painting.js';

/** Below the number of the parcel. */
const BELOW_PX = 15;

/**
 * @param {Frame} frame
 * @param {LonLat[]} line
 * @param {Theme} theme
 */
export function paintPath(frame, line, theme) {
  const { context, project } = frame;
  context.beginPath();
  for (const [index, place] of line.entries()) {
    if (index === 0) context.moveTo(...project(place));
    else context.lineTo(...project(place));
  }
  context.strokeStyle = theme.accent;
  context.lineWidth = 2.2;
  context.lineJoin = 'round';
  context.stroke();
  for (const place of line) paintCircle(frame, place, 4, { fill: theme.surface, line: theme.accent, width: 2 });
}

/**
 * A number in a piece of land: on a rim of the ground's colour, so that lines under it do not cross it out. Where the piece is
 * too narrow for it stands what is short, so that of many parts none is written over another.
 * @param {Frame} frame
 * @param {Tag} tag
 * @param {Theme} theme
 * @returns {import('./edge_labels.js').TextBox} where it stands
 */
export function paintFigure({ context, project }, { place, text: whole, short }, theme) {
  const [x, y] = project(place);
  context.font = theme.tagFont;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 4;
  context.strokeStyle = theme.surface;
  const wide = short === undefined ? Infinity : project({ ...place, lon: place.lon + (place.width ?? Infinity) })[0] - x;
  const text = short !== undefined && context.measureText(whole).width > wide ? short : whole;
  context.strokeText(text, x, y + BELOW_PX);
  context.fillStyle = theme.text;
  context.fillText(text, x, y + BELOW_PX);
  return { x, y: y + BELOW_PX, angle: 0, halfWidth: context.measureText(text).width / 2 + 3, halfHeight: 9 };
}
