/**
 * A small drawing of one state of a conflict.
 *
 * @module panels/figure
 */

/** @import {Contrast} from './conflict_contrast.js' */

import { PARCELS_AND_LABELS } from '../layers.js';
import { mercatorFitting } from '../storage/mercator.js';
import { paintCircle, paintLabel, paintParcel, paintParcels } from '../paint/painting.js';
import { readTheme } from '../paint/theme.js';

/**
 * @param {HTMLCanvasElement} canvas whose data-state names the state
 * @param {Contrast} contrast
 */
export function drawFigure(canvas, contrast) {
  const state = /** @type {'base' | 'theirs' | 'mine'} */ (canvas.dataset['state']);
  const theme = readTheme(canvas);
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  const project = mercatorFitting(contrast.box, width, height);
  const graph = contrast.graphs[state];
  const frame = { context, project, box: roundAbout(contrast.box), width, height };
  const started = contrast.graphs.base;
  paintParcels(frame, graph, (id) => !contrast.parcels.has(id), { theme, layers: PARCELS_AND_LABELS });
  const parcels = [...contrast.parcels].flatMap((id) => graph.parcel(id) ?? []);
  for (const parcel of parcels) paintParcel(frame, graph, parcel, { fill: theme.touched, line: theme.touchedLine, width: 1.6 });
  for (const id of state === 'base' ? [] : contrast.parcels) {
    const old = started.parcel(id);
    if (old) paintParcel(frame, started, old, { line: theme.quiet, width: 1, dash: [4, 4] });
  }
  for (const parcel of parcels) paintLabel(frame, graph, parcel, theme.text, theme);
  const point = contrast.positions[state];
  if (point) paintCircle(frame, point, 5.5, { fill: theme.accent, line: theme.surface, width: 2 });
}

/**
 * A picture is wider than the box it shows.
 * @param {import('../types.js').Box} box
 * @returns {import('../types.js').Box}
 */
function roundAbout([west, south, east, north]) {
  const [dx, dy] = [(east - west) * 4, (north - south) * 4];
  return [west - dx, south - dy, east + dx, north + dy];
}
