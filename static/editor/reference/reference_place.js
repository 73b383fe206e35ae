/**
 * Where reference layers belong while the draft comes and goes. What is loaded joins the draft as soon as the server has one,
 * and goes with it when it is saved or discarded; what its owner keeps stays.
 *
 * @module reference/reference_place
 */

/** @import {DraftKeeping, Turn} from '../drafts/draft_keeping.js' */
/** @import {Session} from '../session.js' */
/** @import {ReferenceApi} from './reference_api.js' */
/** @import {ReferenceLayer} from './reference_layer.js' */

import { ApiProblem, NoAnswer } from '../api.js';

export class ReferencePlaces {
  /**
   * @param {Session} session
   * @param {Pick<ReferenceApi, 'assign' | 'remove'>} api
   * @param {Pick<DraftKeeping, 'name' | 'onTurn'>} keeping
   * @param {(draft: number | null) => Promise<void>} bring shows the layers of a draft
   */
  constructor(session, api, keeping, bring) {
    this.session = session;
    this.api = api;
    this.keeping = keeping;
    this.bring = bring;
    /** What the server is known to have given to its draft. @type {Set<number>} */
    this.given = new Set();
    keeping.onTurn = (turn) => this.#follow(turn);
  }

  /** Give to the draft what waits for one. */
  join() {
    const draft = this.keeping.name?.id ?? null;
    if (draft === null) return;
    for (const { id, draftId, isKept } of this.session.state.references) if (draftId === null && !isKept) void this.#assign(id, draft, false);
  }

  /**
   * Keep a layer whatever becomes of the draft, or let it go with that.
   * @param {number} id
   * @returns {Promise<void>}
   */
  async toggleKept(id) {
    const layer = this.session.state.references.find((one) => one.id === id);
    if (layer) await this.#assign(id, layer.isKept ? (this.keeping.name?.id ?? null) : null, !layer.isKept);
  }

  /** @param {Turn} turn */
  #follow(turn) {
    const { references } = this.session.state;
    if (references.length === 0 && turn.kind !== 'named') return;
    switch (turn.kind) {
      case 'named':
        this.join();
        if (turn.isAdopted) void this.bring(turn.id);
        break;
      case 'taken_back':
        // The server lets them wait for the next draft, as here.
        this.given.clear();
        this.#show(references.map((layer) => (layer.draftId === null ? layer : { ...layer, draftId: null })));
        break;
      case 'set_aside':
        this.#show(references.filter(({ draftId }) => draftId === null));
        break;
      case 'ended': {
        const gone = references.filter(({ isKept }) => !isKept);
        this.#show(references.filter(({ isKept }) => isKept));
        // What the draft had goes with it; what was not given to it yet is told one by one.
        for (const { id } of gone) if (!this.given.delete(id)) void this.#remove(id);
      }
    }
  }

  /** @param {readonly ReferenceLayer[]} references */
  #show(references) {
    this.session.set({ references });
  }

  /**
   * @param {number} id
   * @param {number | null} draft
   * @param {boolean} isKept
   * @returns {Promise<void>}
   */
  async #assign(id, draft, isKept) {
    const before = this.session.state.references.find((layer) => layer.id === id);
    this.#place(id, { draftId: draft, isKept });
    this.given.delete(id);
    try {
      await this.api.assign(id, { draft_id: draft, is_kept: isKept });
      if (draft !== null) this.given.add(id);
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      if (before) this.#place(id, before);
      // That it does not go with the draft loses nobody anything; that it is not kept would.
      if (isKept) this.session.say('warn', `The layer could not be kept for later: ${error.message}`);
    }
  }

  /**
   * @param {number} id
   * @param {{draftId: number | null, isKept: boolean}} place
   */
  #place(id, { draftId, isKept }) {
    this.#show(this.session.state.references.map((layer) => (layer.id === id ? { ...layer, draftId, isKept } : layer)));
  }

  /**
   * @param {number} id
   * @returns {Promise<void>}
   */
  async #remove(id) {
    try {
      await this.api.remove(id);
    } catch (error) {
      // It went with the draft after all, or waits on the server: then it is there when the map is opened next.
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    }
  }
}
