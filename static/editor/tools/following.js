/**
 * What comes along with a point that moves: the line points of the straight boundaries that end at it, and points drawn so
 * near to it that they are taken for one. Both are proposed, and can be left.
 *
 * @module tools/following
 */

/** @import {Graph} from '../graph.js' */
/** @import {StraightBoundary} from '../land/line_points.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, PointId} from '../types.js' */
/** @import {Following} from '../actions/move_point.js' */

import { JOIN_WITHIN_M, nearPoints } from '../actions/move_point.js';
import { counted } from '../format.js';
import { boxHolds } from '../storage/geodesy.js';
import { straightBoundaries } from '../land/line_points.js';
import { nodeAround } from '../land/noding.js';

/**
 * @typedef {object} Followers
 * @property {Graph} start the graph with the point in every boundary that will follow it
 * @property {StraightBoundary[]} lines
 * @property {number} linePoints
 * @property {number} nearPoints
 * @property {boolean} isBeyond whether line points stay because a boundary leads out of what is loaded
 */

/**
 * Only what lies in the box that is loaded is known with everybody who has it: outside, a neighbour that was not asked for
 * may carry a straight boundary on, and the server would move what nobody saw. Then no line point follows.
 * @param {Graph} graph
 * @param {PointId} id
 * @param {Box | null} loaded in which every parcel is known
 * @returns {Followers}
 */
export function followersOf(graph, id, loaded) {
  const noded = nodeAround(graph, id);
  const { graph: followed, lines } = straightBoundaries(noded, id);
  const linePoints = new Set(lines.flatMap((line) => line.points)).size;
  const isKnown = lines.every((line) => [...line.points, line.corner].every((each) => loaded !== null && boxHolds(loaded, followed.point(each))));
  const near = nearPoints(noded, id, JOIN_WITHIN_M).length;
  if (isKnown) return { start: followed, lines, linePoints, nearPoints: near, isBeyond: false };
  return { start: noded, lines: [], linePoints: 0, nearPoints: near, isBeyond: linePoints > 0 };
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
  const beyond = followers.isBeyond && isCarrying ? ' · line points stay: a boundary leads out of what is loaded' : '';
  return line + beyond + near;
}
