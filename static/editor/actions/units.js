/**
 * Units and their ground parcel: a flat is part of a lot, by the lot's permanent id.
 *
 * @module actions/units
 */

/** @import {Graph} from '../graph.js' */
/** @import {Parcel} from '../types.js' */

/**
 * @param {Graph} graph
 * @param {readonly string[]} grounds parcel ids
 * @returns {Parcel[]} loaded units of them, ascending by id
 */
export function unitsOf(graph, grounds) {
  const found = [...graph.parcels()].filter((parcel) => grounds.includes(String(parcel.properties['part_of'] ?? '')));
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Units of parcels that end become part of their heir. They follow: their author need not have seen them.
 * @param {Graph} graph
 * @param {readonly string[]} grounds
 * @param {string} heir
 * @returns {Graph}
 */
export function handOverUnits(graph, grounds, heir) {
  const units = unitsOf(graph, grounds).filter((unit) => unit.id !== heir);
  return graph.with({ parcels: units.map((unit) => ({ ...unit, properties: { ...unit.properties, part_of: heir } })) });
}
