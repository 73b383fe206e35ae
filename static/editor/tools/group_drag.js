/**
 * Several points in hand: chosen with Shift, moved by dragging one of them, by arrow keys on one, or by what is typed.
 *
 * @module tools/group_drag
 */

/** @import {Graph} from '../graph.js' */
/** @import {Session} from '../session.js' */
/** @import {Dragged} from './point_drag.js' */
/** @import {Followers} from './following.js' */
/** @import {MovePoint, Point, PointId, Position} from '../types.js' */
/** @import {Bench} from './tool.js' */

import { previewMove } from '../actions/move_point.js';
import { moveTogetherOperations } from '../actions/move_together.js';
import { placeOfPair } from '../actions/position.js';
import { counted } from '../format.js';
import { followersOf, followingIn, followingText } from './following.js';
import { HELD_KEYS, sightOf } from './sight.js';

/**
 * @param {Bench} bench
 * @param {Point} point that is held
 * @param {readonly PointId[]} ids all of them
 * @returns {Dragged}
 */
export function together({ session }, point, ids) {
  const { start, followers } = followersOfAll(session, session.graph, ids);
  const carried = [...followers.values()].flatMap(({ lines }) => lines.flatMap((line) => line.points)).filter((id) => !ids.includes(id));
  const each = [...followers.values()];
  const all = { start, lines: [], linePoints: new Set(carried).size, nearPoints: each.reduce((sum, { nearPoints }) => sum + nearPoints, 0), isBeyond: each.some(({ isBeyond }) => isBeyond) };
  return {
    start, point, sight: sightOf(start, ids, point), own: ids, moving: [...ids, ...carried], from: point, towards: null,
    subject: () => `Move ${counted(ids.length, 'point')} together${followingText(session, all)}${HELD_KEYS} · type 0.5 for an exact distance`,
    preview: (to) => preview(session, { start, point, ids, followers }, to),
    operations: (to) => operationsTo(session, session.graph, { id: point.id, ids, to }),
  };
}

/**
 * @param {Session} session
 * @param {Graph} graph
 * @param {{id: PointId, ids: readonly PointId[], to: Position}} move `id`: the one that is held; `to`: where it comes to
 * @returns {MovePoint[]}
 * @throws {import('../actions/refused.js').ActionRefused}
 */
export function operationsTo(session, graph, { id: held, ids, to }) {
  const { followers } = followersOfAll(session, graph, ids);
  return moveTogetherOperations(graph, ids, offsetTo(graph, graph.point(held), to), (id) => followingIn(session, /** @type {Followers} */ (followers.get(id))));
}

/**
 * @param {Session} session
 * @param {Graph} graph
 * @param {readonly PointId[]} ids
 * @returns {{start: Graph, followers: Map<PointId, Followers>}}
 */
function followersOfAll({ state }, graph, ids) {
  let start = graph;
  /** @type {Map<PointId, Followers>} */
  const followers = new Map();
  for (const id of ids) {
    const found = followersOf(start, id, state.loaded);
    followers.set(id, found);
    start = found.start;
  }
  return { start, followers };
}

/**
 * @param {Graph} graph
 * @param {Point} point
 * @param {Position} to
 * @returns {[number, number]} in storage units
 */
function offsetTo(graph, point, to) {
  const [[x0, y0], [x, y]] = [graph.pairOf(point), Array.isArray(to.token) ? to.token : graph.pairOf(to)];
  return [x - x0, y - y0];
}

/**
 * @param {Session} session
 * @param {{start: Graph, point: Point, ids: readonly PointId[], followers: Map<PointId, Followers>}} group
 * @param {Position} to
 * @returns {Graph}
 */
function preview(session, { start, point, ids, followers }, to) {
  const [dx, dy] = offsetTo(start, point, to);
  const isIn = new Set(ids);
  return ids.reduce((state, id) => {
    const [x, y] = start.pairOf(start.point(id));
    /** @type {[number, number]} */
    const pair = [x + dx, y + dy];
    const lines = session.state.isCarrying ? (followers.get(id)?.lines ?? []).map((line) => ({ ...line, points: line.points.filter((each) => !isIn.has(each)) })) : [];
    return previewMove(state, state.point(id), { ...placeOfPair(start, pair), token: pair }, lines);
  }, start);
}

/**
 * @param {Session} session
 * @param {PointId} id
 */
export function choosePoint(session, id) {
  const { points } = session.state;
  session.set({ points: points.includes(id) ? points.filter((one) => one !== id) : [...points, id] });
}
