/**
 * Snapping on the screen: first to a point within reach, only then to an edge. The index is flat arrays of pixels, made
 * once when a drag begins and read on every frame.
 *
 * @module snapping
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box, LonLat, Parcel, Point, PointId} from '../types.js' */

import { rings } from '../base.js';
import { boxesMeet, boxHolds, nearestOnSegment } from '../storage/geodesy.js';

/**
 * @typedef {object} SnapIndex
 * @property {Point[]} points
 * @property {Float64Array} pointPixels x, y
 * @property {[Point, Point][]} edges
 * @property {Float64Array} edgePixels ax, ay, bx, by
 */

/** @typedef {{kind: 'point', point: Point} | {kind: 'edge', a: Point, b: Point, t: number}} Snap */

/**
 * @param {Graph} graph
 * @param {object} view
 * @param {Box} view.box only parcels that meet it are looked at
 * @param {(place: LonLat) => [number, number]} view.project to pixels
 * @param {PointId | null} view.exclude the point being moved, with the edges that end at it
 * @param {Iterable<Parcel>} [view.parcels] only these
 * @param {readonly Point[]} [view.also] points of reference layers, which are none of the graph's
 * @returns {SnapIndex}
 */
export function snapIndex(graph, { box, project, exclude, parcels = graph.parcels(), also = [] }) {
  /** @type {Map<PointId, Point>} */
  const points = new Map();
  /** @type {Map<string, [Point, Point]>} */
  const edges = new Map();
  for (const parcel of parcels) {
    if (!boxesMeet(graph.envelope(parcel), box)) continue;
    for (const ring of rings(parcel)) {
      ring.forEach((id, index) => {
        const next = /** @type {PointId} */ (ring[(index + 1) % ring.length]);
        if (id !== exclude) points.set(id, graph.point(id));
        if (id === exclude || next === exclude) return;
        const [a, b] = id < next ? [id, next] : [next, id];
        edges.set(`${a}|${b}`, [graph.point(a), graph.point(b)]);
      });
    }
  }
  // Of equal distances the last counts: where a reference point and a parcel's are one, it is the parcel's.
  const pointList = [...also.filter((point) => boxHolds(box, point)), ...points.values()];
  const edgeList = [...edges.values()];
  return {
    points: pointList,
    pointPixels: Float64Array.from(pointList.flatMap(project)),
    edges: edgeList,
    edgePixels: Float64Array.from(edgeList.flatMap(([a, b]) => [...project(a), ...project(b)])),
  };
}

/**
 * @param {SnapIndex} index
 * @param {number} x pixels
 * @param {number} y pixels
 * @param {number} reach pixels
 * @returns {Snap | null} the nearest point within reach, else the nearest edge within reach
 */
export function snapAt(index, x, y, reach) {
  const point = nearestPoint(index, x, y, reach);
  return point ? { kind: 'point', point } : nearestEdge(index, x, y, reach);
}

/**
 * @param {Pick<SnapIndex, 'points' | 'pointPixels'>} index
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {Point | null}
 */
export function nearestPoint({ points, pointPixels }, x, y, reach) {
  let best = -1;
  let least = reach * reach;
  for (let i = 0; i < points.length; i += 1) {
    const dx = (pointPixels[2 * i] ?? NaN) - x;
    const dy = (pointPixels[2 * i + 1] ?? NaN) - y;
    const d2 = dx * dx + dy * dy;
    if (d2 <= least) {
      least = d2;
      best = i;
    }
  }
  return points[best] ?? null;
}

/**
 * @param {SnapIndex} index
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {Snap & {kind: 'edge'} | null}
 */
export function nearestEdge({ edges, edgePixels }, x, y, reach) {
  let best = /** @type {Snap & {kind: 'edge'} | null} */ (null);
  let least = reach;
  for (let i = 0; i < edges.length; i += 1) {
    const ax = edgePixels[4 * i] ?? NaN;
    const ay = edgePixels[4 * i + 1] ?? NaN;
    const bx = edgePixels[4 * i + 2] ?? NaN;
    const by = edgePixels[4 * i + 3] ?? NaN;
    if (Math.min(ax, bx) - least > x || Math.max(ax, bx) + least < x) continue;
    if (Math.min(ay, by) - least > y || Math.max(ay, by) + least < y) continue;
    const { t, distance } = nearestOnSegment(x, y, ax, ay, bx, by);
    const edge = edges[i];
    if (distance <= least && edge) {
      least = distance;
      best = { kind: 'edge', a: edge[0], b: edge[1], t };
    }
  }
  return best;
}
