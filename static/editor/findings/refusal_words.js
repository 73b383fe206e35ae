/**
 * A refusal in the words of the map: the server names parcels by their permanent ids, people know their numbers.
 *
 * @module findings/refusal_words
 */

/** @import {Graph} from '../graph.js' */
/** @import {Refusal} from '../types.js' */

import { label } from '../actions/ring_repair.js';

/**
 * @param {Graph} graph
 * @param {Pick<Refusal, 'message' | 'parcels'>} refusal
 * @returns {string} its message; of a parcel that is not loaded with its id
 */
export function refusalText(graph, { message, parcels }) {
  if (parcels.length === 0) return message;
  const name = (/** @type {string} */ id) => {
    const parcel = graph.parcel(id) ?? graph.base.parcels.get(id);
    return parcel ? label(parcel) : id;
  };
  // All at once, the longest first: an id may be the beginning of another, or another's number.
  const ids = [...parcels].sort((a, b) => b.length - a.length).map(escaped).join('|');
  return message.replace(new RegExp(`(?<![\\p{L}\\p{N}_-])(${ids})(?![\\p{L}\\p{N}_-])`, 'gu'), name);
}

/**
 * @param {string} text
 * @returns {string} as a regular expression takes it
 */
function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
