/**
 * @module tools/merge
 */

/** @import {MergePlan} from './plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Tool} from './tool.js' */
/** @import {Parcel} from '../types.js' */

import { mergeOperation, whyNotMergeable } from '../actions/merge.js';
import { NOTHING_YET, proposalOf } from './plan.js';

/** @type {Tool} */
export const mergeTool = {
  name: 'merge', key: 'g', label: 'Merge parcels', icon: 'merge', edits: true, hasPoints: false, hasMiddles: false,
  hint: ({ session }) => (session.chosen.length < 2 ? 'Click the parcels that become one' : 'Click further parcels, or press Enter to merge these'),
  // Every click adds one: with this tool nothing else is meant.
  click: ({ session, pick }, { place }) => session.toggle(pick(place)),
  activate: () => undefined,
  drag: () => null,
  propose: ({ session }) => {
    const members = session.chosen;
    const reason = whyNotMergeable(session.graph, members);
    if (reason) return { ...NOTHING_YET, reason };
    const plan = mergePlan(session);
    const attributes = plan.legalArea === 'add' ? undefined : { legal_area: plan.legalArea };
    if (plan.into === '' && plan.newId === '') return { ...NOTHING_YET, reason: 'Give the new parcel its permanent id.' };
    return proposalOf(session.graph, mergeOperation(members.map((parcel) => parcel.id), heirOf(plan, members), attributes));
  },
  done: (session, operation) => {
    if (operation.op === 'merge') session.select(operation.into);
  },
};

/**
 * @param {Session} session
 * @returns {MergePlan}
 */
export function mergePlan({ state: { plan } }) {
  return plan?.kind === 'merge' ? plan : { kind: 'merge', into: null, newId: '', legalArea: 'add' };
}

/**
 * @param {MergePlan} plan
 * @param {Parcel[]} members
 * @returns {string} the one that continues, or the new id
 */
export function heirOf({ into, newId }, members) {
  if (into === '' && newId !== '') return newId;
  return (members.find((parcel) => parcel.id === into) ?? /** @type {Parcel} */ (members[0])).id;
}
