/**
 * A lon/lat box as the URL of a list holds it: `west,south,east,north`, in degrees. Pure; its inverse is beside it.
 *
 * @module list_map/box
 */

/** @typedef {[west: number, south: number, east: number, north: number]} LonLatBox */

// A tenth of a metre: a box is drawn by hand.
const DIGITS = 6;

/**
 * The box of a text; null where the text is none.
 *
 * @param {string} text
 * @returns {LonLatBox | null}
 */
export function parseBox(text) {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length !== 4 || parts.some((part) => !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part))) return null;
  const box = /** @type {LonLatBox} */ (parts.map(Number));
  return whyNoBox(box) ? null : box;
}

/**
 * @param {LonLatBox} box
 * @returns {string}
 */
export function formatBox(box) {
  return box.map((side) => String(Number(side.toFixed(DIGITS)))).join(',');
}

/**
 * The box of two corners, kept within the world; null where they enclose nothing.
 *
 * @param {{lng: number, lat: number}} a
 * @param {{lng: number, lat: number}} b
 * @returns {LonLatBox | null}
 */
export function boxBetween(a, b) {
  const within = (/** @type {number} */ value, /** @type {number} */ most) => Number(Math.min(Math.max(value, -most), most).toFixed(DIGITS));
  const [west, east] = [a.lng, b.lng].sort((x, y) => x - y).map((x) => within(x, 180));
  const [south, north] = [a.lat, b.lat].sort((x, y) => x - y).map((y) => within(y, 90));
  const box = /** @type {LonLatBox} */ ([west, south, east, north]);
  return whyNoBox(box) ? null : box;
}

/**
 * What is wrong with the sides of a box, for people; empty where nothing is.
 *
 * @param {readonly number[]} sides
 * @returns {string}
 */
export function whyNoBox(sides) {
  const [west = NaN, south = NaN, east = NaN, north = NaN] = sides;
  if ([west, south, east, north].some((side) => !Number.isFinite(side))) return 'Type all four sides, in degrees.';
  if (west < -180 || east > 180) return 'West and east lie between -180 and 180 degrees.';
  if (south < -90 || north > 90) return 'South and north lie between -90 and 90 degrees.';
  if (west >= east) return 'West must be below east.';
  return south >= north ? 'South must be below north.' : '';
}
