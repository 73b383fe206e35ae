/**
 * Whether a shape is one, as OGC Simple Features says and GEOS judges on the server: rings that neither cross nor touch
 * themselves, holes inside and apart, parts beside each other, and an inside of one piece.
 *
 * @module rules/validity
 */

/** @import {StoragePair} from '../types.js' */

import { ringHolds } from '../land/rings.js';
import { meeting } from './orientation.js';

/** Rings of storage coordinates, not closed; the exterior one first. @typedef {StoragePair[][]} PartPlaces */

/** Why a shape is invalid, and where. @typedef {{reason: string, at: StoragePair}} Fault */

/** @typedef {{a: StoragePair, b: StoragePair, part: number, ring: number, index: number, west: number, east: number}} Segment */

/** A place where two rings of one part meet. @typedef {{part: number, rings: [number, number], at: StoragePair}} Touch */

/**
 * @param {PartPlaces[]} parts
 * @returns {Fault | null} null where it is valid
 */
export function faultOf(parts) {
  const found = meetings(parts);
  if ('reason' in found) return found;
  return parts.map((rings, part) => faultOfHoles(rings, found.touches.filter((touch) => touch.part === part))).find((fault) => fault !== null) ?? faultOfParts(parts);
}

/**
 * @param {PartPlaces[]} parts
 * @returns {Fault | {touches: Touch[]}} the first place where rings meet as they may not, else where they may
 */
function meetings(parts) {
  const segments = parts.flatMap((rings, part) => rings.flatMap((places, ring) => places.map((a, index) => segment(a, /** @type {StoragePair} */ (places[(index + 1) % places.length]), part, ring, index))));
  segments.sort((one, other) => one.west - other.west);
  /** @type {Touch[]} */
  const touches = [];
  for (const [place, one] of segments.entries()) {
    for (let next = place + 1; next < segments.length; next += 1) {
      const other = /** @type {Segment} */ (segments[next]);
      if (other.west > one.east) break;
      const isSameRing = one.part === other.part && one.ring === other.ring;
      if (isSameRing && goesOn(one, other)) continue;
      const met = meeting(one.a, one.b, other.a, other.b);
      if (!met) continue;
      if (met.how !== 'touch') return { reason: 'Self-intersection', at: met.at };
      if (isSameRing) {
        const length = parts[one.part]?.[one.ring]?.length ?? 0;
        if (!follow(one.index, other.index, length)) return { reason: 'Ring Self-intersection', at: met.at };
      } else if (one.part === other.part) touches.push({ part: one.part, rings: [one.ring, other.ring], at: met.at });
    }
  }
  return { touches };
}

/**
 * @param {StoragePair} a
 * @param {StoragePair} b
 * @param {number} part
 * @param {number} ring
 * @param {number} index
 * @returns {Segment}
 */
function segment(a, b, part, ring, index) {
  return { a, b, part, ring, index, west: Math.min(a[0], b[0]), east: Math.max(a[0], b[0]) };
}

/**
 * @param {Segment} one
 * @param {Segment} other
 * @returns {boolean} whether one goes on where the other ends, and not back: then they have that point in common and no more
 */
function goesOn(one, other) {
  const [first, second] = one.b === other.a ? [one, other] : [other, one];
  if (first.b !== second.a) return false;
  return (first.b[0] - first.a[0]) * (second.b[0] - second.a[0]) + (first.b[1] - first.a[1]) * (second.b[1] - second.a[1]) > 0;
}

/**
 * @param {number} a
 * @param {number} b
 * @param {number} length
 * @returns {boolean} whether two segments of a ring end at one point of it
 */
function follow(a, b, length) {
  const apart = Math.abs(a - b);
  return apart === 1 || apart === length - 1;
}

/**
 * @param {PartPlaces} rings
 * @param {Touch[]} touches
 * @returns {Fault | null}
 */
function faultOfHoles([shell = [], ...holes], touches) {
  for (const [index, hole] of holes.entries()) {
    const away = hole.find((place) => !liesIn(shell, hole, place));
    if (away) return { reason: 'Hole lies outside shell', at: away };
    const around = holes.find((other, another) => another !== index && isIn(hole, other));
    if (around) return { reason: 'Holes are nested', at: /** @type {StoragePair} */ (hole[0]) };
  }
  return faultOfInside(touches);
}

/**
 * @param {StoragePair[]} ring
 * @param {StoragePair[]} other
 * @param {StoragePair} place of the other
 * @returns {boolean} whether it lies in the ring or on it; rings do not cross, but where they meet in points
 */
function liesIn(ring, other, place) {
  if (ring.some(([x, y]) => x === place[0] && y === place[1])) return true;
  return ringHolds(ring, place) || isOn(ring, place) || other.length === 0;
}

/**
 * @param {StoragePair[]} ring
 * @param {StoragePair} place
 * @returns {boolean}
 */
function isOn(ring, place) {
  return ring.some((a, index) => meeting(a, /** @type {StoragePair} */ (ring[(index + 1) % ring.length]), place, place) !== null);
}

/**
 * @param {StoragePair[]} inner
 * @param {StoragePair[]} ring
 * @returns {boolean} whether a ring lies in another: of its places the first that is not on the other tells
 */
function isIn(inner, ring) {
  const [west, east] = [Math.min(...ring.map(([x]) => x)), Math.max(...ring.map(([x]) => x))];
  if (inner.every(([x]) => x < west) || inner.every(([x]) => x > east)) return false;
  const middles = inner.map(([x, y], index) => {
    const [nx, ny] = /** @type {StoragePair} */ (inner[(index + 1) % inner.length]);
    return /** @type {StoragePair} */ ([(x + nx) / 2, (y + ny) / 2]);
  });
  const place = [...inner, ...middles].find((one) => !isOn(ring, one));
  return place !== undefined && ringHolds(ring, place);
}

/**
 * Rings and the places where they touch are a net; where it closes a round, the inside is in two pieces.
 * @param {Touch[]} touches
 * @returns {Fault | null}
 */
function faultOfInside(touches) {
  /** @type {Map<string, string>} */
  const leader = new Map();
  /** @param {string} name @returns {string} */
  const first = (name) => {
    const above = leader.get(name);
    return above === undefined ? name : first(above);
  };
  /** @type {Set<string>} */
  const known = new Set();
  for (const { rings, at } of touches) {
    for (const ring of rings) {
      const [place, name] = [`at ${at.join()}`, `ring ${ring}`];
      if (known.has(`${name} ${place}`)) continue;
      known.add(`${name} ${place}`);
      const [one, other] = [first(place), first(name)];
      if (one === other) return { reason: 'Interior is disconnected', at };
      leader.set(one, other);
    }
  }
  return null;
}

/**
 * @param {PartPlaces[]} parts
 * @returns {Fault | null} where a part lies in another, and not in a hole of it
 */
function faultOfParts(parts) {
  for (const [index, [shell = []]] of parts.entries()) {
    const around = parts.some(([other = [], ...holes], another) => another !== index && isIn(shell, other) && !holes.some((hole) => isIn(shell, hole)));
    if (around) return { reason: 'Nested shells', at: /** @type {StoragePair} */ (shell[0]) };
  }
  return null;
}
