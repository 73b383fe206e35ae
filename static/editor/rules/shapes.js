/**
 * Parcels as the rules look at them: their rings in storage coordinates, before an edit and after it, and where they differ.
 *
 * @module rules/shapes
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box, LonLat, Parcel, Point, StoragePair} from '../types.js' */
/** @import {PartPlaces} from './validity.js' */
/** @import {MetreBox, Metres, Rings} from './common_land.js' */

import { hasLongRing } from '../land/long_rings.js';
import { boxOf } from '../storage/geodesy.js';
import { frameAt, metresPerUnit } from '../storage/storage_frame.js';
import { regionOfLong } from './about.js';

/** What is as it was loaded is read once. @type {WeakMap<import('../base.js').Base, Map<string, PartPlaces[]>>} */
const loaded = new WeakMap();

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {PartPlaces[]}
 */
export function placesOf(graph, parcel) {
  if (graph.changed().has(parcel.id)) return readPlaces(graph, parcel);
  const kept = loaded.get(graph.base) ?? new Map();
  loaded.set(graph.base, kept);
  const known = kept.get(parcel.id) ?? readPlaces(graph, parcel);
  kept.set(parcel.id, known);
  return known;
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {PartPlaces[]}
 */
function readPlaces(graph, parcel) {
  /** A point is one place, wherever it occurs. @type {Map<string, StoragePair>} */
  const places = new Map();
  /** @param {string} id */
  const at = (id) => {
    const known = places.get(id);
    if (known) return known;
    const pair = graph.pairOf(graph.point(id));
    places.set(id, pair);
    return pair;
  };
  return parcel.parts.map((part) => part.map((ring) => ring.map(at)));
}

/**
 * @param {PartPlaces[]} parts
 * @returns {MetreBox} in storage units; of nothing an empty one
 */
export function extentOf(parts) {
  /** @type {MetreBox} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [shell = []] of parts) {
    for (const [x, y] of shell) {
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x > box[2]) box[2] = x;
      if (y > box[3]) box[3] = y;
    }
  }
  return box;
}

/**
 * @param {MetreBox[]} boxes
 * @returns {MetreBox | null} what they have in common, null where that is no land
 */
export function commonBox(boxes) {
  const box = /** @type {MetreBox} */ ([0, 1, 2, 3].map((side) => (side < 2 ? Math.max : Math.min)(...boxes.map((one) => /** @type {number} */ (one[side])))));
  return box[0] < box[2] && box[1] < box[3] ? box : null;
}

/**
 * @param {Parcel | undefined} parcel
 * @returns {number} points
 */
export function sizeOf(parcel) {
  return parcel ? parcel.parts.reduce((sum, part) => sum + part.reduce((all, ring) => all + ring.length, 0), 0) : 0;
}

/**
 * @param {Graph} graph
 * @param {Box} box degrees
 * @returns {StoragePair[]} its corners in storage coordinates
 */
export function cornersOf(graph, [west, south, east, north]) {
  return [[west, south], [east, south], [east, north], [west, north]].map(([lon = 0, lat = 0]) => graph.pairOf({ lon, lat }));
}

/**
 * @param {Graph} graph
 * @param {Box} box degrees
 * @returns {MetreBox} storage units
 */
export function storageBox(graph, box) {
  return extentOf([[cornersOf(graph, box)]]);
}

/** A local plane in metres over a box, and the way back. @typedef {{rings: (parts: PartPlaces[]) => Rings, box: MetreBox, back: (place: Metres) => StoragePair}} Plane */

/**
 * @param {Graph} graph
 * @param {MetreBox} box storage units
 * @returns {Plane}
 */
export function planeOver(graph, [west, south, east, north]) {
  const { grid } = graph.base;
  const middle = (south + north) / 2;
  const local = frameAt(grid, [west, south], middle);
  const scale = metresPerUnit(grid, middle);
  return {
    rings: (parts) => parts.flatMap((part) => part.map((ring) => ring.map(local))),
    box: [0, 0, ...local([east, north])],
    back: ([x, y]) => [west + x / scale.x, south + y / scale.y],
  };
}

/**
 * The box of the sides that are in exactly one of two states of a parcel.
 * @param {Graph} before
 * @param {Graph} after
 * @param {string} id
 * @returns {Box | null} degrees; null where there is none
 */
export function changedRegion(before, after, id) {
  const [old, now] = [before.parcel(id), after.parcel(id)];
  if (old && now && old.level !== now.level) return boxOf([...sidesOf(before, old).values(), ...sidesOf(after, now).values()].flat());
  if (old && now && (hasLongRing(old) || hasLongRing(now))) return regionOfLong(before, after, old, now);
  if (old && now && old.parts === now.parts) return movedRegion(before, after, now);
  const was = old ? sidesOf(before, old) : new Map();
  const is = now ? sidesOf(after, now) : new Map();
  /** @type {LonLat[]} */
  const ends = [];
  for (const [key, side] of was) if (!is.has(key)) ends.push(...side);
  for (const [key, side] of is) if (!was.has(key)) ends.push(...side);
  return boxOf(ends);
}

/**
 * @param {Graph} before
 * @param {Graph} after
 * @param {Parcel} parcel whose rings are the same, so that only points have moved
 * @returns {Box | null} around the sides that end at these
 */
function movedRegion(before, after, { parts }) {
  /** @type {LonLat[]} */
  const ends = [];
  const { points } = after.overlay;
  for (const part of parts) {
    for (const ring of part) {
      ring.forEach((id, index) => {
        const [moved, old] = [points.get(id), before.base.points.get(id)];
        if (!moved || !old || (moved.lon === old.lon && moved.lat === old.lat)) return;
        for (const near of [ring[(index + ring.length - 1) % ring.length], id, ring[(index + 1) % ring.length]]) ends.push(before.point(near ?? id), after.point(near ?? id));
      });
    }
  }
  return boxOf(ends);
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {Map<string, [Point, Point]>}
 */
function sidesOf(graph, parcel) {
  /** @type {Map<string, [Point, Point]>} */
  const sides = new Map();
  for (const part of parcel.parts) {
    for (const ring of part) {
      let a = graph.point(/** @type {string} */ (ring[ring.length - 1]));
      for (const id of ring) {
        const b = graph.point(id);
        // By where the ends are: a point that comes back to its place has moved nothing.
        const [p, q] = [nameOf(a), nameOf(b)];
        sides.set(p < q ? `${p}|${q}` : `${q}|${p}`, [a, b]);
        a = b;
      }
    }
  }
  return sides;
}

/**
 * @param {Point} point
 * @returns {string} of its place
 */
function nameOf({ at, lon, lat }) {
  return at || `${lon},${lat}`;
}
