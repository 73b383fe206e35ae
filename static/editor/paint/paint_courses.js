/**
 * Drawing lengths and bearings: beside the sides that a point in hand moves, along a line that is drawn, along all sides of
 * the selected parcel; and the side that a list or a click points at.
 *
 * @module paint_courses
 */

/** @import {BearingNotation} from '../numbers/bearing.js' */
/** @import {LabelledLine, TextBox} from './edge_labels.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Frame} from '../map_view.js' */
/** @import {Theme} from './theme.js' */
/** @import {LonLat, Parcel, PointId, StoragePair} from '../types.js' */

import { courseText } from '../numbers/bearing.js';
import { courseBetween } from '../numbers/course.js';
import { placeEdgeLabels } from './edge_labels.js';
import { edgesAt, sidesOf } from '../land/edges.js';
import { length } from '../format.js';
import { labelPlace } from './label_place.js';

/** More numbers than this help nobody; the longest sides have them. */
const MOST_LABELS = 300;
/** No length is written as short as this. */
const LEAST_PX = 30;
const LINE_PX = 14;

/** @typedef {{a: LonLat & {pair?: StoragePair | null}, b: LonLat & {pair?: StoragePair | null}}} Line */

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {BearingNotation} notation
 * @param {Theme} theme
 */
export function paintCoursesOf(frame, graph, parcel, notation, theme) {
  const lengths = sidesOf(graph, parcel).map((side) => {
    const [[ax, ay], [bx, by]] = [frame.project(side.a), frame.project(side.b)];
    return { side, px: isIn(frame, (ax + bx) / 2, (ay + by) / 2) ? Math.hypot(bx - ax, by - ay) : 0 };
  }).filter(({ px }) => px >= LEAST_PX);
  const sides = lengths.sort((one, other) => other.px - one.px).slice(0, MOST_LABELS).map(({ side }) => side);
  paintLines(frame, graph, sides, { notation, theme, taken: numberBox(frame, graph, parcel, theme) });
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {readonly PointId[]} moving
 * @param {BearingNotation} notation
 * @param {Theme} theme
 * @param {TextBox[]} taken
 */
export function paintCoursesAt(frame, graph, moving, notation, theme, taken) {
  paintLines(frame, graph, edgesAt(graph, moving), { notation, theme, taken, isWanted: true });
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {readonly (LonLat & {pair?: StoragePair | null})[]} places one after the other
 * @param {BearingNotation} notation
 * @param {Theme} theme
 * @param {TextBox[]} taken
 */
export function paintCoursesAlong(frame, graph, places, notation, theme, taken) {
  const lines = places.slice(1).map((b, index) => ({ a: places[index] ?? b, b }));
  // The newest first: it is the one in hand.
  paintLines(frame, graph, lines.reverse(), { notation, theme, taken, isWanted: true });
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {readonly Line[]} lines
 * @param {{notation: BearingNotation, theme: Theme, taken: TextBox[], isWanted?: boolean}} how
 */
function paintLines(frame, graph, lines, { notation, theme, taken, isWanted = false }) {
  const { context, project } = frame;
  context.font = theme.smallFont;
  const { grid } = graph.base;
  /** @type {LabelledLine[]} */
  const labelled = [];
  for (const { a, b } of lines) {
    const [from, to] = [project(a), project(b)];
    if (!isIn(frame, (from[0] + to[0]) / 2, (from[1] + to[1]) / 2)) continue;
    const course = courseBetween(grid, graph.pairOf(a), graph.pairOf(b));
    labelled.push({ from, to, isWanted, text: courseText(course, notation), short: length(course.metres) });
  }
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 4;
  for (const { x, y, angle, text } of placeEdgeLabels(labelled, (each) => context.measureText(each).width, LINE_PX, taken)) {
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.strokeStyle = theme.surface;
    context.strokeText(text, 0, 0);
    context.fillStyle = theme.accent;
    context.fillText(text, 0, 0);
    context.restore();
  }
}

/**
 * @param {Frame} frame
 * @param {number} x
 * @param {number} y
 * @returns {boolean}
 */
function isIn({ width, height }, x, y) {
  return x >= 0 && y >= 0 && x <= width && y <= height;
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {Theme} theme
 * @returns {TextBox[]} where its number stands
 */
function numberBox({ context, project }, graph, parcel, theme) {
  const text = parcel.properties['number'];
  if (typeof text !== 'string') return [];
  context.font = theme.labelFont;
  const [x, y] = project(labelPlace(graph, parcel));
  return [{ x, y, angle: 0, halfWidth: context.measureText(text).width / 2 + 2, halfHeight: theme.labelPx / 2 + 1 }];
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {string} key
 * @param {Theme} theme
 */
export function paintEdge({ context, project }, graph, parcel, key, theme) {
  const edge = sidesOf(graph, parcel).find((one) => one.key === key);
  if (!edge) return;
  context.beginPath();
  context.moveTo(...project(edge.a));
  context.lineTo(...project(edge.b));
  context.strokeStyle = theme.touchedLine;
  context.lineWidth = 5;
  context.lineCap = 'round';
  context.stroke();
  context.lineCap = 'butt';
}
