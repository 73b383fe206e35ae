/**
 * @module actions/move_point
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {MovePoint, Point, PointId, Position, StoragePair} from '../types.js' */

import { carriedTo, straightBoundaries } from '../land/line_points.js';
import { nodeAround } from '../land/noding.js';
import { keyOf } from '../point_name.js';
import { frameAt } from '../storage/storage_frame.js';
import { namedPoint, placeOfPair, pointAtPosition, snapped } from './position.js';
import { ActionRefused } from './refused.js';
import { withPoints } from './ring_repair.js';

/** The editor's proposal: within it two points are taken for one that was drawn twice. */
export const JOIN_WITHIN_M = 0.01;
const MOST_JOIN_M = 1;

/** @typedef {{carries: boolean, joins: boolean}} Following whether line points and near points come along */

/**
 * @param {Point} point
 * @param {Position} to
 * @param {Following} [following] only what there is to follow is sent
 * @returns {MovePoint}
 */
export function movePointOperation(point, to, { carries, joins } = { carries: false, joins: false }) {
  return { op: 'move_point', at: point.name, to: to.token, ...(carries ? { carry_line_points: true } : {}), ...(joins ? { join_within_m: JOIN_WITHIN_M } : {}) };
}

/**
 * Move a point with every occurrence of it in any ring of any parcel; onto another point it joins it. Near points join it
 * when asked, and the line points of straight boundaries follow.
 * First what lies on the segments about to change, and the boundaries that pass at the point, are noded, so that
 * T-junctions neither stay behind nor are torn open. Inverse: move_point back, unless it joined.
 * @param {Graph} graph
 * @param {MovePoint} operation
 * @returns {Outcome}
 * @throws {ActionRefused} unknown_point, invalid_operation, collapsed
 */
export function movePoint(graph, operation) {
  const { carry_line_points: carries = false, join_within_m: withinM = 0 } = operation;
  refuseOptions(carries, withinM);
  const point = namedPoint(graph, operation.at);
  const { point: target, isNew, names } = pointAtPosition(graph, operation.to);
  const leaving = [point.id, ...nearPoints(graph, point.id, withinM)].filter((id) => id !== target.id);
  if (leaving.length === 0) return { graph: graph.with({ names }), touched: [] };
  let state = leaving.reduce((one, id) => nodeAround(one, id), graph);
  /** @type {Map<PointId, StoragePair>} */
  const carried = new Map();
  for (const id of carries ? [...leaving].reverse() : []) {
    const along = straightBoundaries(state, id);
    state = along.graph;
    for (const [each, pair] of carriedTo(state, along.lines, id, state.pairOf(target))) carried.set(each, pair);
  }
  for (const id of [...leaving, target.id]) carried.delete(id);
  const touched = new Set([...leaving, ...carried.keys()].flatMap((id) => state.parcelsWith(id).map((parcel) => parcel.id)));
  const { graph: moved, arrived } = movedTogether(state, { leaving, target, isNew, names, carried });
  return { graph: arrived.reduce((one, id) => nodeAround(one, id), moved), touched: [...touched].sort() };
}

/**
 * @param {unknown} carries
 * @param {unknown} withinM
 */
