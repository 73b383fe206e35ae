/**
 * @module tools/move
 */

/** @import {Handle} from './handles.js' */
/** @import {Bench, Tool} from './tool.js' */

import { insertPointOperation } from '../actions/insert_point.js';
import { movePointOperation } from '../actions/move_point.js';
import { freePosition, positionOnSegment } from '../actions/position.js';
import { followersOf, followingIn } from './following.js';
import { startDrag } from './point_drag.js';
import { selectAt } from './select.js';

/** @type {Tool} */
export const moveTool = {
  name: 'move', key: 'm', label: 'Move point', icon: 'move', edits: true, hasPoints: true, hasMiddles: true,
  hint: ({ session }) => (session.state.selected ? 'Drag a point, or use the arrow keys on it' : 'Click the parcel whose points you want to move'),
  click: selectAt,
  activate: (bench, handle) => {
    if (handle.kind === 'middle') insertInMiddle(bench, handle);
  },
  drag: startDrag,
};

/**
 * A point halfway along a side: what Enter and a click on the small handle do.
 * @param {Bench} bench
 * @param {Handle} handle
 * @returns {string | null} key of the new point's handle
 */
export function insertInMiddle({ session }, handle) {
  const [a, b] = handle.points.map((id) => session.graph.point(id));
  if (!a || !b) return null;
  const operation = insertPointOperation(a, b, positionOnSegment(a, b, 0.5));
  if (!session.perform(operation)) return null;
  return session.graph.resolve(operation.at)?.id ?? null;
}

/**
 * Move a point by whole pixels, as the arrow keys do.
 * @param {Bench} bench
 * @param {Handle} handle
 * @param {number} dx pixels right
 * @param {number} dy pixels down
 */
export function nudge({ session, view }, handle, dx, dy) {
  const point = session.graph.point(/** @type {string} */ (handle.points[0]));
  const [x, y] = view.pixelOf(point);
  const to = freePosition(view.placeOf([x + dx, y + dy]));
  const following = followingIn(session, followersOf(session.graph, point.id, session.state.loaded));
  if (session.nudge(point.id, movePointOperation(point, to, following))) view.keepInView(to);
}
