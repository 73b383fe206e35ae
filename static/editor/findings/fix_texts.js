/**
 * What is said of fixes.
 *
 * @module findings/fix_texts
 */

/** @import {Fix} from './fixes_api.js' */

import { figure } from '../format.js';

/**
 * @param {Pick<Fix, 'farthest_m' | 'is_below_accuracy'>} fix
 * @param {number} accuracy
 * @returns {string} "Nothing moves farther than 0.004 m, below the 0.02 m that points are accurate to."
 */
export function farthest({ farthest_m: metres, is_below_accuracy: isBelow }, accuracy) {
  if (metres === 0) return 'Nothing moves.';
  const far = `${figure(metres, metres < 0.1 ? 4 : 2)} m`;
  return isBelow ? `Nothing moves farther than ${far}, below the ${accuracy} m to which points are accurate.`
    : `The farthest point moves by ${far}: more than the ${accuracy} m to which points are accurate.`;
}
