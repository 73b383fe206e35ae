/**
 * Several points moved by one offset: a move_point for each, in an order in which none comes near to where another of them
 * still stands. To the very place that another leaves none can come: from then on it would name either of them.
 *
 * @module actions/move_together
 */

/** @import {Graph} from '../graph.js' */
/** @import {MovePoint, Point, PointId, StoragePair} from '../types.js' */
/** @import {Following} from './move_point.js' */

import { nodeAround } from '../land/noding.js';
import { movePoint, movePointOperation } from './move_point.js';
import { placeOfPair, snapped } from './position.js';
import { ActionRefused } from './refused.js';

/** What comes along with each of them. @typedef {(id: PointId) => Following} FollowingOf */

/** @typedef {{point: Point, from: StoragePair, to: StoragePair}} Move */

/**
 * @param {Graph} graph
 * @param {readonly PointId[]} ids
 * @param {[number, number]} offset in storage units
 * @param {FollowingOf} followingOf
 * @returns {MovePoint[]} which do exactly that, one after the other
 * @throws {ActionRefused} where in no order they would
 */
export function moveTogetherOperations(graph, ids, offset, followingOf) {
  const moves = movesOf(graph, ids, offset);
  const isAlone = (/** @type {Move} */ { point }) => !followingOf(point.id).carries;
  // First what takes others along: what it takes is put right by its own move, where it is one of these.
  const carrying = [...moves].sort((one, other) => Number(isAlone(one)) - Number(isAlone(other)));
  const orders = [carrying, moves].map((order) => order.map((move) => operationOf(graph, move, followingOf(move.point.id))));
  const left = moves.map((move) => operationOf(graph, move, { carries: false, joins: followingOf(move.point.id).joins }));
  /** @type {unknown} */
  let why = null;
  for (const operations of [...orders, left]) {
    try {
      if (isDoneBy(graph, moves, operations)) return operations;
    } catch (error) {
      if (!(error instanceof ActionRefused)) throw error;
      why = error;
    }
  }
  throw why ?? new ActionRefused('invalid_operation', 'On their way these points would meet each other or other boundaries. Move them in two steps.');
}

/**
 * @param {Graph} graph
 * @param {readonly PointId[]} ids
 * @param {[number, number]} offset
 * @returns {Move[]} the foremost first: it leaves before the next comes to its place
 */
function movesOf(graph, ids, [dx, dy]) {
  const moves = ids.map((id) => {
    const point = graph.point(id);
    const from = graph.pairOf(point);
    return { point, from, to: snapped(graph.base.grid, [from[0] + dx, from[1] + dy]) };
  });
  return moves.sort((one, other) => (other.from[0] - one.from[0]) * dx + (other.from[1] - one.from[1]) * dy);
}

/**
 * @param {Graph} graph
 * @param {Move} move
 * @param {Following} following
 * @returns {MovePoint}
 */
function operationOf(graph, { point, to }, following) {
  return movePointOperation(point, { ...placeOfPair(graph, to), token: to }, following);
}

/**
 * One after the other is not all at once: a side between a point that has moved and one that has not may pass what neither
 * the old nor the new one does, and would take it up.
 * @param {Graph} graph
 * @param {Move[]} moves
 * @param {MovePoint[]} operations
 * @returns {boolean} whether each point comes to its place, and no ring gets what it would not get at once
 */
function isDoneBy(graph, moves, operations) {
  const touched = new Set(moves.flatMap(({ point }) => graph.parcelsWith(point.id).map((parcel) => parcel.id)));
  const after = operations.reduce((state, operation) => movePoint(state, operation).graph, graph);
  const isThere = moves.every(({ point, to }) => {
    const now = after.resolve(point.name);
    const [x, y] = now ? after.pairOf(now) : [NaN, NaN];
    return x === to[0] && y === to[1];
  });
  if (!isThere) return false;
  /** @param {Graph} state */
  const noded = (state) => moves.reduce((one, { point }) => nodeAround(one, point.id), state);
  const before = noded(graph);
  const atOnce = noded(before.with({ points: moves.map(({ point, to }) => ({ ...before.point(point.id), ...placeOfPair(before, to), pair: to, at: `${to.join()} at once` })) }));
  return [...touched].every((id) => {
    const known = [before, atOnce].flatMap((state) => (state.parcel(id)?.parts.flat(2) ?? []).map((each) => state.point(each)));
    const [ids, pairs] = [new Set(known.map((point) => point.id)), new Set(known.map((point) => point.pair?.join()))];
    return after.parcel(id)?.parts.flat(2).every((each) => ids.has(each) || pairs.has(after.point(each).pair?.join())) ?? false;
  });
}
