/**
 * Shapes of what the API tells of findings (docs/api.md).
 *
 * @module review/types
 */

/** @import {Box, EditorConfig, Refusal} from '../editor/types.js' */

/** @typedef {'open' | 'accepted' | 'fixed'} Status */

/**
 * @typedef {object} Finding a row of GET /api/findings
 * @property {number} id
 * @property {string} rule
 * @property {string} title of its rule
 * @property {string} severity
 * @property {Status} status
 * @property {string[]} parcels permanent ids
 * @property {string[]} numbers what people call them, in the same order
 * @property {number | null} measure
 * @property {string | null} measure_text with its unit
 * @property {string | null} assignee
 * @property {string} opened_at
 * @property {string} changed_at
 * @property {number} age_days
 * @property {string | null} accepted_until
 * @property {string | null} reason
 * @property {{id: number, type: string, number: string | null} | null} record
 * @property {boolean} disputed
 * @property {{draft_id: number, by: string, since: string, nature: string} | null} [waiting] the draft that would accept it, or declare its land open, and waits for another person
 * @property {Refusal['place']} place
 * @property {Box | null} bbox
 */

/** `words` say it in one line. @typedef {{at: string, what: string, who: string | null, edit_id: number | null, import_id: number | null, reason: string | null, record: Finding['record'], words: string}} FindingEvent */

/** @typedef {{parcel_id: string, number: string | null, version: number, area_m2: number | null, legal_area_m2: number | null}} ParcelOfFinding */

/**
 * `opened`: where it came from; `seen_again`: how many scans found it again since.
 * @typedef {Finding & {history: FindingEvent[], parcels_detail: ParcelOfFinding[], sentence: string, opened: {words: string} | null,
 *   seen_again: {scans: number, last: string | null}}} FindingDetail
 */

/** @typedef {{id: number, ended_at: string, parcels: number, seconds: number}} LastScan */

/**
 * @typedef {object} Summary
 * @property {number} open
 * @property {number} yours
 * @property {number} fixed_this_week
 * @property {number} accepted
 * @property {{rule: string, title: string, count: number}[]} by_rule
 * @property {{day: string, open: number, opened: number, fixed: number}[]} trend
 * @property {LastScan | null} last_scan
 */

/** What an act came to; `current`: the finding, where it was about one. @typedef {{done: number[], left: {id: number, why: string}[], current?: FindingDetail}} Done */

/**
 * @typedef {object} ReviewChoices what the page knows from its beginning (services/findings/describe_review.py)
 * @property {string[]} people
 * @property {{id: number, name: string}[]} batches
 * @property {Record<string, {sentence: string, unit: string}>} rules
 * @property {[value: string, text: string][]} ages
 * @property {[value: string, text: string][]} areas
 * @property {boolean} can_judge
 * @property {boolean} can_scan
 */

/** `needs_approval`: what another person has to approve: natures of edits, `acceptance`, `known_gap`. @typedef {EditorConfig & {review: ReviewChoices, needs_approval?: string[]}} ReviewConfig */

export {};
