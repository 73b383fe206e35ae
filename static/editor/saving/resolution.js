/**
 * What follows an answer to a conflict: my steps done again on what is current. Nothing is sent.
 *
 * @module resolution
 */

/** @import {Api} from '../api.js' */
/** @import {Base} from '../base.js' */
/** @import {Draft, Replayed} from '../draft.js' */
/** @import {Loading} from '../loading.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, Conflict, Operation} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { baseFromCoverage, mergeBases } from '../base.js';
import { collidingSteps, fallenSentence, isRetired, theirChange } from './conflict.js';
import { renamed, restore } from '../draft.js';

/** Mine again on top of theirs, or theirs with those of my steps that do not meet it. @typedef {'mine' | 'theirs'} Resolution */

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
  // What only my steps make is nothing that the server has.
  const missing = [...wanted].filter((id) => !inView.parcels.has(id) && !gone.has(id) && (draft.graph.base.parcels.has(id) || born.includes(id)));
  if (missing.length === 0) return { base: inView, box };
  const outside = baseFromCoverage(await api.coverageOf(missing));
  return { base: mergeBases(inView, outside, inView.parcels.keys()), box };
}

/**
 * @param {{api: Api, loading: Loading, session: Session}} editor
 * @param {Conflict[]} conflicts
 * @returns {Promise<{base: Base, box: Box}>} everything as it is now
 */
export function baseAfter({ api, loading, session }, conflicts) {
  return currentBase(api, loading.choice.box(), session, new Set(conflicts.filter(isRetired).map((conflict) => conflict.parcel_id)));
}

/**
 * The same for the dialog, which can be shown without.
 * @param {{api: Api, loading: Loading, session: Session}} editor
 * @param {Conflict[]} conflicts
 * @returns {Promise<Base | null>} null where it could not be loaded
 */
export async function baseToShow(editor, conflicts) {
  try {
    return (await baseAfter(editor, conflicts)).base;
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    return null;
  }
}

/**
 * @param {Draft} draft
 * @param {Conflict[]} conflicts
 * @param {Resolution} answer
 * @returns {{operations: Operation[], texts: string[]}} what is to be done again, and in words
 */
export function stepsAfter(draft, conflicts, answer) {
  const { moved } = theirChange(conflicts);
  const colliding = new Set(answer === 'theirs' ? collidingSteps(draft.steps, conflicts) : []);
  const kept = draft.steps.filter((_, index) => !colliding.has(index));
  return { operations: renamed(kept.map(({ operation }) => operation), moved), texts: kept.map(({ text }) => text) };
}

/**
 * @param {Draft} draft
 * @param {Conflict[]} conflicts
 * @param {Base} now
 * @param {Resolution} answer
 * @returns {Replayed} what an answer would come to; nothing happens
 */
export function outlook(draft, conflicts, now, answer) {
  const { operations, texts } = stepsAfter(draft, conflicts, answer);
  return restore({ ...now, pasts: new Map([...draft.graph.base.pasts, ...now.pasts]) }, operations, texts);
}

/**
 * @param {{api: Api, loading: Loading, session: Session}} editor
 * @param {Conflict[]} conflicts
 * @param {Resolution} answer
 * @returns {Promise<void>}
 */
export async function resolveConflict(editor, conflicts, answer) {
  const { session } = editor;
  const { base, box } = await baseAfter(editor, conflicts);
  const { operations, texts } = stepsAfter(session.state.draft, conflicts, answer);
  const fallen = session.restart(base, operations, texts);
  session.set({ loaded: box });
  if (fallen.length > 0) session.say('warn', fallenSentence(fallen));
  else if (answer === 'mine') session.say('good', 'Your steps now stand on top of theirs. Check them and save again.');
  else session.say('good', operations.length > 0 ? 'Theirs is kept. Your other steps stand; save them when ready.' : 'Theirs is kept. None of your steps is left.');
}
