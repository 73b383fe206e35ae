/**
 * @module actions/insert_point
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {InsertPoint, Parcel, Point, PointId, Position} from '../types.js' */

import { rings, withRings } from '../base.js';
import {
  isOnLine, nodeAround, nodePoint, nodeSegment, pointsBetween, positionAlong, ringWithPath, sideAt,
} from '../land/noding.js';
import { namedPoint, pointAtPosition } from './position.js';
import { ActionRefused } from './refused.js';

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
  const { point, isNew, names } = pointAtPosition(graph, operation.at);
  if (a.id === b.id || point.id === a.id || point.id === b.id) throw new ActionRefused('invalid_operation', 'There is a point already.');
  let state = nodePoint(nodePoint(graph.with({ points: isNew ? [point] : [], names }), a.id), b.id);
  const touched = new Set(owners.map((parcel) => parcel.id));
  for (const level of new Set(owners.map((parcel) => parcel.level))) {
    const { parcels, isBent } = withPointBetween(state, level, a.id, b.id, point);
    if (isBent) for (const parcel of parcels) touched.add(parcel.id);
    state = nodeSegment(state, a.id, b.id).with({ parcels });
  }
  return { graph: nodeAround(state, point.id), touched: [...touched].sort() };
}

/**
 * @param {Graph} graph
 * @param {string} level
 * @param {PointId} a
 * @param {PointId} b
 * @param {Point} point
 * @returns {{parcels: Parcel[], isBent: boolean}} those that get the point, with it, none where noding has given it to
 *   all; where it bends their boundary they are changed, where it lies on it they are only noded
 */
function withPointBetween(graph, level, a, b, point) {
  const path = [a, ...pointsBetween(graph, a, b, level), b];
  if (path.includes(point.id)) return { parcels: [], isBent: false };
  const position = positionAlong(graph, a, b, point);
  const end = path.findIndex((id, index) => index > 0 && (id === b || positionAlong(graph, a, b, graph.point(id)) > position));
  const from = /** @type {PointId} */ (path[end - 1]);
  const to = /** @type {PointId} */ (path[end]);
  const parcels = ownersOf(nodeSegment(graph, a, b), from, to)
    .filter((parcel) => parcel.level === level)
    .map((parcel) => withRings(parcel, (ring) => ringWithPath(ring, from, to, [point.id])));
  return { parcels, isBent: !isOnLine(graph, from, to, point) };
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
