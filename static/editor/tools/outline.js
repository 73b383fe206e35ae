/**
 * The outline that was clicked.
 *
 * @module tools/outline
 */

/** @import {DrawPlan} from './plan.js' */
/** @import {Token} from '../types.js' */

/**
 * @param {DrawPlan} plan
 * @returns {Token[][][]} the outline as clicked
 */
export function outlineOf({ line }) {
  return [[line.map((position) => position.token)]];
}
