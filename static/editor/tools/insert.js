/**
 * @module tools/insert
 */

/** @import {Tool} from './tool.js' */

import { insertPointOperation } from '../actions/insert_point.js';
import { pointPosition, positionOnSegment } from '../actions/position.js';
import { snapPoints } from '../reference/reference_layer.js';
import { boxHolds } from '../storage/geodesy.js';
import { nearestEdge, nearestPoint, snapIndex } from './snapping.js';
import { insertInMiddle } from './move.js';
import { startDrag } from './point_drag.js';
import { selectAt } from './select.js';

/** A boundary is as easy to hit as a control. */
const REACH_PX = 14;
const POINT_REACH_PX = 5;

/** @type {Tool} */
export const insertTool = {
  name: 'insert', key: 'i', label: 'Insert point', icon: 'insert', edits: true, hasPoints: true, hasMiddles: true,
  hint: () => 'Click a boundary where the new point shall be',
  click: (bench, pointed) => {
    if (!insertAt(bench, pointed)) selectAt(bench, pointed);
  },
  activate: (bench, handle) => {
    if (handle.kind === 'middle') insertInMiddle(bench, handle);
  },
  drag: (bench, handle) => (handle.kind === 'middle' ? startDrag(bench, handle) : null),
};

/**
 * Insert where a boundary was clicked, in every parcel that has it.
 * @param {Parameters<Tool['click']>[0]} bench
 * @param {Parameters<Tool['click']>[1]} pointed
 * @returns {boolean} whether there was a boundary
 */
function insertAt({ session, view, snapPx }, { pixel: [x, y], place, event }) {
  const { loaded } = session.state;
  const index = snapIndex(session.graph, { box: view.box, project: view.projection(), exclude: null });
  const edge = nearestEdge(index, x, y, REACH_PX);
  if (!edge) return false;
  if (!loaded || !boxHolds(loaded, place)) session.say('info', 'This part of the map is still loading.');
  else if (nearestPoint(index, x, y, POINT_REACH_PX)) session.say('info', 'There is a point already.');
  else {
    // A surveyed point that lies beside the boundary is where the new point belongs.
    const also = session.state.isSnapping && !event.altKey ? snapPoints(session.state.references) : [];
    const surveyed = nearestPoint({ points: [...also], pointPixels: Float64Array.from(also.flatMap(view.projection())) }, x, y, snapPx);
    session.perform(insertPointOperation(edge.a, edge.b, surveyed ? pointPosition(surveyed) : positionOnSegment(edge.a, edge.b, edge.t)));
  }
  return true;
}
