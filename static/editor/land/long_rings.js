/**
 * Rings of thousands of points, as a town's roads have them, in pieces: whoever looks at a part of one passes over the
 * pieces that lie elsewhere. What is kept belongs to the ring as loaded; points that an edit has moved or made since are
 * looked at each time. Pure.
 *
 * @module long_rings
 */

/** @import {Base} from '../base.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Box, LonLat, Parcel, PointId, Ring} from '../types.js' */

import { around, boxesMeet, boxOf } from '../storage/geodesy.js';
import { mercator } from '../storage/mercator.js';

/** Shorter rings are gone through faster than this could help. */
const LONG = 256;
const PIECE = 64;
/** @type {Box} */
const NOWHERE = [Infinity, Infinity, -Infinity, -Infinity];

/** Points of a ring from `from` up to but not `to`; `isSeen`: some of it may lie in the box. @typedef {{from: number, to: number, isSeen: boolean}} Section */

/** @type {WeakMap<Ring, ReadonlyMap<PointId, number[]>>} */
const placesOfRings = new WeakMap();
/** Of the loaded points: boxes of the pieces in degrees, and x, y of each on a Mercator world that is one wide.
 * @typedef {{boxes: Box[], world: Float64Array}} Kept */

/** @type {WeakMap<Base, WeakMap<Ring, Kept>>} */
const keptOfBases = new WeakMap();
/** Of rings that are not long. @type {WeakMap<Base, WeakMap<Ring, Box>>} */
const boxesOfBases = new WeakMap();
/** @type {WeakMap<Parcel, WeakMap<Ring, number[]>>} */
const missingOfParcels = new WeakMap();

/**
 * @param {Ring} ring
 * @returns {boolean}
 */
export function isLong(ring) {
  return ring.length >= LONG;
}

/**
 * @param {Parcel} parcel
 * @returns {boolean} whether one of its rings is long
 */
export function hasLongRing(parcel) {
  return parcel.parts.some((part) => part.some(isLong));
}

/**
 * @param {Ring} ring
 * @param {PointId} id
 * @returns {boolean} whether the ring has the point
 */
export function ringHas(ring, id) {
  return isLong(ring) ? placesIn(ring).has(id) : ring.includes(id);
}

/**
 * @param {Graph} graph
 * @param {Ring} ring
 * @param {Box} box
 * @returns {Section[]} the whole ring in order; of a section that is not seen all points lie on one side of the box
 */
export function sections(graph, ring, box) {
  if (!isLong(ring)) return [{ from: 0, to: ring.length, isSeen: true }];
  const changed = piecesOf(changedPlaces(graph, ring));
  return keptOf(graph.base, ring).boxes.map((piece, index) => ({
    from: index * PIECE, to: Math.min(ring.length, (index + 1) * PIECE), isSeen: changed.has(index) || boxesMeet(piece, box),
  }));
}

/**
 * The ring on the screen, without what cannot be seen there: points nearer to the one before than a part of a pixel, and
 * what runs along one side of the box and never through it.
 * @param {Graph} graph
 * @param {Ring} ring a long one
 * @param {Box} box
 * @param {(place: LonLat) => [number, number]} project spherical Mercator
 * @param {number} leastPx
 * @returns {[number, number][]} pixels
 */
export function pixelsOf(graph, ring, box, project, leastPx) {
  const { world } = keptOf(graph.base, ring);
  const changed = changedPlaces(graph, ring);
  const [left, middle] = project({ lon: -180, lat: 0 });
  const scale = project({ lon: 180, lat: 0 })[0] - left;
  const top = middle - scale / 2;
  /** @type {[number, number][]} */
  const found = [];
  const pixel = (/** @type {number} */ place) => /** @type {[number, number]} */ (
    changed.has(place) ? project(graph.point(/** @type {PointId} */ (ring[place]))) : [left + (world[2 * place] ?? 0) * scale, top + (world[2 * place + 1] ?? 0) * scale]);
  for (const { from, to, isSeen } of sections(graph, ring, box)) {
    let [x, y] = pixel(from);
    found.push([x, y]);
    for (let place = from + 1; isSeen && place < to - 1; place += 1) {
      const next = pixel(place);
      if (Math.abs(next[0] - x) + Math.abs(next[1] - y) < leastPx && !changed.has(place)) continue;
      [x, y] = next;
      found.push(next);
    }
    found.push(pixel(to - 1));
  }
  return found;
}

/**
 * @param {Graph} graph
 * @param {Ring} ring
 * @returns {Box | null} around its points; null where it has none
 */
