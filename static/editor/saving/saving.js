/**
 * Sending an edit until there is a definite answer. A lost connection and 503 are repeated under the same key, which
 * makes repeating safe: the server applies the edit once and answers the same receipt.
 *
 * @module saving
 */

/** @import {Api} from '../api.js' */
/** @import {EditBody, Problem, Receipt} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';

/**
 * @typedef {{kind: 'saved', receipt: Receipt}
 *   | {kind: 'submitted', draft: number}
 *   | {kind: 'conflict' | 'refused' | 'version_required' | 'failed', problem: Problem}
 *   | {kind: 'signed_out'}
 *   | {kind: 'unreachable', message: string}} SaveOutcome
 */

/** Long enough for a server that restarts, short enough to say at last that it is gone. */
const GIVE_UP_AFTER_MS = 45_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(ms: number) => Promise<void>} pause
 */

/** @type {Clock} */
export const WALL_CLOCK = {
  now: () => performance.now(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/**
 * @param {{saveEdit: (body: EditBody) => Promise<any>, renewToken: Api['renewToken']}} api
 * @param {EditBody} body
 * @param {Clock} [clock]
 * @returns {Promise<SaveOutcome>}
 */
export async function send(api, body, clock = WALL_CLOCK) {
  const start = clock.now();
  let hasRenewed = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { kind: 'saved', receipt: await api.saveEdit(body) };
    } catch (error) {
      if (isToken(error) && !hasRenewed) {
        hasRenewed = true;
        if (await renewed(api)) continue;
      }
      if (!isPassing(error)) return outcomeOf(error);
      if (clock.now() - start > GIVE_UP_AFTER_MS) return { kind: 'unreachable', message: /** @type {Error} */ (error).message };
      await clock.pause(pauseMs(error, attempt));
    }
  }
}

/**
 * @param {Pick<Api, 'renewToken'>} api
 * @returns {Promise<boolean>}
 */
export async function renewed(api) {
  try {
    return await api.renewToken();
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    throw error;
  }
}

/**
 * With another CSRF token where the session was renewed elsewhere.
 * @template T
 * @param {Pick<Api, 'renewToken'>} api
 * @param {() => Promise<T>} ask
 * @returns {Promise<T>}
 */
export async function asked(api, ask) {
  try {
    return await ask();
  } catch (error) {
    if (!isToken(error) || !(await renewed(api))) throw error;
    return ask();
  }
}

/**
 * @param {unknown} error
 * @returns {boolean} the session was renewed elsewhere, so that the CSRF token of this page is old
 */
export function isToken(error) {
  return error instanceof ApiProblem && (error.status === 401 || (error.status === 400 && /csrf/i.test(JSON.stringify(error.problem))));
}

/**
 * @param {unknown} error
 * @returns {boolean} worth repeating with the same key
 */
export function isPassing(error) {
  return error instanceof NoAnswer || (error instanceof ApiProblem && [502, 503, 504].includes(error.status));
}

/**
 * @param {unknown} error
 * @param {number} attempt from 0
 * @returns {number}
 */
function pauseMs(error, attempt) {
  const asked = error instanceof ApiProblem && error.retryAfterS !== null ? error.retryAfterS * 1000 : 0;
  const growing = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return Math.max(asked, growing * (0.5 + Math.random() / 2));
}

/**
 * @param {unknown} error
 * @returns {SaveOutcome}
 */
function outcomeOf(error) {
  if (!(error instanceof ApiProblem)) throw error;
  if (error.status === 401) return { kind: 'signed_out' };
  if (error.status === 409 && error.problem.conflicts) return { kind: 'conflict', problem: error.problem };
  if (error.status === 428) return { kind: 'version_required', problem: error.problem };
  if (error.status === 422) return { kind: 'refused', problem: error.problem };
  return { kind: 'failed', problem: error.problem };
}
