/**
 * Places of a line that is clicked on the map.
 *
 * @module tools/line_position
 */

/** @import {SnapIndex} from './snapping.js' */
/** @import {Bench} from './tool.js' */
/** @import {Parcel, Position} from '../types.js' */

import { freePosition, pointPosition, positionOnSegment } from '../actions/position.js';
import { nearestEdge, snapAt, snapIndex } from './snapping.js';
import { isReference, snapPoints } from '../reference/reference_layer.js';

/** A line may begin so far beyond a parcel; further away a click means another parcel. */
const BEYOND_PX = 60;

/** `isNear`: close to one of the parcels; `point`: the id of the point that it is. @typedef {Position & {isNear: boolean, point: string | null}} LinePosition */

/** The index of the last view: many frames ask for the same. @type {{key: string, graph: unknown, also: unknown, index: SnapIndex} | null} */
let last = null;

/**
 * Snapped to points and sides of parcels.
 * @param {Bench} bench
 * @param {[number, number]} pixel
 * @param {boolean} isFree
 * @param {Parcel[] | null} parcels only these; null for all
 * @returns {LinePosition}
 */
export function linePosition({ session, view, snapPx }, pixel, isFree, parcels) {
  const { graph } = session;
  const key = `${view.box.join()} ${parcels?.map((parcel) => parcel.id).join('|') ?? ''}`;
  const also = snapPoints(session.state.references);
  if (!last || last.key !== key || last.graph !== graph || last.also !== also) {
    const only = parcels ? { parcels } : {};
    last = { key, graph, also, index: snapIndex(graph, { box: view.box, project: view.projection(), exclude: null, also, ...only }) };
  }
  const isNear = nearestEdge(last.index, pixel[0], pixel[1], BEYOND_PX) !== null;
  const snap = isFree || !session.state.isSnapping ? null : snapAt(last.index, pixel[0], pixel[1], snapPx);
  if (!snap) return { ...freePosition(view.placeOf(pixel)), isNear, point: null };
  if (snap.kind === 'point') return { ...pointPosition(snap.point), isNear, point: isReference(snap.point) ? null : snap.point.id };
  return { ...positionOnSegment(snap.a, snap.b, snap.t), isNear, point: null };
}
