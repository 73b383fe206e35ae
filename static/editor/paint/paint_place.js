/**
 * Drawing where a rule is broken: the shape itself, a dashed ring round it that is visible however small it is, and a
 * label.
 *
 * @module paint_place
 */

/** @import {Frame} from '../map_view.js' */
/** @import {Theme} from './theme.js' */
/** @import {LonLat, Refusal} from '../types.js' */

import { boxOfCoordinates } from '../storage/geodesy.js';
import { paintCircle, paintTag } from './painting.js';

const SMALLEST_RING_PX = 22;

/**
 * @param {Frame} frame
 * @param {Pick<Refusal, 'rule' | 'place'>} refusal
 * @param {string} label
 * @param {Theme} theme
 * @param {string} [colour] by default the rule's
 */
export function paintPlace(frame, refusal, label, theme, colour = theme.rules[refusal.rule] ?? theme.bad) {
  const box = boxOfRefusal(refusal);
  if (!box || !refusal.place) return;
  paintGeometry(frame, refusal.place, colour);
  const centre = { lon: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2 };
  const [west, south] = frame.project({ lon: box[0], lat: box[1] });
  const [east, north] = frame.project({ lon: box[2], lat: box[3] });
  const radius = Math.max(SMALLEST_RING_PX, Math.hypot(east - west, south - north) / 2 + 10);
  paintCircle(frame, centre, radius, { line: colour, width: 2, dash: [3, 4] });
  paintTag(frame, centre, label, { fill: colour, ink: theme.surface, font: theme.tagFont });
}

/**
 * The same while a hand moves: what is large enough to be seen has no ring around it.
 * @param {Frame} frame
 * @param {Pick<Refusal, 'place' | 'rule'>} refusal
 * @param {Theme} theme
 */
export function paintPlaceInHand(frame, refusal, theme) {
  const box = boxOfRefusal(refusal);
  if (!box || !refusal.place) return;
  const [west, south] = frame.project({ lon: box[0], lat: box[1] });
  const [east, north] = frame.project({ lon: box[2], lat: box[3] });
  if (Math.hypot(east - west, south - north) < 2 * SMALLEST_RING_PX) return paintPlace(frame, refusal, ruleName(refusal.rule), theme);
  const colour = theme.rules[refusal.rule] ?? theme.bad;
  paintGeometry(frame, refusal.place, colour);
  paintTag(frame, { lon: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2 }, ruleName(refusal.rule), { fill: colour, ink: theme.surface, font: theme.tagFont });
}

/**
 * @param {Pick<Refusal, 'place'>} refusal
 * @returns {import('../types.js').Box | null}
 */
export function boxOfRefusal({ place }) {
  if (!place) return null;
  const parts = place.geometries ? /** @type {{coordinates: unknown}[]} */ (place.geometries) : [place];
  return boxOfCoordinates(parts.map((part) => part.coordinates));
}

/**
 * @param {string} rule
 * @returns {string} as a heading: "Overlap", "Spike"
 */
export function ruleName(rule) {
  const words = rule.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * @param {Frame} frame
 * @param {{type: string, coordinates?: unknown, geometries?: unknown[]}} geometry GeoJSON
 * @param {string} colour
 */
function paintGeometry(frame, geometry, colour) {
  if (geometry.geometries) {
    for (const part of /** @type {{type: string, coordinates: unknown}[]} */ (geometry.geometries)) paintGeometry(frame, part, colour);
    return;
  }
  const { context } = frame;
  const isArea = geometry.type.endsWith('Polygon');
  context.beginPath();
  for (const line of linesOf(geometry.coordinates)) traceLine(frame, line, isArea);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  if (isArea) {
    context.globalAlpha = 0.5;
    context.fillStyle = colour;
    context.fill('evenodd');
    context.globalAlpha = 1;
  }
  context.stroke();
}

/**
 * @param {Frame} frame
 * @param {LonLat[]} line
 * @param {boolean} isClosed
 */
function traceLine({ context, project }, line, isClosed) {
  line.forEach((place, index) => {
    const [x, y] = project(place);
    if (line.length === 1) context.arc(x, y, 4, 0, 2 * Math.PI);
    else if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  if (isClosed) context.closePath();
}

/**
 * @param {unknown} coordinates of any GeoJSON geometry
 * @returns {LonLat[][]} its lines and rings; a point is a line of one place
 */
function linesOf(coordinates) {
  if (!Array.isArray(coordinates) || coordinates.length === 0) return [];
  if (typeof coordinates[0] === 'number') return [[{ lon: coordinates[0], lat: coordinates[1] }]];
  if (typeof coordinates[0][0] === 'number') return [coordinates.map(([lon, lat]) => ({ lon, lat }))];
  return coordinates.flatMap(linesOf);
}
