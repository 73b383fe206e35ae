/**
 * What a draft is called: as its owner says, else by the record it is to rest on and its first step.
 *
 * @module draft_title
 */

/** @import {RecordSummary} from '../types.js' */

import { recordName } from '../record_choice.js';

/** As long as the server keeps. */
export const LONGEST_TITLE = 200;

/**
 * @param {RecordSummary | null} record
 * @param {readonly {text: string}[]} steps
 * @returns {string}
 */
export function titleOf(record, steps) {
  return [record ? recordName(record) : '', steps[0]?.text ?? ''].filter(Boolean).join(': ').slice(0, LONGEST_TITLE);
}
