/**
 * An edit that is refused because it would overlap a neighbour may only have put a point too far: the same step with the
 * point on the neighbour's boundary. Pure; whether the server would take it is for a dry run to say.
 *
 * @module findings/refusal_fix
 */

/** @import {Draft} from '../draft.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Operation, Parcel, Point, Refusal, StoragePair, Token} from '../types.js' */

import { snapped } from '../actions/position.js';
import { label } from '../actions/ring_repair.js';
import { figure } from '../format.js';
import { segmentsOf, shapeHolds } from '../land/rings.js';
import { nearestOnSegment } from '../storage/geodesy.js';
import { frameAt } from '../storage/storage_frame.js';

/** A corner of the neighbour that is so much farther off than its side is still what was meant. */
const CORNER_WITHIN = 1.5;

/** @typedef {{index: number, operation: Operation, text: string}} Instead a step, and what to do instead of it */

/**
 * @param {Draft} draft
 * @param {Pick<Refusal, 'rule' | 'parcels'>} refusal
 * @returns {Instead | null} for the last step that put a point of one of the parcels into the other
 */
export function onTheBoundary(draft, { rule, parcels }) {
  if (rule !== 'overlap' || parcels.length !== 2) return null;
  const { graph, operations } = draft;
  for (let index = operations.length - 1; index >= 0; index -= 1) {
    const operation = /** @type {Operation} */ (operations[index]);
    if (operation.op !== 'move_point' && operation.op !== 'insert_point') continue;
    const point = graph.resolve(operation.at);
    const neighbour = point && lackingAndHolding(graph, point, parcels);
    if (!point || !neighbour) continue;
    const { token, metres, isCorner } = nearestOn(graph, neighbour, graph.pairOf(point));
    const where = `${isCorner ? 'onto the nearest point' : 'onto the boundary'} of ${label(neighbour)}`;
    return {
      index, text: `Put the point of step ${index + 1} ${where}, ${figure(metres, 2)} m from where it is.`,
      operation: operation.op === 'move_point' ? { ...operation, to: token } : { ...operation, at: token },
    };
  }
  return null;
}

/**
 * @param {Graph} graph
 * @param {Point} point
 * @param {string[]} parcels
 * @returns {Parcel | null} the one of two that has no such point and in which it lies
 */
function lackingAndHolding(graph, point, parcels) {
  const having = new Set(graph.parcelsWith(point.id).map(({ id }) => id));
  const lacking = parcels.filter((id) => !having.has(id));
  const neighbour = lacking.length === 1 ? graph.parcel(lacking[0] ?? '') : undefined;
  const pair = graph.pairOf(point);
  const isInside = neighbour?.parts.some((part) => shapeHolds(part.map((ring) => graph.places(ring).map((place) => graph.pairOf(place))), pair));
  return neighbour && isInside ? neighbour : null;
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {StoragePair} pair
 * @returns {{token: Token, metres: number, isCorner: boolean}} the nearest place on its boundary; a point of it goes before a side
 */
function nearestOn(graph, parcel, pair) {
  const local = frameAt(graph.base.grid, pair);
  let side = { metres: Infinity, place: pair };
  let corner = { metres: Infinity, token: /** @type {Token} */ (pair) };
  for (const ring of parcel.parts.flat()) {
    for (const [a, b] of segmentsOf(ring)) {
      const [from, to] = [graph.pairOf(graph.point(a)), graph.pairOf(graph.point(b))];
      const { t, distance } = nearestOnSegment(0, 0, ...local(from), ...local(to));
      if (distance < side.metres) side = { metres: distance, place: [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])] };
      const away = Math.hypot(...local(from));
      if (away < corner.metres) corner = { metres: away, token: graph.point(a).name };
    }
  }
  if (corner.metres <= CORNER_WITHIN * side.metres) return { ...corner, isCorner: true };
  return { token: snapped(graph.base.grid, side.place), metres: side.metres, isCorner: false };
}
