/**
 * What the queue shows, as the address of the page holds it and as the API is asked for it. Pure.
 *
 * @module review/filters
 */

/** @import {Box} from '../editor/types.js' */

/**
 * @typedef {object} Filters an empty string narrows nothing
 * @property {string} status
 * @property {string} rule
 * @property {string} severity
 * @property {string} assignee `me`, `none` or an email
 * @property {string} batch number of an import
 * @property {string} age how long ago it was found: a word that GET /api/findings takes
 * @property {string} area `district:CODE` or `level:CODE`
 * @property {boolean} disputed
 * @property {Box | null} box what the map shows, where only that is wanted
 * @property {string} sort
 */

/** @typedef {{filters: Filters, finding: number | null}} Place what an address names */

export const STATUSES = ['open', 'accepted', 'fixed'];
export const SEVERITIES = ['error', 'warning', 'notice'];
export const SORTS = ['worst', 'newest', 'oldest', 'rule'];

/** @type {Filters} */
export const USUAL = { status: 'open', rule: '', severity: '', assignee: '', batch: '', age: '', area: '', disputed: false, box: null, sort: 'worst' };

/** A choice that the address spells out even where it is empty: the usual one is not. */
const ANY = 'any';
const DIGITS = 6;
const AGE = /^(to-1|2-7|8-30|31-90|over-90)$/;
const AREA = /^(district|level):./;

/**
 * @param {string} search of an address
 * @returns {Place} what is not understood is as usual
 */
export function readAddress(search) {
  const given = new URLSearchParams(search);
  const text = (/** @type {string} */ name) => given.get(name) ?? '';
  const status = text('status');
  return {
    filters: {
      status: status === ANY ? '' : STATUSES.includes(status) ? status : USUAL.status,
      rule: text('rule'),
      severity: SEVERITIES.includes(text('severity')) ? text('severity') : '',
      assignee: text('assignee'),
      batch: wholeNumber(text('batch')) === null ? '' : text('batch'),
      age: AGE.test(text('age')) ? text('age') : '',
      area: AREA.test(text('area')) ? text('area') : '',
      disputed: text('disputed') === '1',
      box: readBox(text('bbox')),
      sort: SORTS.includes(text('sort')) ? text('sort') : USUAL.sort,
    },
    finding: wholeNumber(text('finding')),
  };
}

/**
 * @param {Place} place
 * @returns {string} what is as usual is left out; inverse: readAddress
 */
export function writeAddress({ filters, finding }) {
  const query = new URLSearchParams();
  if (filters.status !== USUAL.status) query.set('status', filters.status || ANY);
  for (const name of /** @type {const} */ (['rule', 'severity', 'assignee', 'batch', 'age', 'area'])) if (filters[name]) query.set(name, filters[name]);
  if (filters.disputed) query.set('disputed', '1');
  if (filters.box) query.set('bbox', boxText(filters.box));
  if (filters.sort !== USUAL.sort) query.set('sort', filters.sort);
  if (finding !== null) query.set('finding', String(finding));
  const text = query.toString();
  return text ? `?${text}` : '';
}

/**
 * @param {Filters} filters
 * @returns {URLSearchParams} as GET /api/findings takes them, but for order and page
 */
export function questionOf(filters) {
  const query = new URLSearchParams();
  for (const name of /** @type {const} */ (['status', 'rule', 'severity', 'assignee', 'batch', 'age', 'area'])) if (filters[name]) query.set(name, filters[name]);
  if (filters.disputed) query.set('disputed', '1');
  if (filters.box) query.set('bbox', boxText(filters.box));
  return query;
}

/**
 * @param {Filters} filters
 * @returns {boolean} whether they show less than the queue as it is opened
 */
export function isNarrowed(filters) {
  return filters.status !== USUAL.status || filters.rule !== '' || filters.severity !== '' || filters.assignee !== '' || filters.batch !== ''
    || filters.age !== '' || filters.area !== '' || filters.disputed || filters.box !== null;
}

/**
 * @param {Filters} one
 * @param {Filters} other
 * @returns {boolean}
 */
export function isSame(one, other) {
  return writeAddress({ filters: one, finding: null }) === writeAddress({ filters: other, finding: null });
}

/**
 * @param {Box} box
 * @returns {string} to a decimetre
 */
function boxText(box) {
  return box.map((side) => Number(side.toFixed(DIGITS))).join(',');
}

/**
 * @param {string} text
 * @returns {Box | null}
 */
function readBox(text) {
  const sides = text.split(',').map(Number);
  const [west = NaN, south = NaN, east = NaN, north = NaN] = sides;
  if (text === '' || sides.length !== 4 || !sides.every(Number.isFinite)) return null;
  const isBox = west >= -180 && west < east && east <= 180 && south >= -90 && south < north && north <= 90;
  return isBox ? [west, south, east, north] : null;
}

/**
 * @param {string} text
 * @returns {number | null}
 */
function wholeNumber(text) {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
