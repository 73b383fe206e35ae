/**
 * What to do about an answer that is neither a conflict nor a broken rule.
 *
 * @module failure_text
 */

/** @import {Problem} from '../types.js' */

/** @type {Record<string, string>} by the last word of the problem's type */
const ADVICE = {
  not_allowed: 'Ask an administrator for the role of an editor; until then the steps stay here.',
  request_entity_too_large: 'Take some steps out of the list, save, and do them in a second edit.',
  limit_exceeded: 'Take some steps out of the list, save, and do them in a second edit.',
  record_changed: 'Choose the record again.',
  internal_error: 'Saving again is safe: the edit is applied once. If it stays so, tell your administrator the reference.',
};

/**
 * @param {Problem} problem
 * @returns {string}
 */
export function failureText(problem) {
  const said = problem.detail ?? problem.title ?? 'The server could not save the edit.';
  const advice = ADVICE[problem.type.split(/[/:#]/).at(-1) ?? ''] ?? '';
  return ['Not saved.', said, advice, 'Your steps are kept.'].filter(Boolean).join(' ');
}
