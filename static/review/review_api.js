/**
 * Routes of findings. What names fetch is the editor's own api module.
 *
 * @module review/review_api
 */

/** @import {Api} from '../editor/api.js' */
/** @import {Fixes} from '../editor/findings/fixes_api.js' */
/** @import {Filters} from './filters.js' */
/** @import {Done, Finding, FindingDetail, Summary} from './types.js' */

import { fixesOf } from '../editor/findings/fixes_api.js';
import { asked } from '../editor/saving/saving.js';
import { questionOf } from './filters.js';

const PAGE = 100;
/** Some centimetres: a box has a width. */
const NEAR_DEGREES = 5e-7;
const SCAN = '/admin/review/scan';
const JOBS = '/api/jobs';
const DISPUTES = '/api/disputes';

/** @typedef {'accept' | 'declare' | 'assign' | 'reopen'} Act */

export class ReviewApi {
  /** @param {Api} api */
  constructor(api) {
    this.api = api;
    this.url = api.urls.findings;
  }

  /**
   * @param {Filters} filters
   * @param {string | null} cursor of the page before
   * @param {AbortSignal} signal
   * @returns {Promise<{findings: Finding[], next_cursor: string | null}>}
   */
  list(filters, cursor, signal) {
    const query = questionOf(filters);
    query.set('sort', filters.sort);
    query.set('limit', String(PAGE));
    if (cursor !== null) query.set('cursor', cursor);
    return this.api.read(`${this.url}?${query}`, { signal });
  }

  /**
   * @param {number} id
   * @param {AbortSignal} signal
   * @returns {Promise<FindingDetail>}
   */
  one(id, signal) {
    return this.api.read(`${this.url}/${id}`, { signal });
  }

  /**
   * Of all that the filters of place, import and severity leave: the figures are those of the work, not of the list.
   * @param {Filters} filters
   * @param {AbortSignal} signal
   * @returns {Promise<Summary>}
   */
  summary(filters, signal) {
    const query = questionOf({ ...filters, status: '', rule: '', assignee: '' });
    return this.api.read(`${this.url}/summary?${query}`, { signal });
  }

  /**
   * @param {number} id
   * @returns {Promise<Fixes>}
   */
  fixes(id) {
    return fixesOf(this.api, id);
  }

  /**
   * @param {Act} act
   * @param {Pick<Finding, 'id' | 'changed_at'>[]} findings as they were seen: of one that has changed since nothing is done
   * @param {Record<string, unknown>} body
   * @returns {Promise<Done>}
   */
  async act(act, findings, body) {
    const seen = Object.fromEntries(findings.map(({ id, changed_at: at }) => [id, at]));
    const [one] = findings;
    if (one && findings.length === 1) {
      const current = await asked(this.api, () => this.api.write('POST', `${this.url}/${one.id}/${act}`, { ...body, seen }));
      return { done: [one.id], left: [], current };
    }
    return asked(this.api, () => this.api.write('POST', `${this.url}/${act}`, { ...body, ids: findings.map(({ id }) => id), seen }));
  }

  /**
   * Where another person has to agree: it waits as a draft. Sent again with the same key it is the same one.
   * @param {string} key
   * @param {string} nature `acceptance`, or `known_gap`: their land is declared open
   * @param {Pick<Finding, 'id' | 'changed_at'>[]} findings as they were seen
   * @param {Record<string, unknown>} body
   * @returns {Promise<Done & {draft_id: number}>}
   */
  propose(key, nature, findings, body) {
    const seen = Object.fromEntries(findings.map(({ id, changed_at: at }) => [id, at]));
    return asked(this.api, () => this.api.write('POST', `${this.url}/propose`, { ...body, key, nature, ids: findings.map(({ id }) => id), seen }));
  }

  /**
   * @param {number} finding of which the place is contested
   * @param {{reason: string, record_id?: number}} body
   * @returns {Promise<unknown>}
   */
  dispute(finding, body) {
    return asked(this.api, () => this.api.write('POST', DISPUTES, { finding, ...body }));
  }

  /**
   * Every dispute at the place of a finding is settled.
   * @param {Finding} finding
   * @param {string} reason
   * @returns {Promise<void>}
   */
  async settle({ bbox, parcels }, reason) {
    if (!bbox) return;
    const place = bbox.map((side, index) => side + (index < 2 ? -NEAR_DEGREES : NEAR_DEGREES)).join(',');
    /** @type {{disputes: {id: number, parcels: string[]}[]}} */
    const { disputes } = await this.api.read(`${DISPUTES}?bbox=${place}`);
    const ours = disputes.filter((dispute) => dispute.parcels.some((id) => parcels.includes(id)));
    for (const { id } of ours) await asked(this.api, () => this.api.write('POST', `${DISPUTES}/${id}/end`, { reason }));
  }

  /** @returns {Promise<{job: number, url: string}>} a scan that is asked for, or waits or runs already */
  scan() {
    return asked(this.api, () => this.api.write('POST', SCAN));
  }

  /**
   * @param {number} id
   * @returns {Promise<{state: string}>}
   */
  job(id) {
    return this.api.read(`${JOBS}/${id}`);
  }
}
