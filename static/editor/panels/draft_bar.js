/**
 * The bar that offers steps of one's own that were not saved.
 *
 * @module panels/draft_bar
 */

/** @import {DraftKeeping} from '../drafts/draft_keeping.js' */
/** @import {Offer} from '../drafts/draft_memory.js' */
/** @import {Session} from '../session.js' */

import { returnedText } from '../drafts/draft_memory.js';
import { fill, h, icon } from '../dom.js';
import { counted, dateTime } from '../format.js';
import { ask } from './ask.js';

/**
 * Shown while nothing else is being edited: a draft never takes the place of steps.
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {DraftKeeping} keeping
 * @param {{goOn: (offer: Offer) => Promise<boolean>, isOfPage: (offer: Offer) => boolean, list: (() => void) | null}} options
 *   `list` shows all drafts; null where there is no such list
 * @returns {() => Promise<void>} asks what there is; resolved when it is known
 */
export function createDraftBar(place, session, keeping, { goOn, isOfPage, list }) {
  /** @type {Offer[]} */
  let offers = [];
  let isBusy = false;
  const render = () => {
    const [offer] = offers;
    place.hidden = !offer || !session.state.draft.isEmpty;
    if (offer) {
      fill(place, icon('clock'), h('p', {}, sentence(offer, list ? 0 : offers.length - 1)), button('Continue', 'action', () => take(offer)), button('Discard', 'action action-quiet', () => drop(offer)),
        list && offers.length > 1 && h('button', { type: 'button', class: 'action action-quiet', click: list }, `All ${offers.length} drafts`));
    }
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
    const isSure = await askToDiscard(offer);
    if (isSure) await keeping.discard(offer);
    return isSure;
  };
  session.subscribe(render);
  return async () => {
    offers = (await keeping.offers()).filter(isOfPage);
    render();
  };
}

/**
 * @param {Offer} offer
 * @returns {Promise<boolean>}
 */
export function askToDiscard(offer) {
  const text = `${counted(offer.steps, 'step')} from ${when(offer.changedAt)} are forgotten. Nothing of it was saved.`;
  return ask({ title: 'Discard this draft?', text, yes: 'Discard', no: 'Keep it' });
}

/**
 * @param {Offer} offer
 * @param {number} others to be told of; none where a button lists them
 * @returns {string}
 */
function sentence(offer, others) {
  const { steps, changedAt, here, title } = offer;
  const returned = returnedText(offer);
  if (returned) return `${returned} (${title || counted(steps, 'step')})`;
  const where = here ? 'kept on this computer' : 'kept on the server';
  const more = others > 0 ? ` There ${others === 1 ? 'is another draft' : `are ${others} other drafts`}.` : '';
  return `You have ${counted(steps, 'unsaved step')} from ${when(changedAt)}, ${where}${title ? `: ${title}` : ''}.${more}`;
}

/**
 * @param {string} iso
 * @returns {string} the time, and the day where it is not today
 */
export function when(iso) {
  const then = new Date(iso);
  if (then.toDateString() !== new Date().toDateString()) return dateTime(iso);
  return then.toLocaleTimeString('en-GB', { timeStyle: 'short' });
}
