/**
 * A graph in the hands of one operation: points are made as they are needed, and the last state is what comes out.
 *
 * @module land/work
 */

/** @import {Graph} from '../graph.js' */
/** @import {Part, PointId, StoragePair} from '../types.js' */
/** @import {Land} from './rings.js' */

import { placeOfPair, pointAtPosition, snapped } from '../actions/position.js';
import { nearestOnSegment } from '../storage/geodesy.js';
import { metresPerUnit } from '../storage/storage_frame.js';
import { withinOf } from './noding.js';
import { landOf } from './rings.js';

/** @implements {Land} */
export class Work {
  /**
   * @param {Graph} graph
   * @param {Part[]} shape what the plane of its metres is laid over
   */
  constructor(graph, shape) {
    this.graph = graph;
    this.withinM = withinOf(graph);
    const { local, corner, middleY } = landOf(graph, [shape], this.withinM);
    this.local = local;
    this.corner = corner;
    this.middleY = middleY;
    /** Points that were made, by their places: they are in no ring yet. @type {Map<string, PointId>} */
    this.made = new Map();
    /** Where points lie: none moves while the operation works. @type {Map<PointId, StoragePair>} */
    const places = new Map();
    /** @param {PointId} id */
    this.at = (id) => {
      const known = places.get(id);
      if (known) return known;
      const pair = this.graph.pairOf(this.graph.point(id));
      places.set(id, pair);
      return pair;
    };
    /** @type {Map<PointId, [number, number]>} */
    this.inMetres = new Map();
  }

  /**
   * @param {PointId} id
   * @returns {[number, number]} metres
   */
  metres(id) {
    const known = this.inMetres.get(id);
    if (known) return known;
    const place = this.local(this.at(id));
    this.inMetres.set(id, place);
    return place;
  }

  /**
   * @param {StoragePair} pair
   * @returns {PointId} the point on its place of the grid, made where there is none
   */
  make(pair) {
    const place = snapped(this.graph.base.grid, pair);
    const known = this.made.get(place.join());
    if (known) return known;
    const { point, isNew, names } = pointAtPosition(this.graph, place, false);
    if (isNew) this.graph = this.graph.with({ points: [point], names });
    this.made.set(place.join(), point.id);
    return point.id;
  }

  /**
   * @param {StoragePair} pair
   * @returns {PointId} a point at the very place, off the grid: an end of a line that is cut to the shape
   */
  standIn(pair) {
    const id = `end ${pair.join()}`;
    const place = placeOfPair(this.graph, pair);
    if (!this.graph.knows(id)) this.graph = this.graph.with({ points: [{ id, name: pair, ...place, pair, at: id }] });
    return id;
  }

  /**
   * @param {PointId} id
   * @returns {boolean} whether it only stands for a place
   */
  isStandIn(id) {
    return this.graph.point(id).at === id && id.startsWith('end ');
  }

  /**
   * @param {readonly [number, number]} metres
   * @returns {StoragePair}
   */
  storageOf([x, y]) {
    const scale = metresPerUnit(this.graph.base.grid, this.middleY);
    return [x / scale.x + this.corner[0], y / scale.y + this.corner[1]];
  }

  /**
   * @param {PointId} a
   * @param {PointId} b
   * @returns {number} metres
   */
  away(a, b) {
    const [[ax, ay], [bx, by]] = [this.metres(a), this.metres(b)];
    return Math.hypot(bx - ax, by - ay);
  }

  /**
   * @param {PointId} id
   * @param {readonly PointId[]} others
   * @returns {{id: PointId, distance: number} | null} the nearest of them, the first of equals
   */
  nearest(id, others) {
    let best = /** @type {{id: PointId, distance: number} | null} */ (null);
    for (const other of others) {
      const distance = this.away(id, other);
      if (!best || distance < best.distance) best = { id: other, distance };
    }
    return best;
  }

  /**
   * @param {PointId} id
   * @param {PointId} a
   * @param {PointId} b
   * @returns {{t: number, distance: number}} nearest place on a segment, 0 at a, 1 at b, and metres to it
   */
  along(id, a, b) {
    return nearestOnSegment(...this.metres(id), ...this.metres(a), ...this.metres(b));
  }
}
