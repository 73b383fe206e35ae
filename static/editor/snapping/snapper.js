/**
 * Where a pixel of the map means, for every tool that places a point: held to a locked length or bearing, snapped to what lies
 * there, or free. It keeps the index of the view, and what is to be shown of it.
 *
 * @module snapper
 */

/** @import {Graph} from '../graph.js' */
/** @import {MapView} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, LonLat, Parcel, Point, PointId, Position, StoragePair} from '../types.js' */
/** @import {Lock} from './lock.js' */
/** @import {Anchors, Place, Snap} from './snap.js' */
/** @import {ExactPlace, OnLine, SnapIndex} from './snap_index.js' */

import { freePosition, placeOfPair, pointPosition, positionOnSegment } from '../actions/position.js';
import { withinOf } from '../land/noding.js';
import { atPair } from '../numbers/typed_position.js';
import { frameAt } from '../storage/storage_frame.js';
import { crossedAt, lockedPair } from './lock.js';
import { snapAt } from './snap.js';
import { nearestEdge, snapIndex } from './snap_index.js';
import { positionOf } from './snap_position.js';

/** A line may begin so far beyond a parcel; further away a click means another parcel. */
const BEYOND_PX = 60;

/**
 * `isNear`: close to one of the parcels; `point`: the id of the point that it is; `snap`: why it is there.
 * @typedef {Position & {isNear: boolean, point: string | null, pair?: StoragePair | null, snap?: Snap | null, traced?: number}} LinePosition `pair`: exact
 *   where it is known; `traced`: how many points of a boundary before it came with it
 */

/**
 * @typedef {object} Sight what the place is for
 * @property {readonly Parcel[] | null} [parcels] it snaps only to these; null for all
 * @property {ReadonlySet<PointId>} [exclude] points in hand
 * @property {Place | null} [from] where a locked length or bearing is measured from
 * @property {Anchors} [anchors]
 */

/** What the map shows of the place that is pointed at. @typedef {{place: LonLat, snap: Snap | null, from: Place | null, lock: Lock | null}} Aim */

/** @type {ReadonlySet<PointId>} */
const NONE = new Set();

export class Snapper {
  /**
   * @param {Session} session
   * @param {MapView} view
   * @param {number} reach pixels
   */
  constructor(session, view, reach) {
    this.session = session;
    this.view = view;
    this.reach = reach;
    /** @type {((box: Box) => Iterable<ExactPlace>)[]} */
    this.sources = [];
    /** @type {{graph: Graph, key: string, index: SnapIndex, project: (place: LonLat) => [number, number]} | null} */
    this.known = null;
    /** @type {Aim | null} */
    this.aim = null;
  }

  /**
   * Exact places that are no points of parcels are snapped to like points, and taken to the bit.
   * @param {(box: Box) => Iterable<ExactPlace>} source those in a box
   * @returns {{changed: () => void}} to be called when it has others
   */
  addSource(source) {
    this.sources.push(source);
    this.known = null;
    return { changed: () => { this.known = null; } };
  }

  /**
   * @param {[number, number]} pixel
   * @param {boolean} isFree without snapping
   * @param {Sight} [sight]
   * @returns {LinePosition}
   */
  at(pixel, isFree, sight = {}) {
    const { session, view } = this;
    const { from = null } = sight;
    const { graph, state: { isSnapping, lock } } = session;
    const { index } = this.#indexFor(sight);
    const isOff = isFree || !isSnapping;
    const held = lock && from ? this.#locked(pixel, isOff, lock, from) : null;
    const snap = held ? held.snap : isOff ? null : this.#snapped(pixel, sight);
    const position = held?.position ?? (snap ? positionOf(graph, snap) : freePosition(view.placeOf(pixel)));
    this.aim = { place: position, snap, from, lock: held && lock };
    const isNear = nearestEdge(index, pixel[0], pixel[1], BEYOND_PX) !== null;
    return { ...position, ...pairIn(position, snap), isNear, snap, point: snap?.kind === 'point' && !snap.point.isExtra ? snap.point.id : null };
  }

