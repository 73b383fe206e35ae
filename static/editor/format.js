/**
 * Numbers and times as people read them. Thousands by a thin space, so that columns of figures stay aligned.
 *
 * @module format
 */

/**
 * @param {number} value
 * @param {number} [digits]
 * @returns {string}
 */
export function figure(value, digits = 1) {
  const rounded = value.toFixed(digits);
  const text = Number(rounded) === 0 ? (0).toFixed(digits) : rounded;
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f').replace('-', '\u2212');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/**
 * @param {number} value
 * @param {number} [digits]
 * @returns {string} always with a sign, but for zero
 */
export function signed(value, digits = 1) {
  const text = figure(value, digits);
  return value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text;
}

/**
 * @param {number} metres
 * @returns {string}
 */
export function length(metres) {
  return metres < 1000 ? `${figure(metres, 2)} m` : `${figure(metres / 1000, 3)} km`;
}

/**
 * @param {import('./types.js').LonLat} place
 * @param {number} [digits]
 * @returns {string}
 */
export function lonLatText({ lon, lat }, digits = 5) {
  return `${Math.abs(lon).toFixed(digits)}° ${lon < 0 ? 'W' : 'E'}, ${Math.abs(lat).toFixed(digits)}° ${lat < 0 ? 'S' : 'N'}`;
}

/**
 * @param {import('./types.js').StoragePair} pair
 * @param {boolean} isGeographic
 * @param {number} [digits] by default all that a grid of stored points has
 * @returns {string}
 */
export function storageText([x, y], isGeographic, digits = isGeographic ? 9 : 3) {
  const shown = Math.max(0, digits);
  return isGeographic ? `${x.toFixed(shown)}, ${y.toFixed(shown)}` : `E ${figure(x, shown)} N ${figure(y, shown)}`;
}

/**
 * @param {string | null | undefined} iso
 * @param {number} [now] milliseconds
 * @returns {string} "2 minutes ago", or the date where that is longer ago than a day
 */
export function ago(iso, now = Date.now()) {
  const then = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(then)) return 'at an unknown time';
  const minutes = Math.round((now - then) / 60000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`;
  if (minutes < 24 * 60) return Math.round(minutes / 60) === 1 ? '1 hour ago' : `${Math.round(minutes / 60)} hours ago`;
  return `on ${dateTime(iso)}`;
}

/**
 * @param {string | null | undefined} iso
 * @returns {string} in the reader's time zone
 */
export function dateTime(iso) {
  const then = iso ? new Date(iso) : null;
  if (!then || Number.isNaN(then.getTime())) return '';
  return then.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

/**
 * @param {number} count
 * @param {string} singular
 * @returns {string} "1 step", "3 steps"
 */
export function counted(count, singular) {
  return `${figure(count, 0)} ${singular}${count === 1 ? '' : 's'}`;
}
