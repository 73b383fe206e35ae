/**
 * Drawing a refused geometry as its file has it: dashed, for it is no parcel; its points as dots, so that a wrong one is
 * found.
 *
 * @module quarantine/paint_row
 */

/** @import {Frame} from '../map_view.js' */
/** @import {Box} from '../types.js' */

import { boxOfCoordinates } from '../storage/geodesy.js';

/** GeoJSON in lon/lat. @typedef {{type: string, coordinates: any}} Geometry */
/** `under` sets it off from what lies below. @typedef {{under: string, line: string, fill?: string, dash: number[], hasPoints: boolean}} Style */

const WIDTH_PX = 2.5;
const DOT_PX = 3;
/** More are a cloud, and slow to draw. */
const MOST_DOTS = 500;

/**
 * @param {Frame} frame
 * @param {Geometry} geometry
 * @param {Style} style
 */
export function paintRow({ context, project }, geometry, style) {
  const paths = pathsOf(geometry);
  context.beginPath();
  for (const path of paths) {
    path.forEach(([lon, lat], index) => {
      const [x, y] = project({ lon, lat });
      if (index === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
  }
  if (style.fill && geometry.type.endsWith('Polygon')) {
    context.fillStyle = style.fill;
    context.fill('evenodd');
  }
  context.lineJoin = 'round';
  for (const [colour, width, dash] of /** @type {[string, number, number[]][]} */ ([[style.under, WIDTH_PX + 3, []], [style.line, WIDTH_PX, style.dash]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.stroke();
  }
  context.setLineDash([]);
  const points = paths.flat();
  if (!style.hasPoints || points.length > MOST_DOTS) return;
  context.fillStyle = style.line;
  for (const [lon, lat] of points) {
    const [x, y] = project({ lon, lat });
    context.beginPath();
    context.arc(x, y, DOT_PX, 0, 2 * Math.PI);
    context.fill();
  }
}

/**
 * @param {Geometry} geometry
 * @returns {[number, number][][]} lines and rings; a point is a line of itself alone
 */
function pathsOf({ type, coordinates }) {
  if (type === 'Point') return [[coordinates]];
  if (type === 'MultiPoint') return coordinates.map((/** @type {[number, number]} */ place) => [place]);
  if (type === 'LineString') return [coordinates];
  if (type === 'MultiPolygon') return coordinates.flat();
  return coordinates;
}

/**
 * @param {Geometry | null} geometry
 * @param {[number, number] | null} place where there is none
 * @returns {Box | null}
 */
export function boxOfRow(geometry, place) {
  if (geometry) return boxOfCoordinates([geometry.coordinates]);
  return place ? [place[0], place[1], place[0], place[1]] : null;
}
