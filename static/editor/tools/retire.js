/**
 * @module tools/retire
 */

/** @import {Command} from './tool.js' */

import { retireOperation, whyNotRetirable } from '../actions/retire.js';
import { label } from '../actions/ring_repair.js';

/** @type {Command} */
export const retireCommand = {
  name: 'retire', key: 'r', label: 'Retire parcel', icon: 'retire',
  whyNot: (session) => {
    const [parcel, ...others] = session.chosen;
    if (!parcel) return 'Select the parcel that ends';
    return others.length > 0 ? 'Select one parcel only' : whyNotRetirable(session.graph, parcel);
  },
  run: (session) => {
    const [parcel] = session.chosen;
    if (!parcel || !session.perform(retireOperation(parcel))) return;
    session.say('info', `${label(parcel)} ends with this edit: its land then belongs to no parcel. Its history stays.`);
  },
};
