/**
 * Fixes of a finding, as GET /api/findings/{id}/fixes offers them.
 *
 * @module findings/fixes_api
 */

/** @import {Api} from '../api.js' */
/** @import {Operation, Receipt, Refusal} from '../types.js' */

/**
 * @typedef {object} Fix an edit that closes the finding and opens none
 * @property {string} title in plain words
 * @property {'nothing' | 'reason' | 'record'} needs what its author owes; `nothing`: one click may save it
 * @property {number} farthest_m how far the farthest point of a boundary moves
 * @property {boolean} is_below_accuracy
 * @property {Receipt['parcels']} parcels
 * @property {Record<string, string | null>} numbers of these parcels
 * @property {number[]} [closes] findings
 * @property {string} comment
 * @property {string} [nature] of the edit
 * @property {Record<string, number>} seen
 * @property {Operation[]} operations
 * @property {{come: Refusal['place'], gone: Refusal['place']}} preview boundaries that come and go
 */

/**
 * @typedef {object} Fixes
 * @property {{id: number, rule: string, status: string, parcels: string[]}} finding
 * @property {number} accuracy_m of points
 * @property {Fix[]} fixes
 * @property {string | null} why_none
 */

/**
 * @param {Pick<Api, 'read' | 'urls'>} api
 * @param {number} finding
 * @returns {Promise<Fixes>}
 */
export function fixesOf(api, finding) {
  return api.read(`${api.urls.findings}/${finding}/fixes`);
}
