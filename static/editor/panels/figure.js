/**
 * The drawing of one state of a conflict. All three have one box, so that they are one map seen three times.
 *
 * @module panels/figure
 */

/** @import {Contrast, Dispute} from './conflict_contrast.js' */
/** @import {Box} from '../types.js' */

import { PARCELS_AND_LABELS } from '../layers.js';
import { mercatorFitting } from '../storage/mercator.js';
import { paintCircle, paintParcel, paintParcels } from '../paint/painting.js';
import { readTheme } from '../paint/theme.js';
import { paintSeenNumbers } from './seen_numbers.js';

/**
 * @param {HTMLCanvasElement} canvas whose data-state names the state
 * @param {Contrast} contrast
 * @param {Box} box
 */
export function drawFigure(canvas, contrast, box) {
  const state = /** @type {'base' | 'theirs' | 'mine'} */ (canvas.dataset['state']);
  const theme = readTheme(canvas);
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  const project = mercatorFitting(box, width, height);
  const graph = contrast.graphs[state];
  const frame = { context, project, box: roundAbout(box), width, height };
  const started = contrast.graphs.base;
  paintParcels(frame, graph, (id) => !contrast.parcels.has(id), { theme, layers: PARCELS_AND_LABELS });
  const parcels = [...contrast.parcels].flatMap((id) => graph.parcel(id) ?? []);
  for (const parcel of parcels) paintParcel(frame, graph, parcel, { fill: theme.touched, line: theme.touchedLine, width: 1.6 });
  for (const id of state === 'base' ? [] : contrast.parcels) {
    const old = started.parcel(id);
    if (old) paintParcel(frame, started, old, { line: theme.quiet, width: 1, dash: [4, 4] });
  }
  const taken = contrast.disputes.flatMap((dispute) => [dispute.base, dispute.theirs, dispute.mine].flatMap((place) => (place ? [project(place)] : [])));
  paintSeenNumbers(frame, graph, parcels, { theme, ratio, taken });
  for (const dispute of contrast.disputes) paintDispute(frame, dispute, state, theme);
}

/**
 * The point as this state has it, filled; where the others have it, rings; a line between theirs and mine.
 * @param {import('../map_view.js').Frame} frame
 * @param {Dispute} dispute
 * @param {'base' | 'theirs' | 'mine'} state
 * @param {import('../paint/theme.js').Theme} theme
 */
function paintDispute(frame, dispute, state, theme) {
  const { context, project } = frame;
  if (dispute.theirs && dispute.mine) {
    context.save();
    context.beginPath();
    context.moveTo(...project(dispute.theirs));
    context.lineTo(...project(dispute.mine));
    context.setLineDash([2, 3]);
    context.strokeStyle = theme.text;
    context.stroke();
    context.restore();
  }
  for (const other of /** @type {const} */ (['base', 'theirs', 'mine'])) {
    const place = dispute[other];
    if (place && other !== state) paintCircle(frame, place, 4, { line: other === 'theirs' ? theme.colleague : theme.accent, width: 1.6 });
  }
  const own = dispute[state];
  if (own) paintCircle(frame, own, 5.5, { fill: state === 'theirs' ? theme.colleague : theme.accent, line: theme.surface, width: 2 });
}

/**
 * A picture is wider than the box it shows.
 * @param {Box} box
 * @returns {Box}
 */
function roundAbout([west, south, east, north]) {
  const [dx, dy] = [(east - west) * 4, (north - south) * 4];
  return [west - dx, south - dy, east + dx, north + dy];
}
