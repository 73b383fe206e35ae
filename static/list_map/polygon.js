/**
 * A lon/lat polygon as the URL of a list holds it: its corners, `lon,lat;lon,lat;…`, in degrees. Pure.
 *
 * @module list_map/polygon
 */

/** @typedef {[lon: number, lat: number]} Corner */

// A tenth of a metre: a polygon is drawn by hand.
const DIGITS = 6;
export const MOST_CORNERS = 200;
export const FEWEST_CORNERS = 3;

/**
 * @param {string} text
 * @returns {Corner[] | null} null where it is none
 */
export function parsePolygon(text) {
  const corners = text.split(';').map((part) => part.split(',').map(Number));
  const isOne = corners.length >= FEWEST_CORNERS && corners.every((corner) => corner.length === 2 && corner.every(Number.isFinite));
  return isOne ? /** @type {Corner[]} */ (corners) : null;
}

/**
 * @param {Corner[]} corners
 * @returns {string}
 */
export function formatPolygon(corners) {
  return corners.map((corner) => corner.map((degrees) => String(Number(degrees.toFixed(DIGITS)))).join(',')).join(';');
}

/**
 * What is wrong with the corners, for people; empty where nothing is.
 * @param {Corner[]} corners
 * @returns {string}
 */
export function whyNoPolygon(corners) {
  if (new Set(corners.map(String)).size < FEWEST_CORNERS) return 'A polygon has at least three corners.';
  if (corners.length > MOST_CORNERS) return `A polygon has at most ${MOST_CORNERS} corners.`;
  const count = corners.length;
  const side = (/** @type {number} */ at) => /** @type {[Corner, Corner]} */ ([corners[at], corners[(at + 1) % count]]);
  for (let one = 0; one < count; one += 1) {
    for (let other = one + 2; other < count; other += 1) {
      if (one === 0 && other === count - 1) continue; // neighbours, round the end
      if (sidesCross(side(one), side(other))) return 'Sides of the polygon cross.';
    }
  }
  return '';
}

/**
 * @param {[Corner, Corner]} one
 * @param {[Corner, Corner]} other
 * @returns {boolean}
 */
function sidesCross([a, b], [c, d]) {
  const turn = (/** @type {Corner} */ p, /** @type {Corner} */ q, /** @type {Corner} */ r) => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
}
