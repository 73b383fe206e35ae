/**
 * @module actions/remove_point
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {Point, PointId, RemovePoint} from '../types.js' */

import { rings } from '../base.js';
import { nodeSegment, parcelsPassing, segmentsAt } from '../land/noding.js';
import { namedPoint } from './position.js';
import { ActionRefused } from './refused.js';
import { labels, withPoints } from './ring_repair.js';

/**
 * @param {Point} point
 * @returns {RemovePoint}
 */
export function removePointOperation(point) {
  return { op: 'remove_point', at: point.name };
}

/**
 * Why a point cannot be removed, in the user's words; null where it can. The buttons show it before anyone tries.
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {string | null}
 */
export function whyNotRemovable(graph, id) {
  const owners = graph.parcelsWith(id);
  for (const level of new Set(owners.map((parcel) => parcel.level))) {
    const meeting = owners.filter((parcel) => parcel.level === level);
    if (meeting.length >= 3) return `Parcels ${labels(meeting)} meet at this point; it cannot be removed.`;
  }
  const passing = parcelsPassing(graph, id);
  if (passing.length > 0) return `The boundary of ${labels(passing)} passes here without this point; it cannot be removed.`;
  const tight = owners.filter((parcel) => [...rings(parcel)].some((ring) => ring.includes(id) && ring.length <= 3));
  if (tight.length > 0) return `A ring of ${labels(tight)} would keep fewer than three points.`;
  return null;
}

/**
 * Take a point out of every ring that has it. Inverse: insert_point between its neighbours.
 * @param {Graph} graph
 * @param {RemovePoint} operation
 * @returns {Outcome}
 * @throws {ActionRefused} unknown_point, invalid_operation, collapsed
 */
export function removePoint(graph, operation) {
  const point = namedPoint(graph, operation.at);
  const reason = whyNotRemovable(graph, point.id);
  if (reason) throw new ActionRefused('invalid_operation', reason);
  let state = segmentsAt(graph, point.id).reduce((g, [a, b]) => nodeSegment(g, a, b), graph);
  const neighbours = segmentsAt(state, point.id).map(([, other]) => other);
  const owners = state.parcelsWith(point.id);
  state = state.with({ parcels: owners.map((parcel) => withPoints(parcel, (id) => (id === point.id ? null : id))) });
  for (const a of neighbours) for (const b of neighbours) if (a < b) state = nodeSegment(state, a, b);
  return { graph: state, touched: owners.map((parcel) => parcel.id) };
}
