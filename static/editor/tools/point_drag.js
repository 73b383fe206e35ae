/**
 * One drag of a point, of several that are chosen, or of the place between two points, from press to drop. It shows a preview
 * on every frame and becomes one step at the end.
 *
 * @module tools/point_drag
 */

/** @import {Graph} from '../graph.js' */
/** @import {Handle} from './handles.js' */
/** @import {Place} from '../snapping/snap.js' */
/** @import {Sight} from '../snapping/snapper.js' */
/** @import {LonLat, Operation, Point, PointId, Position} from '../types.js' */
/** @import {Bench} from './tool.js' */

import { insertPointOperation } from '../actions/insert_point.js';
import { movePointOperation, previewMove } from '../actions/move_point.js';
import { positionOnSegment } from '../actions/position.js';
import { ActionRefused } from '../actions/refused.js';
import { label } from '../actions/ring_repair.js';
import { withRings } from '../base.js';
import { sharedBy } from '../describe.js';
import { ringWithPath } from '../land/noding.js';
import { edgesAt } from '../land/edges.js';
import { courseText } from '../numbers/bearing.js';
import { courseBetween } from '../numbers/course.js';
import { followersOf, followingIn, followingText } from './following.js';
import { together } from './group_drag.js';
import { HELD_KEYS, inOrder, sightOf } from './sight.js';

/**
 * @typedef {object} Preview what the map shows while a point is dragged
 * @property {Graph} graph
 * @property {LonLat} origin
 * @property {LonLat} place
 * @property {string} tag length and bearing of the move
 * @property {string[]} touched
 * @property {readonly PointId[]} own the points whose sides have numbers beside them
 */

const PREVIEW_ID = 'preview';

/**
 * @param {Bench} bench
 * @param {Handle} handle
 * @returns {PointDrag | null}
 */
export function startDrag(bench, handle) {
  if (!bench.session.isEditable) return null;
  const { graph, state } = bench.session;
  const [a, b] = handle.points.map((id) => graph.point(id));
  if (handle.kind === 'middle') return a && b ? new PointDrag(bench, handle.key, inserting(bench, a, b)) : null;
  if (!a) return null;
  return new PointDrag(bench, handle.key, state.points.length > 1 && state.points.includes(a.id) ? together(bench, a, state.points) : moving(bench, a));
}

/**
 * @typedef {object} Dragged
 * @property {Graph} start with the point in every ring that will follow it
 * @property {Point} point
 * @property {Sight} sight what it snaps to
 * @property {readonly PointId[]} own points that are in hand
 * @property {readonly PointId[]} moving these, and those that come along
 * @property {Place} from where typed distances are measured from
 * @property {Point | null} towards where they lead before anything was pointed at
 * @property {() => string} subject for the hint
 * @property {(to: Position) => Graph} preview
 * @property {(to: Position) => Operation[]} operations
 */

/**
 * @param {Bench} bench
 * @param {Point} point
 * @returns {Dragged}
 */
function moving({ session }, point) {
  const followers = followersOf(session.graph, point.id, session.state.loaded);
  const { start, lines } = followers;
  return {
    start, point, sight: sightOf(start, [point.id], point), own: [point.id], moving: [point.id, ...lines.flatMap((line) => line.points)], from: point, towards: null,
    subject: () => `Move point ${sharedBy(start, point.id)}${followingText(session, followers)}${HELD_KEYS} · type 0.5 for an exact distance`,
    preview: (to) => previewMove(start, point, to, session.state.isCarrying ? lines : []),
    operations: (to) => [movePointOperation(point, to, followingIn(session, followers))],
  };
}

/**
 * @param {Bench} bench
 * @param {Point} a
 * @param {Point} b
 * @returns {Dragged}
 */
function inserting({ session }, a, b) {
  const { lon, lat } = positionOnSegment(a, b, 0.5);
  const point = { id: PREVIEW_ID, name: { lon, lat }, lon, lat, pair: null, at: PREVIEW_ID };
  const owners = session.graph.parcelsWith(a.id).map((parcel) => withRings(parcel, (ring) => ringWithPath(ring, a.id, b.id, [PREVIEW_ID])));
  const parcels = owners.filter((parcel) => parcel !== session.graph.parcel(parcel.id));
  const start = session.graph.with({ points: [point], parcels });
  return {
    start, point, sight: { from: a, anchors: { from: [a, b], guides: edgesAt(session.graph, [a.id, b.id]).map(inOrder) } },
    own: [PREVIEW_ID], moving: [PREVIEW_ID], from: a, towards: b,
    subject: () => `Insert point in ${parcels.map(label).join(', ')}${HELD_KEYS} · type its distance from where the side begins`,
    preview: (to) => previewMove(start, point, to),
    operations: (to) => [insertPointOperation(a, b, to)],
  };
}

export class PointDrag {
  /**
   * @param {Bench} bench
   * @param {string} key of the handle
   * @param {Dragged} dragged
   */
  constructor(bench, key, dragged) {
    this.bench = bench;
    this.key = key;
    this.dragged = dragged;
    this.touched = [...new Set(dragged.moving.flatMap((id) => dragged.start.parcelsWith(id).map((parcel) => parcel.id)))];
    /** @type {Position | null} */
    this.to = null;
  }

  /**
   * @param {[number, number]} pixel
   * @param {boolean} isFree without snapping
   * @returns {Preview}
   */
  follow(pixel, isFree) {
    this.to = this.bench.snapper.at(pixel, isFree, this.dragged.sight);
    return this.previewAt(this.to);
  }

  /**
   * @param {Position} to
   * @returns {Preview}
   */
  previewAt(to) {
    const { start, point, own, preview } = this.dragged;
    return {
      graph: preview(to), origin: point, place: to, touched: this.touched, own,
      tag: courseText(courseBetween(start.base.grid, start.pairOf(point), start.pairOf(to)), this.bench.session.state.bearings),
    };
  }

  /** Make it a step. */
  drop() {
    const { point } = this.dragged;
    if (!this.to || (this.to.lon === point.lon && this.to.lat === point.lat)) return;
    this.take(this.to);
  }

  /**
   * @param {Position} to
   * @returns {boolean}
   */
  take(to) {
    const { session } = this.bench;
    session.set({ lock: null });
    try {
      return session.performAll(this.dragged.operations(to));
    } catch (error) {
      if (!(error instanceof ActionRefused)) throw error;
      session.say('warn', error.message);
      return false;
    }
  }
}
