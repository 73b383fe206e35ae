/**
 * Drawing parcels on a canvas. Knows pixels, colours and the graph; no Leaflet and no state.
 *
 * @module painting
 */

/** @import {Graph} from '../graph.js' */
/** @import {Shown} from '../layers.js' */
/** @import {Frame} from '../map_view.js' */
/** @import {LonLat, Parcel, Ring} from '../types.js' */
/** @import {Theme} from './theme.js' */

import { labelPlace } from './label_place.js';
import { rings } from '../base.js';
import { isLong, pixelsOf } from '../land/long_rings.js';
import { boxesMeet } from '../storage/geodesy.js';

/** A label narrower than its parcel by this many pixels is readable as that parcel's. */
/** Of a long ring, points nearer to each other on the screen are drawn as one. */
const FINEST_PX = 0.7;
const LABEL_MARGIN_PX = 5;
/** About numbers over a base map. */
const HALO_PX = 3;
/** By so much a casing is wider than its line. */
export const CASING_PX = 2.4;

/**
 * Parcels in view, with their numbers where there is room.
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {(id: string) => boolean} isHere false for what is painted elsewhere
 * @param {{theme: Theme, layers: Shown}} look
 */
export function paintParcels(frame, graph, isHere, { theme, layers }) {
  if (!layers.shown.has('parcels')) return;
  const visible = [...graph.parcels()].filter((p) => isHere(p.id) && boxesMeet(graph.envelope(p), frame.box));
  // Large first: a unit or an easement lies on its ground parcel and stays visible.
  visible.sort((a, b) => span(graph, b) - span(graph, a));
  for (const parcel of visible) {
    paintParcel(frame, graph, parcel, { fill: fillOf(parcel, theme), line: theme.parcelLine, width: 1, casing: theme.casing });
  }
  if (!layers.shown.has('labels')) return;
  /** @type {[number, number, number, number][]} */
  const taken = [];
  for (const parcel of visible) paintLabel(frame, graph, parcel, theme.quiet, theme, taken);
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {number}
 */
function span(graph, parcel) {
  const [w, s, e, n] = graph.envelope(parcel);
  return (e - w) * (n - s);
}

/**
 * @param {Parcel} parcel
 * @param {Theme} theme
 * @returns {string}
 */
export function fillOf(parcel, theme) {
  return fillOfKind(parcel.properties['kind'], theme);
}

/**
 * @param {unknown} kind
 * @param {Theme} theme
 * @returns {string}
 */
export function fillOfKind(kind, theme) {
  if (kind === 'road') return theme.roadFill;
  if (kind === 'water') return theme.waterFill;
  if (kind === 'easement' || kind === 'unit') return 'transparent';
  return kind === 'common' ? theme.commonFill : theme.parcelFill;
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {{fill?: string, line?: string, width?: number, dash?: number[], casing?: string}} style what is left out is not painted
 */
export function paintParcel(frame, graph, parcel, style) {
  const { context } = frame;
  const path = pathOf(frame, graph, parcel);
  if (style.fill && style.fill !== 'transparent') {
    context.fillStyle = style.fill;
    context.fill(path, 'evenodd');
  }
  if (!style.line) return;
  context.lineJoin = 'round';
  if (style.casing) {
    context.strokeStyle = style.casing;
    context.lineWidth = (style.width ?? 1) + CASING_PX;
    context.stroke(path);
  }
  context.strokeStyle = style.line;
  context.lineWidth = style.width ?? 1;
  context.setLineDash(style.dash ?? []);
  context.stroke(path);
  context.setLineDash([]);
}

/** Fill, line and selection of one picture share an outline. @type {WeakMap<Frame, Map<Graph, Map<Parcel, Path2D>>>} */
const paths = new WeakMap();

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {Path2D}
 */
function pathOf(frame, graph, parcel) {
  const ofFrame = paths.get(frame) ?? new Map();
  paths.set(frame, ofFrame);
  const ofGraph = ofFrame.get(graph) ?? new Map();
  ofFrame.set(graph, ofGraph);
  const known = ofGraph.get(parcel);
  if (known) return known;
  const path = new Path2D();
  for (const ring of rings(parcel)) trace(frame, graph, ring, path);
  ofGraph.set(parcel, path);
  return path;
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Ring} ring
 * @param {CanvasPath} [path] where it is drawn
 */
export function trace({ context, project, box }, graph, ring, path = context) {
  const pixels = isLong(ring) ? pixelsOf(graph, ring, box, project, FINEST_PX) : ring.map((id) => project(graph.point(id)));
  pixels.forEach(([x, y], index) => (index === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
  path.closePath();
}

/**
 * The number, where it fits into the parcel and meets no other label.
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {string} colour
 * @param {Theme} theme
 * @param {[number, number, number, number][]} [taken] boxes of labels that stand already; this one is added
 */
export function paintLabel(frame, graph, parcel, colour, theme, taken = []) {
  const text = parcel.properties['number'];
  if (typeof text !== 'string' || text === '') return;
  const { context, project } = frame;
  const place = labelPlace(graph, parcel);
  const [x, y] = project(place);
  const room = project({ lon: place.lon + place.width, lat: place.lat })[0] - x;
  context.font = theme.labelFont;
  const half = context.measureText(text).width / 2;
  if (room < 2 * half + LABEL_MARGIN_PX || isLow(frame, graph, parcel, theme.labelPx)) return;
  const height = theme.labelPx / 2;
  if (taken.some(([w, n, e, s]) => x - half < e && x + half > w && y - height < s && y + height > n)) return;
  taken.push([x - half - 2, y - height - 1, x + half + 2, y + height + 1]);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  if (theme.casing) {
    context.strokeStyle = theme.halo;
    context.lineWidth = HALO_PX;
    context.strokeText(text, x, y);
  }
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {number} labelPx
 * @returns {boolean} lower than a label
 */
function isLow({ project }, graph, parcel, labelPx) {
  const [west, south, , north] = graph.envelope(parcel);
  return project({ lon: west, lat: south })[1] - project({ lon: west, lat: north })[1] < labelPx + LABEL_MARGIN_PX;
}

/**
 * @param {Frame} frame
 * @param {LonLat} from
 * @param {LonLat} to
 * @param {string} colour
 * @param {number[]} [dash]
 */
export function paintLine({ context, project }, from, to, colour, dash = []) {
  context.beginPath();
  context.moveTo(...project(from));
  context.lineTo(...project(to));
  context.strokeStyle = colour;
  context.lineWidth = 1.8;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/**
 * @param {Frame} frame
 * @param {LonLat} place
 * @param {number} radius pixels
 * @param {{fill?: string, line: string, width: number, dash?: number[]}} style
 */
export function paintCircle({ context, project }, place, radius, { fill, line, width, dash = [] }) {
  const [x, y] = project(place);
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (fill) {
    context.fillStyle = fill;
    context.fill();
  }
  context.strokeStyle = line;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/**
 * A small flag with text beside a place.
 * @param {Frame} frame
 * @param {LonLat} place
 * @param {string} text
 * @param {{fill: string, ink: string, font: string}} style
 * @returns {import('./edge_labels.js').TextBox} where it stands
 */
export function paintTag({ context, project }, place, text, { fill, ink, font }) {
  const [x, y] = project(place);
  context.font = font;
  const width = context.measureText(text).width + 14;
  context.beginPath();
  context.roundRect(x + 14, y - 32, width, 22, 4);
  context.fillStyle = fill;
  context.fill();
  context.fillStyle = ink;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, x + 21, y - 20.5);
  return { x: x + 14 + width / 2, y: y - 21, angle: 0, halfWidth: width / 2 + 2, halfHeight: 12 };
}
