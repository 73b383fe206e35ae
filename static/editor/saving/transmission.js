/**
 * How the edit in hand goes to the server: saved at once or, where its author needs a second person, submitted as the draft
 * that it is kept as. Both ways answer alike, for a draft is tried as an edit before it is submitted.
 *
 * @module saving/transmission
 */

/** @import {Api} from '../api.js' */
/** @import {DraftApi} from '../drafts/draft_api.js' */
/** @import {DraftKeeping} from '../drafts/draft_keeping.js' */
/** @import {EditBody} from '../types.js' */
/** @import {SaveOutcome} from './saving.js' */

import { send } from './saving.js';

/** Of the edits that the editor makes. */
const NATURE = 'correction';
const NOT_KEPT = 'The draft could not be kept on the server, so it was not submitted.';

export class Transmission {
  /**
   * @param {Pick<Api, 'saveEdit' | 'renewToken'>} api
   * @param {Pick<DraftApi, 'drafts' | 'submitDraft'>} drafts
   * @param {readonly string[]} natures of edits that somebody else has to approve
   * @param {() => Pick<DraftKeeping, 'flush' | 'name'>} keeping
   */
  constructor(api, drafts, natures, keeping) {
    this.api = api;
    this.drafts = drafts;
    this.keeping = keeping;
    /** Has somebody else to approve? */
    this.needsAnother = natures.includes(NATURE);
  }

  /**
   * @param {EditBody} body
   * @returns {Promise<SaveOutcome>}
   */
  async send(body) {
    if (this.needsAnother) return this.#submit(body);
    const outcome = await send(this.api, body);
    if (outcome.kind !== 'failed' || !outcome.problem.type.endsWith('/approval_required')) return outcome;
    // An administrator has set it since the page was loaded.
    this.needsAnother = true;
    return this.#submit(body);
  }

  /**
   * @param {EditBody} body
   * @returns {Promise<SaveOutcome>}
   */
  async #submit(body) {
    const keeping = this.keeping();
    if (!(await keeping.flush())) {
      // Keeping waits quietly for better times; whoever submits is told why now, and can sign in.
      const heard = await this.#sent(() => this.drafts.drafts(), body);
      if (heard.kind !== 'saved') return heard;
      if (!(await keeping.flush())) return { kind: 'unreachable', message: NOT_KEPT };
    }
    const id = keeping.name?.id ?? null;
    if (!keeping.name || id === null) return { kind: 'unreachable', message: NOT_KEPT };
    const { version } = keeping.name;
    // Sent again after a lost answer it is submitted once: the version says so.
    const outcome = await this.#sent(() => this.drafts.submitDraft(id, { version }), body);
    return outcome.kind === 'saved' ? { kind: 'submitted', draft: id } : outcome;
  }

  /**
   * @param {() => Promise<unknown>} ask
   * @param {EditBody} body
   * @returns {Promise<SaveOutcome>} as of an edit that is saved
   */
  #sent(ask, body) {
    return send({ saveEdit: ask, renewToken: () => this.api.renewToken() }, body);
  }
}
