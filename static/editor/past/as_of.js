/**
 * The time that a map shows: as stored at a moment, as in force on a day, or this as it was known at that. It stands in
 * the address of the page, so that a view of the past can be sent to somebody.
 *
 * @module as_of
 */

/** @import {AsOf} from '../types.js' */

/**
 * @param {AsOf | null} asOf
 * @returns {string} parameters of the page and of the API; empty for now
 */
export function asOfQuery(asOf) {
  const given = Object.entries({ at: asOf?.at, legal_at: asOf?.legal_at });
  return given.flatMap(([name, value]) => (value ? [`${name}=${encodeURIComponent(value)}`] : [])).join('&');
}

/**
 * @param {string} path of the map page
 * @param {AsOf | null} asOf null for now
 * @param {string | null} parcel selected
 * @param {string} hash where the map is, with its #
 * @param {string} [layers] parameter that names what is shown; empty for what is shown at first
 * @returns {string}
 */
export function mapAddress(path, asOf, parcel, hash, layers = '') {
  const query = [asOfQuery(asOf), parcel ? `parcel=${encodeURIComponent(parcel)}` : '', layers].filter(Boolean).join('&');
  return `${path}${query ? `?${query}` : ''}${hash}`;
}

/**
 * @param {AsOf} asOf
 * @returns {string} "As stored at 1 Mar 2026, 12:00:00"
 */
export function asOfText({ at, legal_at: legalAt }) {
  if (!legalAt) return `As stored at ${momentText(at)}`;
  return `As in force on ${dayText(legalAt)}${at ? `, as known at ${momentText(at)}` : ''}`;
}

/**
 * @param {string | null} iso
 * @returns {string} in the reader's time zone, to the second
 */
function momentText(iso) {
  return iso ? new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }) : '';
}

/**
 * @param {string} day a date of the calendar, the same everywhere
 * @returns {string}
 */
function dayText(day) {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
}

/**
 * @param {string | null} iso
 * @returns {string} as a field of type datetime-local takes it: the reader's own time, to the second
 */
export function localText(iso) {
  if (!iso) return '';
  const then = new Date(iso);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/**
 * @param {string} local what such a field holds
 * @returns {string | null} the moment in UTC; null for nothing
 */
export function momentOf(local) {
  return local ? new Date(local).toISOString() : null;
}
