/**
 * Drawing what is being edited: changed parcels with their old outline, the selected one, the point in hand, and the
 * places that the server refused.
 *
 * @module paint_edit
 */

/** @import {BearingNotation} from '../numbers/bearing.js' */
/** @import {Foresight, Place} from '../saving/foresight.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Frame} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {Proposal} from '../tools/plan.js' */
/** @import {Theme} from './theme.js' */
/** @import {Preview} from '../tools/point_drag.js' */
/** @import {Aim} from '../snapping/snapper.js' */
/** @import {TextBox} from './edge_labels.js' */
/** @import {Parcel} from '../types.js' */

import { rings } from '../base.js';
import { changes } from '../difference.js';
import { isLong, lost } from '../land/long_rings.js';
import { boxesMeet } from '../storage/geodesy.js';
import { Graph as EditGraph } from '../graph.js';
import { refusedAtOnce } from '../rules/at_once.js';
import { paintAim } from './paint_aim.js';
import { paintCoursesAlong, paintCoursesAt, paintCoursesOf, paintEdge } from './paint_courses.js';
import { paintPlace, paintPlaceInHand, ruleName } from './paint_place.js';
import { fillOf, paintLabel, paintLine, paintParcel, paintTag, trace } from './painting.js';
import { paintFigure, paintPath } from './paint_plan.js';

/** Half of a handle that is held, where no number is read. */
const HANDLE_PX = 9;

/**
 * @param {Frame} frame
 * @param {Session} session
 * @param {{preview: Preview | null, proposal: Proposal | null, aim: Aim | null, adviceOf: (graph: Graph | null) => Place[]}} inHand a point
 *   that is dragged, what a tool plans, where the place in hand is, and what findings these would open
 * @param {Theme} theme
 */
export function paintEdit(frame, session, { preview, proposal, aim, adviceOf }, theme) {
  const { draft, selected, also, refusals, finding, foreseen, hasCourses, bearings, edge } = session.state;
  const graph = preview?.graph ?? proposal?.graph ?? draft.graph;
  const touched = [...draft.steps.flatMap((step) => [...step.touched]), ...(preview?.touched ?? []), ...(proposal?.touched ?? [])];
  const changed = changes(graph, touched);
  paintChanged(frame, graph, changed, selected, theme);
  for (const id of [...also, selected]) paintSelected(frame, graph, id, theme);
  if (proposal?.line) paintPath(frame, proposal.line, theme);
  const taken = (proposal?.tags ?? []).map((tag) => paintFigure(frame, tag, theme));
  if (finding) paintPlace(frame, finding, ruleName(finding.rule), theme);
  if (foreseen && refusals.length === 0 && !preview) paintForeseen(frame, foreseen, theme);
  // What is in hand is judged as it moves, each frame.
  const inHand = preview?.graph ?? proposal?.graph ?? null;
  for (const place of [...adviceOf(inHand), ...(inHand ? refusedAtOnce(inHand, session.terms) : [])]) paintPlaceInHand(frame, place, theme);
  refusals.forEach((refusal, index) => paintPlace(frame, refusal, `${index + 1}  ${ruleName(refusal.rule)}`, theme));
  const parcel = selected ? graph.parcel(selected) : undefined;
  if (parcel && edge) paintEdge(frame, graph, parcel, edge, theme);
  if (parcel && hasCourses && !preview && !proposal?.line?.length) paintCoursesOf(frame, graph, parcel, bearings, theme);
  if (aim) taken.push(...paintAim(frame, aim, theme, preview !== null));
  if (proposal?.line) paintCoursesAlong(frame, draft.graph, proposal.line, bearings, theme, taken);
  if (preview) paintHand(frame, preview, bearings, theme, taken);
}

/**
 * @param {Frame} frame
 * @param {Foresight} foreseen
 * @param {Theme} theme
 */
function paintForeseen(frame, { opened, closed, refused, disputed }, theme) {
  for (const { place } of disputed) paintPlace(frame, { rule: 'disputed', place }, 'Disputed boundary', theme, theme.quiet);
  for (const place of closed) paintPlace(frame, place, `${ruleName(place.rule)} closes`, theme, theme.good);
  for (const place of [...opened, ...refused]) paintPlace(frame, place, `New ${ruleName(place.rule).toLowerCase()}`, theme);
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
  /** @param {string} id */
  const isTouched = (id) => ['geometry', 'attributes', 'created', 'restored'].includes(changed.get(id) ?? '');
  for (const parcel of visible) {
    const fill = parcel.id === selected ? theme.selected : isTouched(parcel.id) ? theme.touched : fillOf(parcel, theme);
    paintParcel(frame, graph, parcel, { fill });
  }
  // The old outlines lie between the fills and the new lines, so they show only where something moved.
  for (const [id, change] of changed) {
    const old = change === 'geometry' || change === 'retired' ? before.parcel(id) : undefined;
    if (old && boxesMeet(before.envelope(old), frame.box)) paintOld(frame, before, graph, old, theme);
  }
  for (const parcel of visible) {
    paintParcel(frame, graph, parcel, isTouched(parcel.id) ? { line: theme.touchedLine, width: 1.6, casing: theme.casing } : { line: theme.parcelLine, casing: theme.casing });
    paintLabel(frame, graph, parcel, theme.text, theme);
  }
}

/**
 * @param {Frame} frame
 * @param {Graph} before
 * @param {Graph} graph
 * @param {Parcel} old
 * @param {Theme} theme
 */
function paintOld(frame, before, graph, old, theme) {
  const { context, project } = frame;
  context.beginPath();
  for (const ring of rings(old)) {
    // Of a ring of thousands of points only what is not there any more: the rest lies under the new line.
    if (!isLong(ring)) trace(frame, before, ring);
    else for (const run of lost(graph, ring, graph.parcel(old.id))) before.places(run).map(project).forEach(([x, y], index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  }
  context.strokeStyle = theme.quiet;
  context.lineWidth = 1.1;
  context.setLineDash([4, 4]);
  context.stroke();
  context.setLineDash([]);
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
  const isChanged = graph.changed().has(parcel.id);
  paintParcel(frame, graph, parcel, { ...(isChanged ? {} : { fill: theme.selected }), line: theme.accent, width: 2.4, casing: theme.casing });
  // A changed one has its number already, and one written twice is blurred.
  if (!isChanged) paintLabel(frame, graph, parcel, theme.text, theme);
}

/**
 * @param {Frame} frame
 * @param {Preview} preview
 * @param {BearingNotation} bearings
 * @param {Theme} theme
 * @param {TextBox[]} taken
 */
function paintHand(frame, { graph, origin, place, tag, own }, bearings, theme, taken) {
  paintLine(frame, origin, place, theme.accent, [3, 3]);
  const box = paintTag(frame, place, tag, { fill: theme.accent, ink: theme.onAccent, font: theme.tagFont });
  const handles = own.map((id) => frame.project(graph.point(id))).map(([x, y]) => ({ x, y, angle: 0, halfWidth: HANDLE_PX, halfHeight: HANDLE_PX }));
  paintCoursesAt(frame, graph, own, bearings, theme, [...taken, box, ...handles]);
}
