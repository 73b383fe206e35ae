/**
 * @module actions/insert_point
 */

/** @import {Graph} from '../graph.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {InsertPoint, Point, Position} from '../types.js' */

import { rings, withRings } from '../base.js';
import { nodePoint, nodeSegment, ringWithPath, sideAt } from '../noding.js';
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
 * both sides. Inverse: remove_point.
 * @param {Graph} graph
 * @param {InsertPoint} operation
 * @returns {Outcome}
 * @throws {ActionRefused} unknown_point, invalid_operation
 */
export function insertPoint(graph, operation) {
  const [a, b] = operation.between.map((token) => namedPoint(graph, token));
  if (!a || !b) throw new ActionRefused('invalid_operation', 'A point is inserted between two points.');
  const owners = graph.parcelsWith(a.id).filter((parcel) => [...rings(parcel)].some((ring) => sideAt(ring, a.id, b.id) >= 0));
  if (owners.length === 0) throw new ActionRefused('invalid_operation', 'The two points are no longer neighbours on any boundary.');
  const { point, isNew } = pointAtPosition(graph, operation.at);
  if (point.id === a.id || point.id === b.id) throw new ActionRefused('invalid_operation', 'There is a point already.');
  const parcels = owners.map((parcel) => withRings(parcel, (ring) => ringWithPath(ring, a.id, b.id, [point.id])));
  let state = graph.with({ points: isNew ? [point] : [], parcels });
  state = nodePoint(state, point.id);
  state = nodeSegment(nodeSegment(state, a.id, point.id), point.id, b.id);
  return { graph: state, touched: owners.map((parcel) => parcel.id) };
}
