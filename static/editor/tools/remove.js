/**
 * @module tools/remove
 */

/** @import {Handle} from './handles.js' */
/** @import {Bench, Tool} from './tool.js' */

import { removePointOperation, whyNotRemovable } from '../actions/remove_point.js';
import { selectAt } from './select.js';

/** @type {Tool} */
export const removeTool = {
  name: 'remove', key: 'x', label: 'Remove point', icon: 'remove', edits: true, hasPoints: true, hasMiddles: false,
  hint: ({ session }) => (session.state.selected ? 'Click a point to remove it from every parcel that has it' : 'Click the parcel whose point you want to remove'),
  click: selectAt,
  activate: (bench, handle) => removePointOf(bench, handle),
  drag: () => null,
};

/**
 * @param {Bench} bench
 * @param {Handle} handle
 */
export function removePointOf({ session }, handle) {
  if (handle.kind !== 'point') return;
  const id = /** @type {string} */ (handle.points[0]);
  const reason = whyNotRemovable(session.graph, id);
  if (reason) session.say('warn', reason);
  else session.perform(removePointOperation(session.graph.point(id)));
}
