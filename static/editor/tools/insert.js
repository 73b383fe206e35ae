/**
 * @module tools/insert
 */

/** @import {Bench, Tool} from './tool.js' */
/** @import {Pointed} from '../map_view.js' */

import { insertPointOperation } from '../actions/insert_point.js';
import { boxHolds } from '../storage/geodesy.js';
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
  follow: ({ snapper }, { pixel, event }) => void snapper.onEdge(pixel, REACH_PX, event.altKey),
};

/**
 * Insert where a boundary was clicked, in every parcel that has it.
 * @param {Bench} bench
 * @param {Pointed} pointed
 * @returns {boolean} whether there was a boundary
 */
function insertAt({ session, view, snapper }, { pixel, place, event }) {
  const { loaded } = session.state;
  const found = snapper.onEdge(pixel, REACH_PX, event.altKey);
  if (!found) return false;
  const { edge: { a, b }, position } = found;
  if (!loaded || !boxHolds(loaded, place)) session.say('info', 'This part of the map is still loading.');
  else if ([a, b].some((end) => isAt(view.pixelOf(end), pixel))) session.say('info', 'There is a point already.');
  else session.perform(insertPointOperation(a, b, position));
  snapper.forget();
  return true;
}

/**
 * @param {[number, number]} one
 * @param {[number, number]} other
 * @returns {boolean}
 */
function isAt([ax, ay], [bx, by]) {
  return Math.hypot(bx - ax, by - ay) <= POINT_REACH_PX;
}
