/**
 * What a parcel came from and what became of it, generation by generation. Pure.
 *
 * A lot that is split off and merged back goes round in a circle by ids, never by versions: backwards a walk goes on only to
 * steps that made the version at hand or one before it, forwards only to steps that came out of it or of one after it.
 *
 * @module lineage_tree
 */

/** @import {Kin, Lineage} from './past.js' */

/** @typedef {'back' | 'forward'} Direction */

/**
 * @typedef {object} Relative
 * @property {Kin} kin
 * @property {string} label as people call it
 * @property {number} version at which the step reaches it
 * @property {string} kind of the step
 * @property {string} at when the step was made
 */

/**
 * @param {Lineage} lineage
 * @param {Direction} direction
 * @param {string} id
 * @param {number} [version] at which `id` was reached; left out for the parcel that is asked about
 * @returns {Relative[]} one generation on, oldest step first
 */
export function relatives({ nodes, steps }, direction, id, version) {
  const isBack = direction === 'back';
  return steps
    .filter((step) => (isBack
      ? step.child === id && (version === undefined || step.child_version <= version)
      : step.parent === id && (version === undefined || step.parent_version >= version)))
    .flatMap((step) => {
      const kin = nodes.find((node) => node.parcel_id === (isBack ? step.parent : step.child));
      return kin ? [{ kin, label: kin.number ?? kin.parcel_id, version: isBack ? step.parent_version : step.child_version, kind: step.kind, at: step.at }] : [];
    });
}
