/**
 * Who has the ground of a parcel's version only because they came out of it: pieces of a split, and pieces of these. What
 * has land of others besides (it was merged with a neighbour, or is a piece of what was) is not among them.
 *
 * @module past/only_heirs
 */

/** @import {Api} from '../api.js' */
/** @import {Lineage} from './past.js' */

/**
 * @param {Lineage} lineage of the parcel
 * @param {string} ancestor
 * @param {number} since version of the ancestor
 * @returns {boolean} whether every way back leads to that version, and to nobody else
 */
export function cameOnlyFrom({ parcel_id: parcel, steps, truncated }, ancestor, since) {
  /** @param {string} id @param {number} version @returns {boolean} */
  const leads = (id, version) => {
    const isAncestor = id === ancestor;
    if (isAncestor && version < since) return false;
    const parents = steps.filter((step) => step.child === id && step.child_version <= version && (!isAncestor || step.child_version > since));
    return (isAncestor || parents.length > 0) && parents.every((step) => leads(step.parent, step.parent_version));
  };
  return !truncated && parcel !== ancestor && leads(parcel, Infinity);
}

/**
 * @param {Pick<Api, 'lineage'>} api
 * @param {readonly string[]} ids
 * @param {string} ancestor
 * @param {number} since version of the ancestor
 * @returns {Promise<boolean>} whether there is at least one, and all came out of that version alone
 * @throws {import('../api.js').ApiProblem | import('../api.js').NoAnswer}
 */
export async function areOnlyHeirs(api, ids, ancestor, since) {
  const lineages = await Promise.all(ids.map((id) => api.lineage(id)));
  return lineages.length > 0 && lineages.every((lineage) => cameOnlyFrom(lineage, ancestor, since));
}