  /**
   * The edge that a pixel is nearest to, and a place on it: its middle, where a perpendicular or an extension meets it, or
   * the nearest.
   * @param {[number, number]} pixel
   * @param {number} reach
   * @param {boolean} isFree
   * @returns {{edge: OnLine, position: LinePosition} | null}
   */
  onEdge(pixel, reach, isFree) {
    const { graph, state } = this.session;
    const { index } = this.#indexFor({});
    const edge = nearestEdge(index, pixel[0], pixel[1], reach);
    this.aim = null;
    if (!edge) return null;
    const found = isFree || !state.isSnapping ? null : this.#snapped(pixel, {});
    const isOn = found && (found.kind === 'point' ? found.point.isExtra : (found.kind === 'crossing' ? found.lines : [found]).some(({ a, b }) => a === edge.a && b === edge.b));
    /** @type {Snap} */
    const snap = found && isOn && found.kind !== 'extension' ? found : { kind: 'edge', ...edge };
    const position = { ...positionOf(graph, snap), isNear: true, point: null, snap };
    this.aim = { place: position, snap, from: null, lock: null };
    return { edge, position };
  }

  /** Nothing is pointed at any more. */
  forget() {
    this.aim = null;
  }

  /**
   * @param {Sight} sight
   * @returns {{index: SnapIndex, project: (place: LonLat) => [number, number]}} pixels hold for one view only
   */
  #indexFor({ parcels = null, exclude = NONE }) {
    const { session: { graph }, view } = this;
    const { box } = view;
    const key = [box.join(), parcels?.map((parcel) => parcel.id).join('|') ?? '', [...exclude].join('|')].join('\n');
    if (this.known?.graph !== graph || this.known.key !== key) {
      const project = view.projection();
      const extra = this.sources.flatMap((source) => [...source(box)]);
      this.known = { graph, key, project, index: snapIndex(graph, { box, project, exclude, extra, ...(parcels ? { parcels } : {}) }) };
    }
    return this.known;
  }

  /**
   * @param {[number, number]} pixel
   * @param {Sight} sight
   * @returns {Snap | null}
   */
  #snapped(pixel, sight) {
    const { index, project } = this.#indexFor(sight);
    return snapAt(index, pixel, this.reach, { project, last: this.aim?.snap ?? null, origin: sight.from ? project(sight.from) : null, ...(sight.anchors ? { anchors: sight.anchors } : {}) });
  }

  /**
   * @param {[number, number]} pixel
   * @param {boolean} isOff whether the ray or the circle alone counts
   * @param {Lock} lock
   * @param {Place} from
   * @returns {{position: Position, snap: Snap | null}}
   */
  #locked(pixel, isOff, lock, from) {
    const { session: { graph }, view } = this;
    const start = graph.pairOf(from);
    const pair = lockedPair(graph.base.grid, lock, start, graph.pairOf(view.placeOf(pixel)));
    const isFixed = lock.metres !== null && lock.degrees !== null;
    const crossed = isOff || isFixed ? null : this.#crossed(view.pixelOf(placeOfPair(graph, pair)), lock, start);
    if (!crossed) return { position: atPair(graph, pair), snap: null };
    const position = positionOnSegment(crossed.a, crossed.b, crossed.t);
    const { token } = position;
    const end = this.#endAt(crossed, Array.isArray(token) ? token : graph.pairOf(position));
    return end ? { position: pointPosition(end), snap: { kind: 'point', point: end } } : { position, snap: { kind: 'edge', ...crossed } };
  }

  /**
   * @param {[number, number]} pixel on the ray or the circle
   * @param {Lock} lock
   * @param {StoragePair} start
   * @returns {OnLine | null} the nearest place where an edge crosses it
   */
  #crossed([x, y], lock, start) {
    const { known, session: { graph } } = this;
    if (!known) return null;
    const { index, project } = known;
    let best = /** @type {OnLine | null} */ (null);
    let least = this.reach;
    index.edgeCells.near(x, y, this.reach, (item) => {
      const [a, b] = /** @type {[Point, Point]} */ (index.edges[item]);
      for (const t of crossedAt(graph, lock, start, a, b)) {
        const [px, py] = project({ lon: a.lon + t * (b.lon - a.lon), lat: a.lat + t * (b.lat - a.lat) });
        const away = Math.hypot(px - x, py - y);
        if (away > least) continue;
        least = away;
        best = { a, b, t };
      }
    });
    return best;
  }

  /**
   * As near to the end of an edge as noding would take for it, it is that point.
   * @param {OnLine} edge
   * @param {StoragePair} pair
   * @returns {Point | null}
   */
  #endAt({ a, b }, pair) {
    const { graph } = this.session;
    const local = frameAt(graph.base.grid, pair);
    return [a, b].find((end) => Math.hypot(...local(graph.pairOf(end))) <= withinOf(graph)) ?? null;
  }
}

/**
 * @param {Position} position
 * @param {Snap | null} snap
 * @returns {{pair: StoragePair | null}}
 */
function pairIn({ token }, snap) {
  return { pair: snap?.kind === 'point' ? snap.point.pair : Array.isArray(token) ? token : null };
}
