/**
 * One way from an operation to the next graph, the same for a tool's step, a restored draft and a replay on newer
 * versions. A new operation is added here and nowhere else.
 *
 * @module actions/apply_operation
 */

/** @import {Graph} from '../graph.js' */
/** @import {Operation} from '../types.js' */

import { draw } from './draw.js';
import { refuseMalformed } from './form.js';
import { insertPoint } from './insert_point.js';
import { merge } from './merge.js';
import { movePoint } from './move_point.js';
import { ActionRefused } from './refused.js';
import { removePoint } from './remove_point.js';
import { replaceBoundary } from './replace_boundary.js';
import { restore } from './restore.js';
import { retire } from './retire.js';
import { split } from './split.js';
import { update } from './update.js';

/**
 * @typedef {object} Outcome
 * @property {Graph} graph
 * @property {string[]} touched parcels that the operation changes, whose versions it must have seen; parcels that
 *   only receive a noded point are not among them
 * @property {string[]} [pieces] of a split, in order
 */

/**
 * @param {Graph} graph
 * @param {Operation} operation
 * @returns {Outcome}
 * @throws {ActionRefused}
 */
export function applyOperation(graph, operation) {
  refuseMalformed(operation);
  switch (operation.op) {
    case 'move_point':
      return movePoint(graph, operation);
    case 'insert_point':
      return insertPoint(graph, operation);
    case 'remove_point':
      return removePoint(graph, operation);
    case 'update':
      return update(graph, operation);
    case 'retire':
      return retire(graph, operation);
    case 'merge':
      return merge(graph, operation);
    case 'split':
      return split(graph, operation);
    case 'replace_boundary':
      return replaceBoundary(graph, operation);
    case 'restore':
      return restore(graph, operation);
    case 'draw':
      return draw(graph, operation);
    default:
      throw new ActionRefused('invalid_operation', `This editor does not know the step ${JSON.stringify(operation)}.`);
  }
}
