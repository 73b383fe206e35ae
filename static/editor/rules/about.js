/**
 * Shapes of thousands of points, as far as they lie about a box: what is in it is there to the bit, and of the rest only
 * as much as says on which side of it the box is. A road that goes through a town is judged so while a hand moves.
 *
 * @module rules/about
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box, Parcel, Part, PointId, Ring, StoragePair} from '../types.js' */
/** @import {PartPlaces} from './validity.js' */

import { boxAbout, changedPlaces, isLong, sections } from '../land/long_rings.js';
import { boxesMeet, boxOf } from '../storage/geodesy.js';

/**
 * A ring that lies elsewhere is left out: whether a place of the box is inside does not hang by it. Of a long one that
 * comes to the box the pieces that stay on one side of it become a straight line on that side.
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {Box} box degrees
 * @returns {PartPlaces[]} none where nothing of the parcel is there
 */
export function placesAbout(graph, parcel, box) {
  return parcel.parts.map((part) => part.filter((ring) => boxesMeet(boxAbout(graph, ring), box)).map((ring) => ringAbout(graph, ring, box))).filter((part) => part.length > 0);
}

/**
 * @param {Graph} graph
 * @param {Ring} ring
 * @param {Box} box
 * @returns {StoragePair[]}
 */
function ringAbout(graph, ring, box) {
  const at = (/** @type {number} */ place) => graph.pairOf(graph.point(/** @type {PointId} */ (ring[place])));
  if (!isLong(ring)) return ring.map((_, place) => at(place));
  return sections(graph, ring, box).flatMap(({ from, to, isSeen }) => (isSeen || to - from < 2 ? Array.from({ length: to - from }, (_, step) => at(from + step)) : [at(from), at(to - 1)]));
}

/**
 * Where two states of a parcel of thousands of points differ: each of its rings is compared from both its ends, and only
 * what is between is looked at.
 * @param {Graph} before
 * @param {Graph} after
 * @param {Parcel} old
 * @param {Parcel} now
 * @returns {Box | null} around the sides that are in one of the two; null where there is none
 */
export function regionOfLong(before, after, old, now) {
  const [was, is] = [old.parts.flat(), now.parts.flat()];
  if (was.length !== is.length) return boxOf([...ends(before, was), ...ends(after, is)]);
  const places = was.flatMap((ring, index) => {
    const other = is[index] ?? [];
    const moved = [...changedPlaces(after, other)];
    if (ring === other && moved.length === 0) return [];
    const [from, back] = ring === other ? [0, 0] : alike(ring, other);
    // A point that is dragged stands elsewhere than it was loaded, in either list.
    const about = (/** @type {Graph} */ state, /** @type {Ring} */ of) => {
      const near = moved.flatMap((place) => [place - 1, place, place + 1].map((each) => other[(each + other.length) % other.length])).filter((id) => id !== undefined && state.knows(id));
      const between = ring === other ? [] : of.slice(Math.max(0, from - 1), of.length - back + 1);
      return [...between, ...near].map((id) => state.point(/** @type {PointId} */ (id)));
    };
    return [...about(before, ring), ...about(after, other)];
  });
  return boxOf(places);
}

/**
 * @param {Ring} one
 * @param {Ring} other
 * @returns {[number, number]} how many points of the beginning are the same, and of the rest at the end
 */
function alike(one, other) {
  const most = Math.min(one.length, other.length);
  let from = 0;
  while (from < most && one[from] === other[from]) from += 1;
  let back = 0;
  while (back < most - from && one[one.length - 1 - back] === other[other.length - 1 - back]) back += 1;
  return [from, back];
}

/**
 * @param {Graph} state
 * @param {Part} rings
 */
function ends(state, rings) {
  return rings.flatMap((ring) => state.places(ring));
}
