/**
 * Below what an edit was refused for: a way to alter it so that it would be saved, where one was found and a dry run took
 * it. Nothing changes before its button is pressed, and undoing takes it back.
 *
 * @module findings/refusal_offer
 */

/** @import {Api} from '../api.js' */
/** @import {Draft} from '../draft.js' */
/** @import {Session} from '../session.js' */
/** @import {Refusal} from '../types.js' */
/** @import {Instead} from './refusal_fix.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { fill, h } from '../dom.js';
import { newKey } from '../new_key.js';
import { onTheBoundary } from './refusal_fix.js';

/** Refusals of one edit that are looked at: what breaks more rules at once is no slip of the hand. */
const MOST = 5;

/** @typedef {{draft: Draft, texts: string[]}} Altered */

/**
 * @param {HTMLElement} place of the edit's summary, which lists the refusals
 * @param {Session} session
 * @param {Pick<Api, 'rehearse'>} api
 * @param {() => number | null} recordId of the record that the edit rests on
 */
export function offerAfterRefusal(place, session, api, recordId) {
  const box = h('div', { class: 'refusal-offer', role: 'status' });
  place.querySelector('.refusals')?.after(box);
  /** @type {AbortController | null} */
  let running = null;
  session.subscribe((state, before) => {
    if (state.refusals === before.refusals) return;
    running?.abort();
    fill(box);
    const { draft } = state;
    const altered = state.refusals.length > 0 && state.refusals.length <= MOST ? alteredFor(draft, state.refusals) : null;
    if (!altered) return;
    running = new AbortController();
    const { signal } = running;
    void wouldBeSaved(altered.draft, api, recordId(), signal).then((isTaken) => {
      if (!isTaken || signal.aborted || session.state.draft !== draft) return;
      fill(box, h('p', {}, 'Offered fix: ', ...altered.texts), h('button', {
        type: 'button', class: 'action', click: () => {
          session.set({ draft: altered.draft, refusals: [], notice: { kind: 'info', text: 'The step is altered. Save again, or undo it.' } });
          document.getElementById('edit-comment')?.focus();
        },
      }, 'Use this fix'));
    });
  });
}

/**
 * @param {Draft} draft
 * @param {Refusal[]} refusals
 * @returns {Altered | null} the draft with a step done differently for each refusal for which there is a way
 */
export function alteredFor(draft, refusals) {
  /** @type {Altered} */
  let altered = { draft, texts: [] };
  for (const refusal of refusals) {
    const instead = onTheBoundary(altered.draft, refusal);
    altered = (instead && withInstead(altered, instead)) ?? altered;
  }
  return altered.texts.length > 0 ? altered : null;
}

/**
 * @param {Altered} altered
 * @param {Instead} instead
 * @returns {Altered | null} null where later steps would fall
 */
function withInstead({ draft, texts }, { index, operation, text }) {
  const { draft: other, fallen } = draft.with(index, operation);
  return fallen.length > 0 ? null : { draft: other, texts: [...texts, text] };
}

/**
 * @param {Draft} draft
 * @param {Pick<Api, 'rehearse'>} api
 * @param {number | null} recordId
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}
 */
async function wouldBeSaved(draft, api, recordId, signal) {
  try {
    await api.rehearse(draft.toSend('What a fix would come to', newKey, recordId).body, signal);
    return true;
  } catch (error) {
    if (signal.aborted || error instanceof ApiProblem || error instanceof NoAnswer) return false;
    throw error;
  }
}
