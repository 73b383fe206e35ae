/**
 * One drag of a point, or of the place between two points, from press to drop. It shows a preview on every frame and
 * becomes one operation at the end.
 *
 * @module tools/point_drag
 */

/** @import {Graph} from '../graph.js' */
/** @import {Handle} from './handles.js' */
/** @import {StraightBoundary} from '../land/line_points.js' */
/** @import {Snap, SnapIndex} from './snapping.js' */
/** @import {LonLat, Operation, Point, Position} from '../types.js' */
/** @import {Bench} from './tool.js' */

import { insertPointOperation } from '../actions/insert_point.js';
import { movePointOperation, previewMove } from '../actions/move_point.js';
import { freePosition, pointPosition, positionOnSegment } from '../actions/position.js';
import { label } from '../actions/ring_repair.js';
import { withRings } from '../base.js';
import { courseText } from '../numbers/bearing.js';
import { courseBetween } from '../numbers/course.js';
import { sharedBy } from '../describe.js';
import { ringWithPath } from '../land/noding.js';
import { snapAt, snapIndex } from './snapping.js';
import { snapPoints } from '../reference/reference_layer.js';
import { followersOf, followingIn, followingText } from './following.js';

/**
 * @typedef {object} Preview what the map shows while a point is dragged
 * @property {Graph} graph
 * @property {LonLat} origin
 * @property {LonLat} place
 * @property {Snap | null} snap
 * @property {string} tag length and bearing of the move
 * @property {string[]} touched
 * @property {string[]} moving points that are not where they were
 */

const PREVIEW_ID = 'preview';

/**
 * @param {Bench} bench
 * @param {Handle} handle
 * @returns {PointDrag | null}
 */
export function startDrag(bench, handle) {
  if (!bench.session.isEditable) return null;
  const points = handle.points.map((id) => bench.session.graph.point(id));
  const [a, b] = points;
  if (handle.kind === 'point' && a) return new PointDrag(bench, handle.key, moving(bench, a));
  return a && b ? new PointDrag(bench, handle.key, inserting(bench, a, b)) : null;
}

/**
 * @typedef {object} Dragged
 * @property {Graph} start with the point in every ring that will follow it
 * @property {Point} point
 * @property {string | null} exclude from snapping
 * @property {StraightBoundary[]} lines whose line points follow it, where they are taken along
 * @property {Point} from where typed distances are measured from
 * @property {Point | null} towards where they lead before anything was pointed at
 * @property {() => string} subject for the hint
 * @property {(to: Position) => Operation} operation
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
    start, point, exclude: point.id, lines, from: point, towards: null,
    subject: () => `Move point ${sharedBy(start, point.id)}${followingText(session, followers)} · type 0.5 for an exact distance`,
    operation: (to) => movePointOperation(point, to, followingIn(session, followers)),
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
  return {
    start: session.graph.with({ points: [point], parcels }), point, exclude: null, lines: [], from: a, towards: b,
    subject: () => `Insert point in ${parcels.map(label).join(', ')} · type its distance from where the side begins`,
    operation: (to) => insertPointOperation(a, b, to),
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
    this.moving = [dragged.point.id, ...dragged.lines.flatMap((line) => line.points)];
    this.touched = [...new Set(this.moving.flatMap((id) => dragged.start.parcelsWith(id).map((parcel) => parcel.id)))];
    /** @type {Position | null} */
    this.to = null;
    this.index = this.makeIndex();
  }

  /**
   * Pixels hold for one view only.
   * @returns {SnapIndex}
   */
  makeIndex() {
    const { session, view } = this.bench;
    this.index = snapIndex(session.graph, { box: view.box, project: view.projection(), exclude: this.dragged.exclude, also: snapPoints(session.state.references) });
    return this.index;
  }

  /**
   * @param {[number, number]} pixel
   * @param {boolean} isFree without snapping
   * @returns {Preview}
   */
  follow(pixel, isFree) {
    const { session, view, snapPx } = this.bench;
    const snap = isFree || !session.state.isSnapping ? null : snapAt(this.index, pixel[0], pixel[1], snapPx);
    this.to = positionOf(snap) ?? freePosition(view.placeOf(pixel));
    return this.previewAt(this.to, snap);
  }

  /**
   * @param {Position} to
   * @param {Snap | null} [snap]
   * @returns {Preview}
   */
  previewAt(to, snap = null) {
    const { session } = this.bench;
    const { start, point } = this.dragged;
    return {
      graph: previewMove(start, point, to, session.state.isCarrying ? this.dragged.lines : []), origin: point, place: to, snap, touched: this.touched,
      moving: this.moving, tag: courseText(courseBetween(start.base.grid, start.pairOf(point), start.pairOf(to)), session.state.bearings),
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
    return this.bench.session.perform(this.dragged.operation(to));
  }
}

/**
 * @param {Snap | null} snap
 * @returns {Position | null}
 */
function positionOf(snap) {
  if (!snap) return null;
  return snap.kind === 'point' ? pointPosition(snap.point) : positionOnSegment(snap.a, snap.b, snap.t);
}
