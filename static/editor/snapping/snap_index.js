/**
 * What a place may snap to, in pixels of one view: points, edges, and exact places from outside. Made once when a drag
 * begins or the view changes, and read on every frame.
 *
 * @module snap_index
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box, LonLat, Parcel, Point, PointId, StoragePair} from '../types.js' */

import { rings } from '../base.js';
import { keyOf } from '../point_name.js';
import { boxesMeet, boxHolds, nearestOnSegment } from '../storage/geodesy.js';
import { Cells } from './cells.js';

/** An edge that ends so far outside of the view may still be prolonged into it. */
const BEYOND_PX = 256;

/** An exact place that is no point of any parcel: of a reference layer, a survey. @typedef {LonLat & {pair: StoragePair, name: string}} ExactPlace */

/** `isExtra`: an exact place, which is no point of a parcel; `label`: what it is called. @typedef {Point & {isExtra?: boolean, label?: string}} Target */

/**
 * @typedef {object} SnapIndex
 * @property {Target[]} points
 * @property {Float64Array} pointPixels x, y
 * @property {Cells} pointCells
 * @property {[Point, Point][]} edges
 * @property {Float64Array} edgePixels ax, ay, bx, by
 * @property {Cells} edgeCells
 */

/** `t` from 0 at a to 1 at b, beyond them on the edge's extension. @typedef {{a: Point, b: Point, t: number}} OnLine */

/**
 * @param {Graph} graph
 * @param {object} view
 * @param {Box} view.box only parcels that meet it are looked at
 * @param {(place: LonLat) => [number, number]} view.project to pixels
 * @param {ReadonlySet<PointId>} view.exclude points being moved, with the edges that end at them
 * @param {Iterable<Parcel>} [view.parcels] only these
 * @param {Iterable<ExactPlace>} [view.extra]
 * @returns {SnapIndex}
 */
export function snapIndex(graph, { box, project, exclude, parcels = graph.parcels(), extra = [] }) {
  /** @type {Map<PointId, Target>} */
  const points = new Map();
  /** @type {Map<string, [Point, Point]>} */
  const edges = new Map();
  for (const parcel of parcels) {
    if (!boxesMeet(graph.envelope(parcel), box)) continue;
    for (const ring of rings(parcel)) {
      let previous = /** @type {PointId} */ (ring.at(-1));
      for (const id of ring) {
        if (!exclude.has(id)) {
          points.set(id, graph.point(id));
          if (!exclude.has(previous)) addEdge(graph, edges, previous, id);
        }
        previous = id;
      }
    }
  }
  addExtra(points, extra, box);
  return indexed([...points.values()], [...edges.values()], project, areaOf(box, project));
}

/**
 * @param {Graph} graph
 * @param {Map<string, [Point, Point]>} edges
 * @param {PointId} one
 * @param {PointId} other
 */
function addEdge(graph, edges, one, other) {
  const [a, b] = one < other ? [one, other] : [other, one];
  const key = `${a}|${b}`;
  if (!edges.has(key)) edges.set(key, [graph.point(a), graph.point(b)]);
}

/**
 * Where a parcel has a point at the very place, that is the one.
 * @param {Map<PointId, Target>} points
 * @param {Iterable<ExactPlace>} extra
 * @param {Box} box
 */
function addExtra(points, extra, box) {
  const places = new Set([...points.values()].map((point) => point.at));
  for (const { pair, lon, lat, name } of extra) {
    const at = keyOf(pair);
    if (places.has(at) || !boxHolds(box, { lon, lat })) continue;
    places.add(at);
    points.set(`extra ${at}`, { id: `extra ${at}`, name: pair, lon, lat, pair, at, isExtra: true, label: name });
  }
}

/**
 * @param {Box} box
 * @param {(place: LonLat) => [number, number]} project
 * @returns {[number, number, number, number]}
 */
function areaOf([west, south, east, north], project) {
  const [left, top] = project({ lon: west, lat: north });
  const [right, bottom] = project({ lon: east, lat: south });
  return [left - BEYOND_PX, top - BEYOND_PX, right + BEYOND_PX, bottom + BEYOND_PX];
}

/**
 * @param {Target[]} points
 * @param {[Point, Point][]} edges
 * @param {(place: LonLat) => [number, number]} project
 * @param {[number, number, number, number]} area
 * @returns {SnapIndex}
 */
function indexed(points, edges, project, area) {
  const [pointPixels, edgePixels] = [new Float64Array(2 * points.length), new Float64Array(4 * edges.length)];
  const [pointCells, edgeCells] = [new Cells(area), new Cells(area)];
  /** Many edges end at a point. @type {Map<Point, [number, number]>} */
  const known = new Map();
  /** @param {Point} point */
  const pixel = (point) => {
    const there = known.get(point) ?? project(point);
    known.set(point, there);
    return there;
  };
  points.forEach((point, index) => {
    const [x, y] = pixel(point);
    pointPixels.set([x, y], 2 * index);
    pointCells.add(index, x, y);
  });
  edges.forEach(([a, b], index) => {
    const [[ax, ay], [bx, by]] = [pixel(a), pixel(b)];
    edgePixels.set([ax, ay, bx, by], 4 * index);
    edgeCells.add(index, ax, ay, bx, by);
  });
  return { points, pointPixels, pointCells, edges, edgePixels, edgeCells };
}

/**
 * @param {SnapIndex} index
 * @param {number} edge
 * @returns {[number, number, number, number]} pixels ax, ay, bx, by
 */
export function pixelsOf({ edgePixels }, edge) {
  return [edgePixels[4 * edge] ?? NaN, edgePixels[4 * edge + 1] ?? NaN, edgePixels[4 * edge + 2] ?? NaN, edgePixels[4 * edge + 3] ?? NaN];
}

/**
 * @param {SnapIndex} index
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {Target | null}
 */
export function nearestPoint({ points, pointPixels, pointCells }, x, y, reach) {
  let best = /** @type {Target | null} */ (null);
  let least = reach;
  pointCells.near(x, y, reach, (item) => {
    const away = Math.hypot((pointPixels[2 * item] ?? NaN) - x, (pointPixels[2 * item + 1] ?? NaN) - y);
    if (away > least) return;
    least = away;
    best = points[item] ?? null;
  });
  return best;
}

/**
 * @param {SnapIndex} index
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {OnLine | null}
 */
export function nearestEdge(index, x, y, reach) {
  let best = /** @type {OnLine | null} */ (null);
  let least = reach;
  index.edgeCells.near(x, y, reach, (item) => {
    const { t, distance } = nearestOnSegment(x, y, ...pixelsOf(index, item));
    const edge = index.edges[item];
    if (distance > least || !edge) return;
    least = distance;
    best = { a: edge[0], b: edge[1], t };
  });
  return best;
}
