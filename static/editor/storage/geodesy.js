/**
 * Lengths and areas for the preview, in a flat metric frame laid at a place (WGS 84 ellipsoid). Over the few hundred
 * metres of an edit this differs from the ellipsoid by less than a millimetre in length; the server's area is the one
 * that is kept.
 *
 * @module geodesy
 */

/** @import {LonLat, Box} from '../types.js' */

const SEMI_MAJOR_M = 6378137;
const ECCENTRICITY_2 = 0.0066943799901413165;
const RADIANS = Math.PI / 180;

/**
 * Metres in one degree at a latitude: radii of curvature of the ellipsoid in the parallel and in the meridian.
 * @param {number} lat degrees
 * @returns {{lon: number, lat: number}} metres a degree
 */
export function metresPerDegree(lat) {
  const sine = Math.sin(lat * RADIANS);
  const w2 = 1 - ECCENTRICITY_2 * sine * sine;
  const prime = SEMI_MAJOR_M / Math.sqrt(w2);
  return {
    lon: prime * Math.cos(lat * RADIANS) * RADIANS,
    lat: ((prime * (1 - ECCENTRICITY_2)) / w2) * RADIANS,
  };
}

/**
 * @param {LonLat} a
 * @param {LonLat} b
 * @returns {number} metres
 */
export function distanceM(a, b) {
  const scale = metresPerDegree((a.lat + b.lat) / 2);
  return Math.hypot((b.lon - a.lon) * scale.lon, (b.lat - a.lat) * scale.lat);
}

/**
 * Bearing from north, clockwise.
 * @param {LonLat} a
 * @param {LonLat} b
 * @returns {number} degrees, 0 to 360
 */
export function bearing(a, b) {
  const scale = metresPerDegree((a.lat + b.lat) / 2);
  const degrees = Math.atan2((b.lon - a.lon) * scale.lon, (b.lat - a.lat) * scale.lat) / RADIANS;
  return (degrees + 360) % 360;
}

/**
 * Area of one ring by the shoelace formula, relative to its first point so that no digits are lost.
 * @param {LonLat[]} ring not closed
 * @param {number} [lat] where the frame is laid, degrees: areas that are compared need the same
 * @returns {number} square metres, never negative
 */
export function ringAreaM2(ring, lat = ring[0]?.lat ?? 0) {
  const first = ring[0];
  if (!first || ring.length < 3) return 0;
  const scale = metresPerDegree(lat);
  let twice = 0;
  let previous = /** @type {LonLat} */ (ring[ring.length - 1]);
  for (const point of ring) {
    twice += (previous.lon - first.lon) * (point.lat - first.lat) - (point.lon - first.lon) * (previous.lat - first.lat);
    previous = point;
  }
  return (Math.abs(twice) / 2) * scale.lon * scale.lat;
}

/**
 * The nearest place on a segment, in the plane that the numbers come from.
 * @param {number} px
 * @param {number} py
 * @param {number} ax
 * @param {number} ay
 * @param {number} bx
 * @param {number} by
 * @returns {{t: number, distance: number}} t from 0 at a to 1 at b; distance in the unit of the input
 */
export function nearestOnSegment(px, py, ax, ay, bx, by) {
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const raw = length2 === 0 ? 0 : ((px - ax) * dx + (py - ay) * dy) / length2;
  const t = raw < 0 ? 0 : raw > 1 ? 1 : raw;
  return { t, distance: Math.hypot(px - ax - t * dx, py - ay - t * dy) };
}

/**
 * @param {Box} a
 * @param {Box} b
 * @returns {boolean} whether they share at least a border
 */
export function boxesMeet(a, b) {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

/**
 * @param {Box} a
 * @param {Box} b
 * @returns {Box | null} what they have in common
 */
export function intersection(a, b) {
  if (!boxesMeet(a, b)) return null;
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
}

/**
 * @param {Box | null} a
 * @param {Box | null} b
 * @returns {Box | null} around both
 */
export function around(a, b) {
  if (!a || !b) return a ?? b;
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/**
 * @param {Box} box
 * @param {LonLat} place
 * @returns {boolean}
 */
export function boxHolds(box, place) {
  return box[0] <= place.lon && place.lon <= box[2] && box[1] <= place.lat && place.lat <= box[3];
}

/**
 * @param {Box} inner
 * @param {Box} outer
 * @returns {boolean}
 */
export function isWithin(inner, outer) {
  return inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3];
}

/**
 * @param {Iterable<LonLat>} places
 * @returns {Box | null} null where there is no place
 */
export function boxOf(places) {
  let box = /** @type {Box | null} */ (null);
  for (const { lon, lat } of places) {
    if (!box) box = [lon, lat, lon, lat];
    if (lon < box[0]) box[0] = lon;
    if (lat < box[1]) box[1] = lat;
    if (lon > box[2]) box[2] = lon;
    if (lat > box[3]) box[3] = lat;
  }
  return box;
}

/**
 * @param {Box} box
 * @param {number} share of its width and height added on every side
 * @param {number} [leastM] at least so many metres on every side
 * @returns {Box}
 */
export function widen(box, share, leastM = 0) {
  const scale = metresPerDegree((box[1] + box[3]) / 2);
  const x = Math.max((box[2] - box[0]) * share, leastM / scale.lon);
  const y = Math.max((box[3] - box[1]) * share, leastM / scale.lat);
  return [box[0] - x, box[1] - y, box[2] + x, box[3] + y];
}

/**
 * @param {unknown[]} coordinates of any two-dimensional GeoJSON geometry, however deep
 * @returns {Box | null}
 */
export function boxOfCoordinates(coordinates) {
  const numbers = /** @type {unknown[]} */ (coordinates.flat(Infinity)).filter((value) => typeof value === 'number');
  const places = numbers.flatMap((lon, index) => (index % 2 === 0 ? [{ lon, lat: numbers[index + 1] ?? NaN }] : []));
  return boxOf(places);
}
