/**
 * Drawing what is being edited: changed parcels with their old outline, the selected one, the point in hand, and the
 * places that the server refused.
 *
 * @module paint_edit
 */

/** @import {Graph} from './graph.js' */
/** @import {Frame} from './map_view.js' */
/** @import {Session} from './session.js' */
/** @import {Theme} from './theme.js' */
/** @import {Preview} from './tools/point_drag.js' */
/** @import {Snap} from './snapping.js' */

import { changes } from './difference.js';
import { boxesMeet } from './geodesy.js';
import { Graph as EditGraph } from './graph.js';
import { paintPlace } from './paint_place.js';
import { fillOf, paintCircle, paintLabel, paintLine, paintParcel, paintTag } from './painting.js';

/**
 * @param {Frame} frame
 * @param {Session} session
 * @param {Preview | null} preview
 * @param {Theme} theme
 */
export function paintEdit(frame, session, preview, theme) {
  const { draft, selected, refusals } = session.state;
  const graph = preview?.graph ?? draft.graph;
  const touched = [...draft.steps.flatMap((step) => [...step.touched]), ...(preview?.touched ?? [])];
  const changed = changes(graph, touched);
  paintChanged(frame, graph, changed, selected, theme);
  paintSelected(frame, graph, selected, theme);
  refusals.forEach((refusal, index) => paintPlace(frame, refusal, index, theme));
  if (preview) paintHand(frame, preview, theme);
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {ReturnType<typeof changes>} changed
 * @param {string | null} selected
 * @param {Theme} theme
 */
function paintChanged(frame, graph, changed, selected, theme) {
  const before = new EditGraph(graph.base);
  const parcels = [...graph.changed()].flatMap((id) => graph.parcel(id) ?? []);
  const visible = parcels.filter((parcel) => boxesMeet(graph.envelope(parcel), frame.box));
  for (const parcel of visible) {
    const isChanged = changed.get(parcel.id) === 'geometry' || changed.get(parcel.id) === 'attributes';
    const style = isChanged ? { fill: theme.touched, line: theme.touchedLine, width: 1.6 } : { fill: fillOf(parcel, theme), line: theme.parcelLine, width: 1 };
    if (parcel.id !== selected) paintParcel(frame, graph, parcel, style);
  }
  for (const parcel of visible) {
    const old = before.parcel(parcel.id);
    if (old && changed.get(parcel.id) === 'geometry') paintParcel(frame, before, old, { line: theme.quiet, width: 1.1, dash: [4, 4] });
    paintLabel(frame, graph, parcel, theme.text, theme);
  }
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {string | null} selected
 * @param {Theme} theme
 */
function paintSelected(frame, graph, selected, theme) {
  const parcel = selected ? graph.parcel(selected) : undefined;
  if (!parcel) return;
  paintParcel(frame, graph, parcel, { fill: theme.selected, line: theme.accent, width: 2.4 });
  const old = graph.changed().has(parcel.id) ? graph.base.parcels.get(parcel.id) : undefined;
  if (old) paintParcel(frame, new EditGraph(graph.base), old, { line: theme.quiet, width: 1.1, dash: [4, 4] });
  paintLabel(frame, graph, parcel, theme.text, theme);
}

/**
 * @param {Frame} frame
 * @param {Preview} preview
 * @param {Theme} theme
 */
function paintHand(frame, { graph, origin, place, snap, tag }, theme) {
  paintLine(frame, origin, place, theme.accent, [3, 3]);
  if (snap) paintSnap(frame, graph, snap, theme);
  const text = snap ? `${tag} · on ${snap.kind === 'point' ? 'point' : 'boundary'}` : tag;
  paintTag(frame, place, text, { fill: theme.accent, ink: theme.onAccent, font: theme.tagFont });
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Snap} snap
 * @param {Theme} theme
 */
function paintSnap(frame, graph, snap, theme) {
  if (snap.kind === 'point') paintCircle(frame, snap.point, 12, { line: theme.touchedLine, width: 2.4 });
  else paintLine(frame, graph.point(snap.a.id), graph.point(snap.b.id), theme.touchedLine);
}
