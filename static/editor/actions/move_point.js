/**
 * @module actions/move_point
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {MovePoint, Point, Position} from '../types.js' */

import { nodePoint, nodeSegment } from '../noding.js';
import { keyOf } from '../point_name.js';
import { namedPoint, pointAtPosition } from './position.js';
import { segmentsAt, withPoints } from './ring_repair.js';

/**
 * @param {Point} point
 * @param {Position} to
 * @returns {MovePoint}
 */
export function movePointOperation(point, to) {
  return { op: 'move_point', at: point.name, to: to.token };
}

/**
 * Move a point with every occurrence of it in any ring of any parcel; onto another point it joins it.
 * First what lies on the segments about to change, and the boundaries that pass at the point, are noded, so that
 * T-junctions neither stay behind nor are torn open. Inverse: move_point back, unless it joined.
 * @param {Graph} graph
 * @param {MovePoint} operation
 * @returns {Outcome}
 * @throws {ActionRefused} unknown_point, collapsed
 */
export function movePoint(graph, operation) {
  const point = namedPoint(graph, operation.at);
  let state = segmentsAt(graph, point.id).reduce((g, [a, b]) => nodeSegment(g, a, b), graph);
  state = nodePoint(state, point.id);
  const { point: target, isNew } = pointAtPosition(state, operation.to);
  const touched = state.parcelsWith(point.id).map((parcel) => parcel.id);
  if (target.id === point.id) return { graph: state, touched };
  state = isNew ? shifted(state, point, target) : joined(state, point, target);
  const kept = isNew ? point.id : target.id;
  state = segmentsAt(state, kept).reduce((g, [a, b]) => nodeSegment(g, a, b), state);
  return { graph: nodePoint(state, kept), touched };
}

/**
 * The point at a new place, nothing else done: what a drag shows between two frames.
 * @param {Graph} graph
 * @param {Point} point
 * @param {Position} to
 * @returns {Graph}
 */
export function previewMove(graph, point, to) {
  return graph.with({ points: [{ ...point, lon: to.lon, lat: to.lat, pair: null }] });
}

/**
 * @param {Graph} graph
 * @param {Point} point
 * @param {Point} place
 * @returns {Graph}
 */
function shifted(graph, point, place) {
  const moved = { ...point, lon: place.lon, lat: place.lat, pair: place.pair };
  return graph.with({ points: [moved], names: [[place.id, point.id]] });
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
