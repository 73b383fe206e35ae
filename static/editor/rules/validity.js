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

/** @typedef {{a: StoragePair, b: StoragePair, part: number, ring: number, index: number, west: number, south: number, east: number, north: number}} Segment */

/** A place where two rings meet, each by its part and its number there. @typedef {{rings: [[number, number], [number, number]], at: StoragePair}} Touch */

/**
 * @param {PartPlaces[]} parts
 * @returns {Fault | null} null where it is valid
 */
export function faultOf(parts) {
  const found = meetings(parts);
  if ('reason' in found) return found;
  const { touches } = found;
  const ofPart = (/** @type {number} */ part) => touches.filter(({ rings: [[one], [other]] }) => one === part && other === part);
  return parts.map((rings, part) => faultOfHoles(rings, ofPart(part))).find((fault) => fault !== null) ?? faultOfParts(parts, touches);
}

/**
 * Of a shape of which only what lies about a box is known.
 * @param {PartPlaces[]} parts
 * @param {[number, number, number, number]} box storage units, around every side that has changed
 * @returns {Fault | null} where rings meet in it as they may not
 */
export function faultAbout(parts, box) {
  const found = meetings(parts, box);
  return 'reason' in found ? found : null;
}

/**
 * @param {PartPlaces[]} parts
 * @param {[number, number, number, number]} [within] where it is looked
 * @returns {Fault | {touches: Touch[]}} the first place where rings meet as they may not, else where they may
 */
function meetings(parts, within) {
  const [w, s, e, n] = within ?? [-Infinity, -Infinity, Infinity, Infinity];
  const all = parts.flatMap((rings, part) => rings.flatMap((places, ring) => places.map((a, index) => segment(a, /** @type {StoragePair} */ (places[(index + 1) % places.length]), part, ring, index))));
  const segments = within ? all.filter(({ west, south, east, north }) => west <= e && east >= w && south <= n && north >= s) : all;
  segments.sort((one, other) => one.west - other.west);
  /** @type {Touch[]} */
  const touches = [];
  for (const [place, one] of segments.entries()) {
    for (let next = place + 1; next < segments.length; next += 1) {
      const other = /** @type {Segment} */ (segments[next]);
      if (other.west > one.east) break;
      if (other.south > one.north || other.north < one.south) continue;
      const isSameRing = one.part === other.part && one.ring === other.ring;
      if (isSameRing && goesOn(one, other)) continue;
      const met = meeting(one.a, one.b, other.a, other.b);
      if (!met) continue;
      if (met.how !== 'touch') return { reason: 'Self-intersection', at: met.at };
      if (isSameRing) {
        const length = parts[one.part]?.[one.ring]?.length ?? 0;
        if (!follow(one.index, other.index, length)) return { reason: 'Ring Self-intersection', at: met.at };
      } else touches.push({ rings: [[one.part, one.ring], [other.part, other.ring]], at: met.at });
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
  return { a, b, part, ring, index, west: Math.min(a[0], b[0]), south: Math.min(a[1], b[1]), east: Math.max(a[0], b[0]), north: Math.max(a[1], b[1]) };
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
  // Rings that nowhere touch lie wholly in each other or apart: of them one place tells. A town's streets have hundreds.
  const touching = new Set(touches.flatMap(({ rings: [[, one], [, other]] }) => [`${one} ${other}`, `${other} ${one}`]));
  const boxes = holes.map(boxOf);
  for (const [index, hole] of holes.entries()) {
    const places = touching.has(`0 ${index + 1}`) ? withMiddles(hole) : hole.slice(0, 1);
    const away = places.find((place) => !ringHolds(shell, place) && !isOn(shell, place));
    if (away) return { reason: 'Hole lies outside shell', at: away };
    const isNested = holes.some((other, another) => another !== index && isWithin(boxes[index], boxes[another]) && placesIn(hole, other).length > 0);
    if (isNested) return { reason: 'Holes are nested', at: /** @type {StoragePair} */ (hole[0]) };
  }
  return faultOfInside(touches);
}

/**
 * @param {StoragePair[]} ring
 * @returns {StoragePair[]} its places and the middles of its sides: rings that meet in points go through one side at a time
 */
function withMiddles(ring) {
  return ring.flatMap(([x, y], index) => {
    const [nx, ny] = /** @type {StoragePair} */ (ring[(index + 1) % ring.length]);
    return /** @type {StoragePair[]} */ ([[x, y], [(x + nx) / 2, (y + ny) / 2]]);
  });
}

/**
 * @param {StoragePair[]} ring
 * @param {StoragePair} place
 * @returns {boolean}
 */
function isOn(ring, place) {
  return ring.some((a, index) => meeting(a, /** @type {StoragePair} */ (ring[(index + 1) % ring.length]), place, place) !== null);
}

/** @typedef {[number, number, number, number]} PlaceBox */

/**
 * @param {StoragePair[]} ring
 * @returns {PlaceBox} west, south, east, north
 */
function boxOf(ring) {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of ring) {
    if (x < west) west = x;
    if (y < south) south = y;
    if (x > east) east = x;
    if (y > north) north = y;
  }
  return [west, south, east, north];
}

/**
 * @param {PlaceBox} [inner]
 * @param {PlaceBox} [outer]
 * @returns {boolean}
 */
function isWithin(inner, outer) {
  return inner !== undefined && outer !== undefined && inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3];
}

/**
 * @param {StoragePair[]} inner
 * @param {StoragePair[]} ring
 * @returns {StoragePair[]} places of a ring that lie in another, and not on it
 */
function placesIn(inner, ring) {
  const [west, south, east, north] = boxOf(ring);
  return withMiddles(inner).filter(([x, y]) => x > west && x < east && y > south && y < north && ringHolds(ring, [x, y]) && !isOn(ring, [x, y]));
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
    for (const [, ring] of rings) {
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
 * @param {Touch[]} touches
 * @returns {Fault | null} where a part lies in another, and not in a hole of it, or goes through it by its points
 */
function faultOfParts(parts, touches) {
  for (const [index, [shell = []]] of parts.entries()) {
    for (const [another, [other = [], ...holes]] of parts.entries()) {
      if (another === index) continue;
      const inside = placesIn(shell, other).filter((place) => !holes.some((hole) => ringHolds(hole, place) || isOn(hole, place)));
      const at = inside[0];
      const isThrough = touches.some(({ rings: [[one], [two]] }) => one !== two && [one, two].includes(index) && [one, two].includes(another));
      if (at) return { reason: isThrough ? 'Self-intersection' : 'Nested shells', at };
    }
  }
  return null;
}
