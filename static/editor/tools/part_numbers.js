/**
 * The numbers of the parts that a parcel is divided into: what was typed, what is proposed, and who has them already.
 *
 * A new part of 12 is 12/1, one of 12/4, 12-4, 12.4 or 12D the next of its family: above the highest that a parcel has or had, for
 * a number that ended still stands in old documents. Behind one that was typed the next parts count on in its own way: 12A, 12B.
 *
 * @module tools/part_numbers
 */

/** @import {Graph} from '../graph.js' */
/** @import {SplitPlan} from './plan.js' */
/** @import {Family} from './number_family.js' */
/** @import {Parcel, Properties} from '../types.js' */

import { label } from '../actions/ring_repair.js';
import { familyOf, following, highest, questionOf } from './number_family.js';

/** More begin so than are read: a block or a map sheet, and no family of parts. */
export const TOO_MANY = /** @type {const} */ ('too many');

/** @typedef {{parcel_id: string, number: string, level: string, isRetired: boolean}} Holder a parcel that the server found */
/** What the server knows of numbers, by the question; null where it did not answer. @typedef {Record<string, Holder[] | null | typeof TOO_MANY>} Known */
/** @typedef {{value: string, isProposed: boolean, problem: string | null}} PartNumber `value`: empty where it gets none */

/**
 * @param {Parcel | undefined} parcel
 * @returns {string} empty where it has no number
 */
export function numberOf(parcel) {
  return String(parcel?.properties['number'] ?? '').trim();
}

/**
 * @param {string} own
 * @param {Known} taken
 * @returns {Family} of the number as far as the server has told of it
 */
function familyIn(own, taken) {
  return familyOf(own, (beginning) => taken[beginning.toLowerCase()] === TOO_MANY);
}

/**
 * What is asked before anything is proposed: the family, or, where there is no asking for that, as many numbers as there are new parts.
 * @param {Graph} graph before the division
 * @param {Pick<SplitPlan, 'parcel' | 'taken'>} plan
 * @param {number} count of the new parts
 * @returns {string[]}
 */
export function questionsAhead(graph, { parcel, taken }, count) {
  const whole = graph.parcel(parcel ?? '');
  const own = numberOf(whole);
  if (!whole || own === '') return [];
  const family = familyIn(own, taken);
  if (family.isAskable) return [family.beginning.toLowerCase()];
  const { ever } = holdersOf(graph, whole, taken);
  const next = [following(highest(family, own, ever))];
  while (next.length < count) next.push(following(next.at(-1) ?? ''));
  return next.filter((number) => number !== '').map(questionOf);
}

/**
 * @param {Graph} graph before the division
 * @param {Pick<SplitPlan, 'parcel' | 'numbers' | 'taken'>} plan
 * @param {string[]} ids of the parts; the one that continues goes by the parcel's own
 * @returns {PartNumber[]}
 */
export function partNumbers(graph, { parcel, numbers, taken }, ids) {
  const whole = graph.parcel(parcel ?? '');
  if (!whole) return [];
  const own = numberOf(whole);
  const { current, ever } = holdersOf(graph, whole, taken);
  const typed = ids.map((_, index) => numbers[index] ?? null);
  const given = new Set([...ever, own, ...typed].map((number) => (number ?? '').toLowerCase()));
  // A proposal that another parcel may have is worse than none.
  const family = familyIn(own, taken);
  const isAnswered = (/** @type {string} */ question) => taken[question] !== undefined;
  let last = own !== '' && (!family.isAskable || isAnswered(family.beginning.toLowerCase())) ? highest(family, own, ever) : '';
  let isTold = false;
  const values = ids.map((id, index) => {
    const said = typed[index] ?? null;
    if (id === whole.id) return said ?? own;
    if (said !== null) {
      if (said !== '') [last, isTold] = [said, true];
      return said;
    }
    last = following(last);
    while (last !== '' && given.has(last.toLowerCase())) last = following(last);
    return family.isAskable || isTold || isAnswered(questionOf(last)) ? last : '';
  });
  return values.map((value, index) => ({ value, isProposed: typed[index] === null && ids[index] !== whole.id && value !== '', problem: problemOf(values, index, current) }));
}

/**
 * @param {Graph} graph
 * @param {Parcel} whole
 * @param {Known} taken
 * @returns {{current: Map<string, string>, ever: string[]}} who has a number of the level, by it in lower case; numbers that one has or had
 */
function holdersOf(graph, whole, taken) {
  const here = [...graph.parcels()].filter((parcel) => parcel.id !== whole.id && parcel.level === whole.level && numberOf(parcel) !== '');
  const found = Object.values(taken).flatMap((holders) => (Array.isArray(holders) ? holders : [])).filter(({ parcel_id: id, level }) => id !== whole.id && level === whole.level);
  // Of what is loaded the steps so far count, which the server does not know.
  const elsewhere = found.filter(({ parcel_id: id, isRetired }) => !isRetired && !graph.base.parcels.has(id));
  const current = new Map([...elsewhere.map(({ number, parcel_id: id }) => /** @type {[string, string]} */ ([number.toLowerCase(), id])),
    ...here.map((parcel) => /** @type {[string, string]} */ ([numberOf(parcel).toLowerCase(), parcel.version === 0 ? label(parcel) : parcel.id]))]);
  return { current, ever: [...here.map(numberOf), ...found.map(({ number }) => number)] };
}

/**
 * @param {string[]} values
 * @param {number} index
 * @param {Map<string, string>} current
 * @returns {string | null}
 */
function problemOf(values, index, current) {
  const name = values[index]?.toLowerCase() ?? '';
  if (name === '') return null;
  const twin = values.findIndex((value, other) => other !== index && value.toLowerCase() === name);
  if (twin >= 0) return `Part ${twin + 1} has this number, too.`;
  const holder = current.get(name);
  return holder === undefined ? null : `Taken: parcel ${holder} has this number.`;
}

/**
 * @param {Parcel} whole
 * @param {PartNumber} part
 * @param {boolean} isContinuing
 * @returns {Properties | null} what the operation says of the part: nothing where it has the number anyway
 */
export function numberPatch(whole, { value }, isContinuing) {
  const otherwise = isContinuing ? numberOf(whole) : '';
  return value === otherwise ? null : { number: value || null };
}
