/**
 * Lineage and ids within an edit: which parcel came out of which, and which ids are taken.
 *
 * @module actions/descent
 */

/** @import {Descent, Graph} from '../graph.js' */

/**
 * @param {Graph} graph
 * @param {readonly string[]} parents
 * @param {string} child
 * @param {Descent['kind']} kind
 * @returns {Descent[]} what is not known yet; being one's own parent is no lineage
 */
export function descentsOf({ overlay: { descents } }, parents, child, kind) {
  const isKnown = (/** @type {string} */ parent) => descents.some((one) => one.parent === parent && one.child === child);
  return parents.filter((parent) => parent !== child && !isKnown(parent)).map((parent) => ({ parent, child, kind }));
}

/**
 * @param {Graph} graph
 * @param {string} id
 * @returns {boolean} whether a parcel has this id or had it, as far as is loaded: an id is never used again
 */
export function isTaken(graph, id) {
  if (graph.parcel(id) || graph.changed().has(id) || graph.base.parcels.has(id)) return true;
  for (const past of graph.base.pasts.values()) if (past.id === id) return true;
  return false;
}