function refuseOptions(carries, withinM) {
  if (typeof carries !== 'boolean') throw new ActionRefused('invalid_operation', 'carry_line_points is true or false.');
  if (typeof withinM !== 'number' || !(withinM >= 0 && withinM <= MOST_JOIN_M)) throw new ActionRefused('invalid_operation', `join_within_m is a number, 0 to ${MOST_JOIN_M}.`);
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @param {number} withinM
 * @returns {PointId[]} other points of any level within a distance of it, the nearest first
 */
export function nearPoints(graph, id, withinM) {
  if (withinM === 0) return [];
  const local = frameAt(graph.base.grid, graph.pairOf(graph.point(id)));
  /** @type {Map<PointId, number>} */
  const found = new Map();
  for (const parcel of graph.parcelsNear(graph.point(id), withinM)) {
    for (const other of parcel.parts.flat(2)) {
      const away = Math.hypot(...local(graph.pairOf(graph.point(other))));
      if (other !== id && away <= withinM) found.set(other, away);
    }
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([other]) => other);
}

/**
 * Everything goes at once: one point may come to where another leaves. Where two come together, or come to one that stays,
 * they are one from then on.
 * @param {Graph} graph
 * @param {{leaving: PointId[], target: Point, isNew: boolean, names: [string, PointId][], carried: Map<PointId, StoragePair>}} move
 * @returns {{graph: Graph, arrived: PointId[]}}
 */
function movedTogether(graph, { leaving, target, isNew, names, carried }) {
  const [first = '', ...others] = leaving;
  const named = graph.point(first);
  const heir = isNew ? first : target.id;
  const { lon, lat, pair, at } = target;
  let state = isNew ? graph.with({ points: [{ ...named, lon, lat, pair, at }], names: names.map(([key]) => [key, first]) }) : graph.with({ names });
  /** @type {Map<PointId, PointId>} */
  const joins = new Map((isNew ? others : leaving).map((id) => [id, heir]));
  const places = [...carried].map(([id, to]) => placed(state, state.point(id), to, !at.startsWith('@')));
  state = state.with({ points: places });
  for (const place of places) {
    const standing = place.at === at ? heir : standingBeside(state, place);
    if (standing !== null) joins.set(place.id, standing);
  }
  for (const [id, other] of joins) state = joined(state, state.point(id), state.point(other));
  return { graph: state, arrived: [...new Set([heir, ...carried.keys()].map((id) => joins.get(id) ?? id))] };
}

/**
 * @param {Graph} graph
 * @param {Point} point
 * @param {StoragePair} to
 * @param {boolean} isExact
 * @returns {Point}
 */
function placed(graph, point, to, isExact) {
  const pair = snapped(graph.base.grid, to);
  return { ...point, ...placeOfPair(graph, pair), pair, at: isExact ? keyOf(pair) : `~${keyOf(pair)}` };
}

/**
 * @param {Graph} graph
 * @param {Point} place
 * @returns {PointId | null} another point that stands at the same place
 */
function standingBeside(graph, { id, at }) {
  for (const other of graph.overlay.points.values()) if (other.at === at && other.id !== id && graph.parcelsWith(other.id).length > 0) return other.id;
  return graph.base.points.has(at) && !graph.overlay.points.has(at) && graph.parcelsWith(at).length > 0 ? at : null;
}

/**
 * The point at a new place, nothing else done but that its line points follow: what a drag shows between two frames.
 * @param {Graph} graph
 * @param {Point} point
 * @param {Position} to
 * @param {import('../land/line_points.js').StraightBoundary[]} [lines]
 * @returns {Graph}
 */
export function previewMove(graph, point, to, lines = []) {
  // Where it snaps it stands to the bit: only so it can be told to lie exactly on another.
  const pair = Array.isArray(to.token) ? to.token : null;
  const moved = { ...point, lon: to.lon, lat: to.lat, pair, at: '' };
  if (lines.length === 0) return graph.with({ points: [moved] });
  const carried = carriedTo(graph, lines, point.id, graph.pairOf({ lon: to.lon, lat: to.lat }));
  return graph.with({ points: [moved, ...[...carried].map(([id, pair]) => ({ ...graph.point(id), ...placeOfPair(graph, pair), pair: null, at: '' }))] });
}

/**
 * @param {Graph} graph
 * @param {Point} point
 * @param {Point} target
 * @returns {Graph}
 */
function joined(graph, point, target) {
  const parcels = graph.parcelsWith(point.id).map((parcel) => withPoints(parcel, (id) => (id === point.id ? target.id : id)));
  /** @type {[string, string][]} */
  const names = [[point.id, target.id], [keyOf(point.name), target.id]];
  for (const [key, id] of graph.overlay.names) if (id === point.id) names.push([key, target.id]);
  return graph.with({ parcels, names });
}
