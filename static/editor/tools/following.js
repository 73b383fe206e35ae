/**
 * What comes along with a point that moves: the line points of the straight boundaries that end at it, and points drawn so
 * near to it that they are taken for one. Both are proposed, and can be left.
 *
 * @module tools/following
 */

/** @import {Graph} from '../graph.js' */
/** @import {StraightBoundary} from '../line_points.js' */
/** @import {Session} from '../session.js' */
/** @import {PointId} from '../types.js' */
/** @import {Following} from '../actions/move_point.js' */

import { JOIN_WITHIN_M, nearPoints } from '../actions/move_point.js';
import { counted } from '../format.js';
import { straightBoundaries } from '../line_points.js';
import { nodeAround } from '../noding.js';

/** @typedef {{start: Graph, lines: StraightBoundary[], linePoints: number, nearPoints: number}} Followers */

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {Followers} `start`: the graph with the point in every boundary that will follow it
 */
export function followersOf(graph, id) {
  const { graph: start, lines } = straightBoundaries(nodeAround(graph, id), id);
  return { start, lines, linePoints: new Set(lines.flatMap((line) => line.points)).size, nearPoints: nearPoints(start, id, JOIN_WITHIN_M).length };
}

/**
 * @param {Session} session
 * @param {Followers} followers
 * @returns {Following} what is asked of the operation
 */
export function followingIn({ state: { isCarrying, isJoining } }, followers) {
  return { carries: isCarrying && followers.linePoints > 0, joins: isJoining && followers.nearPoints > 0 };
}

/**
 * @param {Session} session
 * @param {Followers} followers
 * @returns {string} " · 2 line points follow (K leaves them)"; empty where nothing would
 */
export function followingText({ state: { isCarrying, isJoining } }, followers) {
  const isOneLine = followers.linePoints === 1;
  const isOneNear = followers.nearPoints === 1;
  const line = followers.linePoints === 0 ? '' : ` · ${counted(followers.linePoints, 'line point')} ${isCarrying
    ? `${isOneLine ? 'follows' : 'follow'} (K leaves ${isOneLine ? 'it' : 'them'})` : `${isOneLine ? 'stays' : 'stay'} (K takes ${isOneLine ? 'it' : 'them'} along)`}`;
  const near = followers.nearPoints === 0 ? '' : ` · ${counted(followers.nearPoints, 'near point')} ${isJoining
    ? `${isOneNear ? 'joins' : 'join'} (J leaves ${isOneNear ? 'it' : 'them'})` : `${isOneNear ? 'stays' : 'stay'} (J joins ${isOneNear ? 'it' : 'them'})`}`;
  return line + near;
}
