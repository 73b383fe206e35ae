/**
 * Where a parcel's number stands: inside it, near its middle.
 *
 * @module label_place
 */

/** @import {Graph} from '../graph.js' */
/** @import {LonLat, Parcel, Part, Point} from '../types.js' */

import { hasLongRing } from '../land/long_rings.js';
import { ringAreaM2 } from '../storage/geodesy.js';

/** A place with the width, in degrees of longitude, of the stretch inside the parcel around it.
 * @typedef {LonLat & {width: number}} LabelPlace */

/** @type {WeakMap<Parcel, LabelPlace>} */
const places = new WeakMap();

/**
 * The middle of the widest stretch inside the largest part, on the horizontal line through its centre. Kept for
 * unchanged parcels.
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {LabelPlace}
 */
export function labelPlace(graph, parcel) {
  // A number in a road of thousands of points stays where it is while one of them moves.
  const isChanged = graph.changed().has(parcel.id) && !hasLongRing(parcel);
  const known = isChanged ? undefined : places.get(parcel);
  if (known) return known;
  const place = insidePlace(graph, parcel);
  if (!isChanged) places.set(parcel, place);
  return place;
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {LabelPlace}
 */
function insidePlace(graph, parcel) {
  const part = largestPart(graph, parcel);
  const shell = graph.places(part[0] ?? []);
  let [south, north] = [Infinity, -Infinity];
  for (const point of shell) {
    south = Math.min(south, point.lat);
    north = Math.max(north, point.lat);
  }
  const lat = (south + north) / 2;
  const crossings = part.flatMap((ring) => crossingsAt(graph.places(ring), lat)).sort((a, b) => a - b);
  let best = { lon: shell[0]?.lon ?? 0, width: -1 };
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const [from, to] = [crossings[i] ?? 0, crossings[i + 1] ?? 0];
    if (to - from > best.width) best = { lon: (from + to) / 2, width: to - from };
  }
  return { lon: best.lon, lat, width: Math.max(0, best.width) };
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {Part}
 */
function largestPart(graph, parcel) {
  let best = parcel.parts[0] ?? [];
  if (parcel.parts.length < 2) return best;
  let most = -1;
  for (const part of parcel.parts) {
    const area = ringAreaM2(graph.places(part[0] ?? []));
    if (area > most) [best, most] = [part, area];
  }
  return best;
}

/**
 * @param {Point[]} ring
 * @param {number} lat
 * @returns {number[]} longitudes where the ring crosses the parallel
 */
function crossingsAt(ring, lat) {
  const found = [];
  let a = ring.at(-1);
  for (const b of ring) {
    if (a && a.lat > lat !== b.lat > lat) found.push(a.lon + ((lat - a.lat) / (b.lat - a.lat)) * (b.lon - a.lon));
    a = b;
  }
  return found;
}

/**
 * The parcel at a place, the smallest where several lie over each other.
 * @param {Graph} graph
 * @param {LonLat} place
 * @returns {Parcel | null}
 */
export function parcelAt(graph, { lon, lat }) {
  let best = /** @type {Parcel | null} */ (null);
  let least = Infinity;
  for (const parcel of graph.parcels()) {
    const [w, s, e, n] = graph.envelope(parcel);
    if (lon < w || lon > e || lat < s || lat > n || (e - w) * (n - s) >= least) continue;
    const isInside = parcel.parts.some((part) => {
      const crossings = part.flatMap((ring) => crossingsAt(graph.places(ring), lat));
      return crossings.filter((x) => x > lon).length % 2 === 1;
    });
    if (isInside) [best, least] = [parcel, (e - w) * (n - s)];
  }
  return best;
}
