/**
 * The server's drafts, and the record that one names.
 *
 * @module draft_api
 */

/** @import {Api} from '../api.js' */
/** @import {DraftContent, DraftSummary, RecordSummary} from '../types.js' */

export class DraftApi {
  /** @param {Api} api */
  constructor(api) {
    this.api = api;
  }

  /** @returns {Promise<DraftSummary[]>} one's own edits, newest first; what accepts findings has no steps, and its page in the admin */
  async drafts() {
    /** @type {{drafts: (DraftSummary & {accepts?: object | null})[]}} */
    const { drafts } = await this.api.read(this.api.urls.drafts);
    return drafts.filter(({ accepts }) => !accepts);
  }

  /**
   * @param {number} id
   * @returns {Promise<DraftContent>}
   */
  draft(id) {
    return this.api.read(`${this.api.urls.drafts}/${id}`);
  }

  /**
   * @param {DraftContent & {key: string}} body
   * @returns {Promise<DraftSummary>} the same for the same body again
   */
  beginDraft(body) {
    return this.api.write('POST', this.api.urls.drafts, body);
  }

  /**
   * @param {number} id
   * @param {DraftContent & {version: number}} body of the version that was seen
   * @returns {Promise<DraftSummary>}
   */
  keepDraft(id, body) {
    return this.api.write('PUT', `${this.api.urls.drafts}/${id}`, body);
  }

  /**
   * @param {number} id
   * @param {{version: number, title: string}} body of the version that was seen
   * @returns {Promise<DraftSummary>}
   */
  renameDraft(id, body) {
    return this.api.write('PATCH', `${this.api.urls.drafts}/${id}`, body);
  }

  /**
   * @param {number} id
   * @param {boolean} [isTakenBack] its steps were undone: the reference layers that belong to it wait for the next draft
   * @returns {Promise<void>}
   */
  discardDraft(id, isTakenBack = false) {
    return this.api.write('DELETE', `${this.api.urls.drafts}/${id}${isTakenBack ? '?references=keep' : ''}`);
  }

  /**
   * @param {number} id
   * @param {{version: number}} body of the version that was seen
   * @returns {Promise<DraftSummary>} it waits for somebody else's approval
   */
  submitDraft(id, body) {
    return this.api.write('POST', `${this.api.urls.drafts}/${id}/submit`, body);
  }

  /**
   * @param {number} id
   * @param {{version: number}} body of the version that was seen
   * @returns {Promise<DraftSummary>} it is open again
   */
  withdrawDraft(id, body) {
    return this.api.write('POST', `${this.api.urls.drafts}/${id}/withdraw`, body);
  }

  /**
   * @param {number} id
   * @returns {Promise<RecordSummary>}
   */
  record(id) {
    return this.api.read(`${this.api.urls.records}/${id}`);
  }

  /** @returns {Promise<boolean>} see Api */
  renewToken() {
    return this.api.renewToken();
  }
}
