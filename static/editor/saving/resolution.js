/**
 * What follows an answer to a conflict: my steps done again on what is current. Nothing is sent.
 *
 * @module resolution
 */

/** @import {Api} from '../api.js' */
/** @import {Base} from '../base.js' */
/** @import {Loading} from '../loading.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, Conflict, Operation} from '../types.js' */

import { baseFromCoverage, mergeBases } from '../base.js';
import { collidingSteps, fallenSentence, isRetired, theirChange } from './conflict.js';
import { renamed } from '../draft.js';

/**
 * Everything as it is now on the server: what was loaded, and the parcels that my steps touch outside it.
 * @param {Api} api
 * @param {Box} box
 * @param {Session} session
 * @param {ReadonlySet<string>} [gone] parcels that were retired meanwhile
 * @param {string[]} [born] parcels that came into being
 * @returns {Promise<{base: Base, box: Box}>}
 */
export async function currentBase(api, box, session, gone = new Set(), born = []) {
  const inView = baseFromCoverage(await api.coverage(box));
  const { draft, selected } = session.state;
  const wanted = new Set([...Object.keys(draft.seen()), ...born, ...(selected ? [selected] : [])]);
  const missing = [...wanted].filter((id) => !inView.parcels.has(id) && !gone.has(id));
  if (missing.length === 0) return { base: inView, box };
  const outside = baseFromCoverage(await api.coverageOf(missing));
  return { base: mergeBases(inView, outside, inView.parcels.keys()), box };
}

/**
 * @param {Session} session
 * @param {Conflict[]} conflicts
 * @param {'mine' | 'theirs'} answer
 * @returns {Operation[]} what is to be done again
 */
export function operationsAfter(session, conflicts, answer) {
  const { draft } = session.state;
  const { moved } = theirChange(conflicts);
  const colliding = new Set(answer === 'theirs' ? collidingSteps(draft.steps, conflicts) : []);
  return renamed(draft.operations.filter((_, index) => !colliding.has(index)), moved);
}

/**
 * @param {{api: Api, loading: Loading, session: Session}} editor
 * @param {Conflict[]} conflicts
 * @param {'mine' | 'theirs'} answer
 * @returns {Promise<void>}
 */
export async function resolveConflict({ api, loading, session }, conflicts, answer) {
  const operations = operationsAfter(session, conflicts, answer);
  const { base, box } = await currentBase(api, loading.choice.box(), session, new Set(conflicts.filter(isRetired).map((conflict) => conflict.parcel_id)));
  const fallen = session.restart(base, operations);
  session.set({ loaded: box });
  if (fallen.length > 0) session.say('warn', fallenSentence(fallen));
  else if (answer === 'mine') session.say('good', 'Your steps now stand on top of theirs. Check them and save again.');
  else session.say('good', operations.length > 0 ? 'Theirs is kept. Your other steps stand; save them when ready.' : 'Theirs is kept. None of your steps is left.');
}
