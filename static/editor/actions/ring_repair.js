/**
 * What a ring looks like after points were replaced or dropped.
 *
 * @module actions/ring_repair
 */

/** @import {Graph} from '../graph.js' */
/** @import {Parcel, Part, PointId, Ring} from '../types.js' */

import { ActionRefused } from './refused.js';

/**
 * Change every ring of a parcel; equal neighbours left behind become one. A hole that collapses vanishes only by the
 * server's word, so here it is refused like an exterior ring.
 * @param {Parcel} parcel
 * @param {(id: PointId) => PointId | null} change null drops the point
 * @returns {Parcel}
 * @throws {ActionRefused} collapsed
 */
export function withPoints(parcel, change) {
  return { ...parcel, parts: parcel.parts.map((part) => partWithPoints(parcel, part, change)) };
}

/**
 * @param {Parcel} parcel
 * @param {Part} part
 * @param {(id: PointId) => PointId | null} change
 * @returns {Part}
 */
function partWithPoints(parcel, part, change) {
  return part.map((ring) => {
    const next = ringWithPoints(ring, change);
    if (next.length >= 3) return next;
    throw new ActionRefused('collapsed', `A ring of parcel ${label(parcel)} would keep fewer than three points.`);
  });
}

/**
 * @param {Ring} ring
 * @param {(id: PointId) => PointId | null} change
 * @returns {Ring}
 */
function ringWithPoints(ring, change) {
  const mapped = ring.map(change).filter((id) => id !== null);
  const next = mapped.filter((id, index) => index === 0 || id !== mapped[index - 1]);
  // The ring keeps its first point.
  while (next.length > 1 && next.at(-1) === next[0]) next.pop();
  return next;
}

/**
 * @param {Graph} graph
 * @param {string} id
 * @returns {Parcel}
 * @throws {ActionRefused} invalid_operation
 */
export function currentParcel(graph, id) {
  const parcel = graph.parcel(id);
  if (!parcel) throw new ActionRefused('invalid_operation', `There is no current parcel ${id} here.`);
  return parcel;
}

/**
 * @param {Parcel} parcel
 * @returns {string} the number people know, else the permanent id; of one that is born in this edit under an id that
 *   nobody chose, the end of it
 */
export function label({ id, version, properties }) {
  if (properties['number'] === null || properties['number'] === undefined) return version === 0 && UUID.test(id) ? `new …${id.slice(-4)}` : id;
  return String(properties['number']);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * @param {Parcel[]} parcels
 * @returns {string} "130, 395 and 396"
 */
export function labels(parcels) {
  const all = parcels.map(label);
  const last = all.pop() ?? '';
  return all.length > 0 ? `${all.join(', ')} and ${last}` : last;
}
