/**
 * The numbers of the parts that a parcel is divided into: what was typed, what is proposed, and who has them already.
 *
 * A new part of 12 is 12/1, one of 12/4 the next of its family: above the highest that a parcel has or had, for a number that
 * ended still stands in old documents. Behind one that was typed the next parts count on in its own way: 12A, 12B.
 *
 * @module tools/part_numbers
 */

/** @import {Graph} from '../graph.js' */
/** @import {SplitPlan} from './plan.js' */
/** @import {Parcel, Properties} from '../types.js' */

import { label } from '../actions/ring_repair.js';

/** @typedef {{parcel_id: string, number: string, level: string, isRetired: boolean}} Holder a parcel that the server found */
/** What the server knows of numbers, by the question; null where it did not answer. @typedef {Record<string, Holder[] | null>} Known */
/** @typedef {{value: string, isProposed: boolean, problem: string | null}} PartNumber `value`: empty where it gets none */

/**
 * @param {Parcel | undefined} parcel
 * @returns {string} empty where it has no number
 */
export function numberOf(parcel) {
  return String(parcel?.properties['number'] ?? '').trim();
}

/**
 * @param {string} number
 * @returns {string} what the numbers of its parts begin with
 */
export function familyOf(number) {
  return `${number.replace(/\/\d+$/, '')}/`;
}

/**
 * @param {string} number
 * @returns {string} what is asked to learn who has it: its family, so that one answer does for all in it, or else itself
 */
export function questionOf(number) {
  return (/^.+[-/. ](?=[^-/. ]+$)/.exec(number)?.[0] ?? number).toLowerCase();
}

/**
 * @param {string} number
 * @returns {string} the next in its own way of counting; empty where it has none
 */
export function following(number) {
  const letter = /^(.*\d)([A-Ya-y])$/.exec(number);
  if (letter) return `${letter[1]}${String.fromCharCode((letter[2] ?? '').charCodeAt(0) + 1)}`;
  const digits = /^(.*?)(\d{1,15})$/.exec(number);
  return digits ? `${digits[1]}${String(Number(digits[2]) + 1).padStart(digits[2]?.length ?? 0, '0')}` : '';
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
  let last = own !== '' && taken[questionOf(familyOf(own))] !== undefined ? highest(familyOf(own), [own, ...ever]) : '';
  const values = ids.map((id, index) => {
    const said = typed[index] ?? null;
    if (id === whole.id) return said ?? own;
    if (said !== null) {
      if (said !== '') last = said;
      return said;
    }
    last = following(last);
    while (last !== '' && given.has(last.toLowerCase())) last = following(last);
    return last;
  });
  return values.map((value, index) => ({ value, isProposed: typed[index] === null && ids[index] !== whole.id && value !== '', problem: problemOf(values, index, current) }));
}

/**
 * @param {string} family
 * @param {string[]} numbers
 * @returns {string} the highest of the family; its nought where there is none
 */
function highest(family, numbers) {
  const shares = numbers.filter((number) => number.toLowerCase().startsWith(family.toLowerCase())).map((number) => number.slice(family.length));
  return `${family}${Math.max(0, ...shares.filter((share) => /^\d{1,15}$/.test(share)).map(Number))}`;
}

/**
 * @param {Graph} graph
 * @param {Parcel} whole
 * @param {Known} taken
 * @returns {{current: Map<string, string>, ever: string[]}} who has a number of the level, by it in lower case; numbers that one has or had
 */
function holdersOf(graph, whole, taken) {
  const here = [...graph.parcels()].filter((parcel) => parcel.id !== whole.id && parcel.level === whole.level && numberOf(parcel) !== '');
  const found = Object.values(taken).flatMap((holders) => holders ?? []).filter(({ parcel_id: id, level }) => id !== whole.id && level === whole.level);
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
