/**
 * A draft on the server, by the name that it has there: learning its id after a lost answer, and telling that it is over.
 *
 * @module draft_there
 */

/** @import {DraftApi} from './draft_api.js' */
/** @import {DraftMemory} from './draft_memory.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { asked } from '../saving/saving.js';

/** What the server knows it by. `isTakenBack`: its steps were undone. @typedef {{key: string, id: number | null, version: number, isTakenBack?: boolean}} Name */

/**
 * The answer that it was begun was lost, and steps were done since: learn its id.
 * @param {Pick<DraftApi, 'drafts'>} api
 * @param {Name} name
 * @returns {Promise<boolean>} whether it is there
 */
export async function learnId(api, name) {
  try {
    const mine = (await api.drafts()).find((draft) => draft.key === name.key && draft.version === 1);
    if (mine) Object.assign(name, { id: mine.id, version: 1 });
    return mine !== undefined;
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    return false;
  }
}

/**
 * @param {Pick<DraftApi, 'discardDraft' | 'renewToken'>} api
 * @param {DraftMemory} memory
 * @param {Name} name
 * @returns {Promise<void>} where the server cannot be told, it is remembered that the draft is over
 */
export async function discardThere(api, memory, name) {
  const { id, isTakenBack = false } = name;
  if (id === null) return;
  try {
    await asked(api, () => api.discardDraft(id, isTakenBack));
    memory.remove(name.key);
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    if (error instanceof ApiProblem && error.is('not_found')) return memory.remove(name.key);
    // Told when the map is opened next; until then it is not offered here.
    memory.put({ ...name, isGone: true, changed_at: '', title: '', comment: '', record_id: null, seen: {}, operations: [], notes: [] });
  }
}
