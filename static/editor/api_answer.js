/**
 * Reading what the server answered.
 *
 * @module api_answer
 */

/** @import {Problem} from './types.js' */

import { ApiProblem, NoAnswer } from './api_problem.js';

/** @returns {ApiProblem} the page to sign in was answered instead */
export function notSignedIn() {
  return new ApiProblem(401, { type: 'not_signed_in', title: 'You are no longer signed in.' }, null);
}

/**
 * A body that breaks off is a lost connection, not a bad answer.
 * @param {Response} response
 * @param {'json' | 'arrayBuffer'} as
 * @returns {Promise<any>}
 */
export async function answer(response, as) {
  try {
    return await response[as]();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new NoAnswer(error);
  }
}

/**
 * @param {Response} response
 * @param {string} type
 * @returns {Promise<Problem>}
 */
export async function problemOf(response, type) {
  if (/json/.test(type)) {
    const problem = await answer(response, 'json');
    if (typeof problem?.type === 'string') return problem;
  }
  return { type: `http_${response.status}`, title: `The server answered ${response.status} ${response.statusText}.` };
}

/**
 * @param {Response} response
 * @returns {number | null} seconds
 */
export function retryAfter(response) {
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) ? seconds : null;
}
