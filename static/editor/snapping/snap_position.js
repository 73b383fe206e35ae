/**
 * Where exactly a snap lies, in storage coordinates: a point is that very point, what lies on an edge lies on it as straight
 * as storage means it, so that noding takes it up.
 *
 * @module snap_position
 */

/** @import {Graph} from '../graph.js' */
/** @import {Position, StoragePair} from '../types.js' */
/** @import {Snap, Place} from './snap.js' */
/** @import {OnLine} from './snap_index.js' */

import { placeOfPair, pointPosition, positionOnSegment } from '../actions/position.js';
import { frameAt } from '../storage/storage_frame.js';

/**
 * @param {Graph} graph
 * @param {Snap} snap
 * @returns {Position}
 */
export function positionOf(graph, snap) {
  switch (snap.kind) {
    case 'point':
      return pointPosition(snap.point);
    case 'perpendicular':
      return positionOnSegment(snap.a, snap.b, footOn(graph, snap, snap.from));
    case 'crossing':
      return beyond(graph, crossingOf(graph, snap.lines));
    case 'extension':
      return beyond(graph, snap);
    default:
      return positionOnSegment(snap.a, snap.b, snap.t);
  }
}

/**
 * Far beyond an edge a line that is straight in storage is none in degrees: the pair tells where it lies.
 * @param {Graph} graph
 * @param {OnLine} line
 * @returns {Position}
 */
function beyond(graph, { a, b, t }) {
  const position = positionOnSegment(a, b, t);
  const { token } = position;
  return Array.isArray(token) ? { ...placeOfPair(graph, token), token } : position;
}

/**
 * @param {Graph} graph
 * @param {OnLine} line
 * @param {Place} from
 * @returns {number} where on the line the perpendicular from a place meets it
 */
function footOn(graph, { a, b }, from) {
  const origin = graph.pairOf(a);
  const local = frameAt(graph.base.grid, origin);
  const [[bx, by], [px, py]] = [local(graph.pairOf(b)), local(graph.pairOf(from))];
  return Math.min(1, Math.max(0, (px * bx + py * by) / (bx * bx + by * by)));
}

/**
 * @param {Graph} graph
 * @param {[OnLine, OnLine]} lines
 * @returns {OnLine} on the one whose edge it is on, where it is on an edge
 */
function crossingOf(graph, [one, other]) {
  const [line, across] = one.t >= 0 && one.t <= 1 ? [one, other] : [other, one];
  const origin = graph.pairOf(line.a);
  /** @param {StoragePair} pair @returns {[number, number]} */
  const local = ([x, y]) => [x - origin[0], y - origin[1]];
  const [[ux, uy], [cx, cy], [dx, dy]] = [local(graph.pairOf(line.b)), local(graph.pairOf(across.a)), local(graph.pairOf(across.b))];
  const [vx, vy] = [dx - cx, dy - cy];
  return { ...line, t: (cx * vy - cy * vx) / (ux * vy - uy * vx) };
}
