/**
 * @module actions/insert_point
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {InsertPoint, Parcel, Point, PointId, Position} from '../types.js' */

import { rings, withRings } from '../base.js';
import { nodePoint, nodeSegment, pointsBetween, positionAlong, ringWithPath, sideAt } from '../noding.js';
import { namedPoint, pointAtPosition } from './position.js';
import { ActionRefused } from './refused.js';
import { segmentsAt } from './ring_repair.js';

/**
 * @param {Point} a
 * @param {Point} b
 * @param {Position} at
 * @returns {InsertPoint}
 */
export function insertPointOperation(a, b, at) {
  return { op: 'insert_point', between: [a.name, b.name], at: at.token };
}

/**
 * Put a point into every ring where two points follow each other, in either direction: a shared boundary gets it on
 * both sides. What a neighbour has on the line between them is noded first and decides into which piece of it the
 * point falls. Inverse: remove_point.
 * @param {Graph} graph
 * @param {InsertPoint} operation
 * @returns {Outcome}
 * @throws {ActionRefused} unknown_point, invalid_operation
 */
export function insertPoint(graph, operation) {
  const [a, b] = operation.between.map((token) => namedPoint(graph, token));
  if (!a || !b) throw new ActionRefused('invalid_operation', 'A point is inserted between two points.');
  const owners = ownersOf(graph, a.id, b.id);
  if (owners.length === 0) throw new ActionRefused('invalid_operation', 'The two points are no longer neighbours on any boundary.');
  const { point, isNew } = pointAtPosition(graph, operation.at);
  if (point.id === a.id || point.id === b.id) throw new ActionRefused('invalid_operation', 'There is a point already.');
  let state = isNew ? graph.with({ points: [point] }) : graph;
  /** @type {string[]} */
  const touched = [];
  for (const level of new Set(owners.map((parcel) => parcel.level))) {
    const parcels = withPointBetween(state, level, a.id, b.id, point);
    touched.push(...parcels.map((parcel) => parcel.id));
    state = nodeSegment(state, a.id, b.id).with({ parcels });
  }
  state = nodePoint(state, point.id);
  state = segmentsAt(state, point.id).reduce((g, [from, to]) => nodeSegment(g, from, to), state);
  return { graph: state, touched: touched.sort() };
}

/**
 * @param {Graph} graph
 * @param {string} level
 * @param {PointId} a
 * @param {PointId} b
 * @param {Point} point
 * @returns {Parcel[]} those that get the point, with it; none where noding has given it to all
 */
function withPointBetween(graph, level, a, b, point) {
  const path = [a, ...pointsBetween(graph, a, b, level), b];
  if (path.includes(point.id)) return [];
  const position = positionAlong(graph, a, b, point);
  const end = path.findIndex((id, index) => index > 0 && (id === b || positionAlong(graph, a, b, graph.point(id)) > position));
  const from = /** @type {PointId} */ (path[end - 1]);
  const to = /** @type {PointId} */ (path[end]);
  return ownersOf(nodeSegment(graph, a, b), from, to)
    .filter((parcel) => parcel.level === level)
    .map((parcel) => withRings(parcel, (ring) => ringWithPath(ring, from, to, [point.id])));
}

/**
 * @param {Graph} graph
 * @param {PointId} a
 * @param {PointId} b
 * @returns {Parcel[]} with a ring on which the two follow each other
 */
function ownersOf(graph, a, b) {
  return graph.parcelsWith(a).filter((parcel) => [...rings(parcel)].some((ring) => sideAt(ring, a, b) >= 0));
}
