/**
 * The bar that offers steps of one's own that were not saved.
 *
 * @module panels/draft_bar
 */

/** @import {DraftKeeping} from '../drafts/draft_keeping.js' */
/** @import {Offer} from '../drafts/draft_memory.js' */
/** @import {Session} from '../session.js' */

import { fill, h, icon } from '../dom.js';
import { counted, dateTime } from '../format.js';
import { ask } from './ask.js';

/**
 * Shown while nothing else is being edited: a draft never takes the place of steps.
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {DraftKeeping} keeping
 * @param {(offer: Offer) => Promise<boolean>} goOn
 * @returns {Promise<void>} when it is known what there is
 */
export async function createDraftBar(place, session, keeping, goOn) {
  let offers = await keeping.offers();
  let isBusy = false;
  const render = () => {
    const [offer] = offers;
    place.hidden = !offer || !session.state.draft.isEmpty;
    if (offer) fill(place, icon('clock'), h('p', {}, sentence(offer, offers.length - 1)), button('Continue', 'action', () => take(offer)), button('Discard', 'action action-quiet', () => drop(offer)));
  };
  /**
   * @param {string} label
   * @param {string} look
   * @param {() => Promise<boolean>} act whether the draft is no longer to be offered
   */
  const button = (label, look, act) => h('button', {
    type: 'button', class: look, click: async () => {
      if (isBusy) return;
      isBusy = true;
      const [offer] = offers;
      try {
        if (await act()) offers = offers.filter((other) => other !== offer);
      } finally {
        isBusy = false;
        render();
      }
    },
  }, label);
  const take = (/** @type {Offer} */ offer) => (session.state.draft.isEmpty ? goOn(offer) : Promise.resolve(false));
  const drop = async (/** @type {Offer} */ offer) => {
    const text = `${counted(offer.steps, 'step')} from ${when(offer.changedAt)} are forgotten. Nothing of it was saved.`;
    const isSure = await ask({ title: 'Discard this draft?', text, yes: 'Discard', no: 'Keep it' });
    if (isSure) await keeping.discard(offer);
    return isSure;
  };
  session.subscribe(render);
  render();
}

/**
 * @param {Offer} offer
 * @param {number} others
 * @returns {string}
 */
function sentence({ steps, changedAt, here }, others) {
  const where = here ? 'kept on this computer' : 'kept on the server';
  const more = others > 0 ? ` There ${others === 1 ? 'is another draft' : `are ${others} other drafts`}.` : '';
  return `You have ${counted(steps, 'unsaved step')} from ${when(changedAt)}, ${where}.${more}`;
}

/**
 * @param {string} iso
 * @returns {string} the time, and the day where it is not today
 */
function when(iso) {
  const then = new Date(iso);
  if (then.toDateString() !== new Date().toDateString()) return dateTime(iso);
  return then.toLocaleTimeString('en-GB', { timeStyle: 'short' });
}
