/**
 * Disputed boundaries that an edit moves, in words: before it is saved and after. A mark forbids nothing.
 *
 * @module saving/moved_disputes
 */

/** @import {MovedDispute} from '../types.js' */

import { dateTime } from '../format.js';

/**
 * @param {MovedDispute} dispute
 * @returns {string} "of 395 and 396, disputed since 3 November 2026, 14:05 (ann@example.org): two deeds"
 */
export function disputeText({ numbers, marked_at: since, marked_by: who, reason }) {
  const whose = numbers.length > 0 ? `of ${new Intl.ListFormat('en').format(numbers)}, ` : '';
  return `${whose}disputed since ${dateTime(since)}${who ? ` (${who})` : ''}: ${reason}`;
}

/**
 * @param {MovedDispute[] | undefined} disputed of a receipt
 * @returns {string} a sentence with a blank before it; empty where there is none
 */
export function movedText(disputed = []) {
  const [one] = disputed;
  if (!one) return '';
  if (disputed.length > 1) return ` It moved ${disputed.length} disputed boundaries.`;
  return ` It moved a boundary that is disputed: ${disputeText(one)}.`;
}
