/**
 * @module tools/move
 */

/** @import {Handle} from './handles.js' */
/** @import {Bench, Tool} from './tool.js' */

import { insertPointOperation } from '../actions/insert_point.js';
import { movePointOperation } from '../actions/move_point.js';
import { freePosition, positionOnSegment } from '../actions/position.js';
import { followersOf, followingIn } from './following.js';
import { choosePoint, operationsTo } from './group_drag.js';
import { startDrag } from './point_drag.js';
import { selectAt } from './select.js';

/** @type {Tool} */
export const moveTool = {
  name: 'move', key: 'm', label: 'Move point', icon: 'move', edits: true, hasPoints: true, hasMiddles: true,
  hint: ({ session: { state: { selected, points } } }) => {
    if (!selected) return 'Click the parcel whose points you want to move';
    if (points.length === 1) return 'Click further points with Shift to move them together with this one';
    return points.length > 1 ? `Drag one of ${points.length} points, use the arrow keys on it, or type how far; Escape lets them go`
      : 'Drag a point, or use the arrow keys on it; Shift chooses several, by clicks or a box';
  },
  click: selectAt,
  activate: (bench, handle, isAdding) => {
    if (handle.kind === 'middle') insertInMiddle(bench, handle);
    else if (isAdding) choosePoint(bench.session, /** @type {string} */ (handle.points[0]));
    else if (bench.session.state.points.length > 0) bench.session.set({ points: [] });
  },
  stepBack: (session) => {
    if (session.state.points.length === 0) return false;
    session.set({ points: [] });
    return true;
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
 * Move a point by whole pixels, as the arrow keys do; with it those that are chosen with it.
 * @param {Bench} bench
 * @param {Handle} handle
 * @param {number} dx pixels right
 * @param {number} dy pixels down
 */
export function nudge({ session, view }, handle, dx, dy) {
  const point = session.graph.point(/** @type {string} */ (handle.points[0]));
  const [x, y] = view.pixelOf(point);
  const to = freePosition(view.placeOf([x + dx, y + dy]));
  const { points, loaded } = session.state;
  const isMoved = points.length > 1 && points.includes(point.id)
    ? session.nudge(points.join('|'), ({ graph }) => operationsTo(session, graph, { id: point.id, ids: points, to }))
    : session.nudge(point.id, () => [movePointOperation(point, to, followingIn(session, followersOf(session.graph, point.id, loaded)))]);
  if (isMoved) view.keepInView(to);
}
