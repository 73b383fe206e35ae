/**
 * The two ways in which a question to the server fails.
 *
 * @module api_problem
 */

/** @import {Problem} from './types.js' */

/** The server answered, and refused: RFC 9457. */
export class ApiProblem extends Error {
  /**
   * @param {number} status
   * @param {Problem} problem
   * @param {number | null} retryAfterS
   */
  constructor(status, problem, retryAfterS) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.name = 'ApiProblem';
    this.status = status;
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }

  /**
   * @param {string} word last part of the problem's type
   * @returns {boolean}
   */
  is(word) {
    return this.problem.type.split(/[/:#]/).at(-1) === word;
  }
}

/** No answer came: the connection was lost, or the server cannot be reached. */
export class NoAnswer extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super('The server cannot be reached.', { cause });
    this.name = 'NoAnswer';
  }
}
