/**
 * @module actions/move_point
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {MovePoint, Point, Position} from '../types.js' */

import { nodeAround } from '../noding.js';
import { keyOf } from '../point_name.js';
import { namedPoint, pointAtPosition } from './position.js';
import { withPoints } from './ring_repair.js';

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
  const { point: target, isNew, names } = pointAtPosition(graph, operation.to);
  if (target.id === point.id) return { graph: graph.with({ names }), touched: [] };
  const noded = nodeAround(graph, point.id);
  const touched = noded.parcelsWith(point.id).map((parcel) => parcel.id);
  const moved = isNew ? shifted(noded, point, target, names) : joined(noded, point, target);
  return { graph: nodeAround(moved, isNew ? point.id : target.id), touched };
}

/**
 * The point at a new place, nothing else done: what a drag shows between two frames.
 * @param {Graph} graph
 * @param {Point} point
 * @param {Position} to
 * @returns {Graph}
 */
export function previewMove(graph, point, to) {
  return graph.with({ points: [{ ...point, lon: to.lon, lat: to.lat, pair: null, at: '' }] });
}

/**
 * @param {Graph} graph
 * @param {Point} point
 * @param {Point} place
 * @param {[string, string][]} names
 * @returns {Graph}
 */
function shifted(graph, point, place, names) {
  const { lon, lat, pair, at } = place;
  return graph.with({ points: [{ ...point, lon, lat, pair, at }], names: names.map(([key]) => [key, point.id]) });
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