export function boxOfRing(graph, ring) {
  let whole = /** @type {Box | null} */ (null);
  if (!isLong(ring)) return boxOf(graph.places(ring));
  const changed = piecesOf(changedPlaces(graph, ring));
  keptOf(graph.base, ring).boxes.forEach((piece, index) => {
    whole = around(whole, changed.has(index) ? boxOf(graph.places(ring.slice(index * PIECE, (index + 1) * PIECE))) : piece);
  });
  return whole;
}

/**
 * @param {Graph} graph
 * @param {Ring} ring
 * @returns {Box} around its points; of one that nobody has touched as it is kept
 */
export function boxAbout(graph, ring) {
  if (isLong(ring)) return boxOfRing(graph, ring) ?? NOWHERE;
  if (changedPlaces(graph, ring).size > 0) return boxOf(graph.places(ring)) ?? NOWHERE;
  const ofBase = boxesOfBases.get(graph.base) ?? new WeakMap();
  boxesOfBases.set(graph.base, ofBase);
  const box = ofBase.get(ring) ?? boxOf(graph.places(ring)) ?? NOWHERE;
  ofBase.set(ring, box);
  return box;
}

/**
 * @param {Graph} graph as it is now
 * @param {Ring} ring as it was
 * @param {Parcel | undefined} now the parcel; none where it is retired
 * @returns {Ring[]} stretches of the old ring about points that have moved or that the parcel does not have any more
 */
export function lost(graph, ring, now) {
  const at = (/** @type {number} */ place) => /** @type {PointId} */ (ring[(place + ring.length) % ring.length]);
  /** @type {PointId[][]} */
  const runs = [];
  let last = -2;
  const places = new Set([...changedPlaces(graph, ring), ...missingIn(ring, now)]);
  for (const place of [...places].sort((a, b) => a - b)) {
    if (place === last + 1) runs.at(-1)?.push(at(place + 1));
    else runs.push([at(place - 1), at(place), at(place + 1)]);
    last = place;
  }
  return runs;
}

/**
 * @param {Ring} ring
 * @param {Parcel | undefined} now
 * @returns {readonly number[]} where points stand that the parcel does not have; the same for every frame of a drag
 */
function missingIn(ring, now) {
  if (!now) return ring.map((_, place) => place);
  const known = missingOfParcels.get(now)?.get(ring);
  if (known) return known;
  const left = now.parts.flat();
  const others = left.includes(ring) ? [] : left.map((each) => placesIn(each));
  const missing = left.includes(ring) ? [] : ring.flatMap((id, place) => (others.some((places) => places.has(id)) ? [] : [place]));
  const ofParcel = missingOfParcels.get(now) ?? new WeakMap();
  missingOfParcels.set(now, ofParcel);
  ofParcel.set(ring, missing);
  return missing;
}

/**
 * @param {Graph} graph
 * @param {Ring} ring
 * @returns {ReadonlySet<number>} where points stand that this edit has moved or made
 */
export function changedPlaces(graph, ring) {
  const places = placesIn(ring);
  return new Set([...graph.overlay.points.keys()].flatMap((id) => places.get(id) ?? []));
}

/**
 * @param {ReadonlySet<number>} places
 * @returns {ReadonlySet<number>} the pieces that they are in
 */
function piecesOf(places) {
  return new Set([...places].map((place) => Math.floor(place / PIECE)));
}

/**
 * @param {Ring} ring
 * @returns {ReadonlyMap<PointId, number[]>} where in the ring each point stands
 */
function placesIn(ring) {
  const known = placesOfRings.get(ring);
  if (known) return known;
  /** @type {Map<PointId, number[]>} */
  const places = new Map();
  ring.forEach((id, place) => {
    const others = places.get(id);
    if (others) others.push(place);
    else places.set(id, [place]);
  });
  placesOfRings.set(ring, places);
  return places;
}

/**
 * @param {Base} base
 * @param {Ring} ring
 * @returns {Kept}
 */
function keptOf(base, ring) {
  const ofBase = keptOfBases.get(base) ?? new WeakMap();
  keptOfBases.set(base, ofBase);
  const known = ofBase.get(ring);
  if (known) return known;
  /** @type {Box[]} */
  const boxes = Array.from({ length: Math.ceil(ring.length / PIECE) }, () => [Infinity, Infinity, -Infinity, -Infinity]);
  const world = new Float64Array(2 * ring.length);
  const project = mercator(1, 0, 0);
  ring.forEach((id, place) => {
    const point = base.points.get(id);
    // A point that is not loaded was made by this edit: its place counts as changed.
    if (!point) return;
    const index = Math.floor(place / PIECE);
    boxes[index] = /** @type {Box} */ (around(boxes[index] ?? null, [point.lon, point.lat, point.lon, point.lat]));
    world.set(project(point), 2 * place);
  });
  const kept = { boxes, world };
  ofBase.set(ring, kept);
  return kept;
}
