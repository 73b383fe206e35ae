/**
 * Drawing a parcel as it was over what it is now: hatched one way what it has lost since, the other way what it has
 * gained, and its old outline.
 *
 * @module paint_past
 */

/** @import {Graph} from '../graph.js' */
/** @import {Frame} from '../map_view.js' */
/** @import {Theme} from './theme.js' */
/** @import {Parcel} from '../types.js' */

import { paintParcel, trace } from './painting.js';
import { makePattern } from './paint_zoning.js';

/** @typedef {{graph: Graph, parcel: Parcel}} Shape */

const CELL_PX = 8;

/**
 * @param {Frame} frame
 * @param {Shape} past
 * @param {Shape | null} now null where it is retired
 * @param {Theme} theme
 */
export function paintPast(frame, past, now, theme) {
  paintOutside(frame, past, now, hatch(frame, 'falling', theme.bad));
  if (now) paintOutside(frame, now, past, hatch(frame, 'rising', theme.good));
  paintParcel(frame, past.graph, past.parcel, { line: theme.surface, width: 4 });
  paintParcel(frame, past.graph, past.parcel, { line: theme.text, width: 1.8, dash: [6, 4] });
}

/**
 * What one has and the other has not. Two clips make the difference; no geometry is computed.
 * @param {Frame} frame
 * @param {Shape} one
 * @param {Shape | null} other
 * @param {CanvasPattern | string} fill
 */
function paintOutside(frame, one, other, fill) {
  const { context, width, height } = frame;
  context.save();
  tracePath(frame, one);
  context.clip('evenodd');
  if (other) {
    tracePath(frame, other);
    context.rect(-width, -height, 3 * width, 3 * height);
    context.clip('evenodd');
  }
  tracePath(frame, one);
  context.fillStyle = fill;
  context.fill('evenodd');
  context.restore();
}

/**
 * @param {Frame} frame
 * @param {Shape} shape
 */
function tracePath(frame, { graph, parcel }) {
  frame.context.beginPath();
  for (const part of parcel.parts) for (const ring of part) trace(frame, graph, ring);
}

/**
 * @param {Frame} frame
 * @param {'falling' | 'rising'} direction so that nothing has to be told by colour
 * @param {string} colour
 * @returns {CanvasPattern | string}
 */
function hatch({ context }, direction, colour) {
  return makePattern(context, direction, { line: colour, tint: colour }, CELL_PX) ?? colour;
}
