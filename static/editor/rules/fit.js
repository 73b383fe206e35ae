/**
 * Where parcels that are to be one do not fit together: overlaps and gaps between them, above tolerance; as
 * cadastre/contact.py. A gap is sought between two sides that run along each other, which is where its closing by a buffer
 * finds it.
 *
 * @module rules/fit
 */

/** @import {Graph} from '../graph.js' */
/** @import {Parcel} from '../types.js' */
/** @import {Metres, Rings} from './common_land.js' */
/** @import {PartPlaces} from './validity.js' */

import { label } from '../actions/ring_repair.js';
import { figure } from '../format.js';
import { landWhere } from './common_land.js';
import { gapWidthOf } from './gap.js';
import { commonOf, counts } from './pairs.js';
import { USUAL } from './rule_book.js';
import { extentOf, placesOf, planeOver } from './shapes.js';

/** Sides that part by more than this are a corner of open land: 2·asin(1/20). */
const LEAST_COSINE = Math.cos(2 * Math.asin(1 / 20));
const TOLERANCE_M2 = 0.01;
const NOISE_WIDTH_M = 0.001;

/** @typedef {{rule: 'overlap' | 'gap', parcels: string[], message: string}} Misfit */

/**
 * @param {Graph} graph
 * @param {Parcel[]} members
 * @returns {Misfit | null} the first, overlaps before gaps
 */
export function misfitOf(graph, members) {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1)).map((parcel) => ({ parcel, parts: placesOf(graph, parcel) }));
  const pairs = sorted.flatMap((one, index) => sorted.slice(index + 1).map((other) => /** @type {const} */ ([one, other])));
  for (const [one, other] of pairs) {
    const common = commonOf(graph, [one.parts, other.parts]);
    if (common && counts(common)) return misfit('overlap', [one.parcel, other.parcel], `overlap by ${figure(common.land.areaM2, 2)} m²: mend that before they are merged.`);
  }
  const ids = new Set(members.map(({ id }) => id));
  const others = [...graph.parcels()].filter((parcel) => !ids.has(parcel.id) && parcel.level === members[0]?.level);
  for (const [one, other] of pairs) {
    const areaM2 = gapBetween(graph, one.parts, other.parts, sorted.map(({ parts }) => parts), others);
    if (areaM2 > 0) return misfit('gap', [one.parcel, other.parcel], `have a gap of ${figure(areaM2, 2)} m² between them: close it before they are merged.`);
  }
  return null;
}

/**
 * @param {Misfit['rule']} rule
 * @param {Parcel[]} parcels
 * @param {string} what
 * @returns {Misfit}
 */
function misfit(rule, parcels, what) {
  return { rule, parcels: parcels.map(({ id }) => id), message: `${new Intl.ListFormat('en').format(parcels.map(label))} ${what}` };
}

/**
 * @param {Graph} graph
 * @param {PartPlaces[]} one
 * @param {PartPlaces[]} other
 * @param {PartPlaces[][]} members
 * @param {Parcel[]} others that may lie between
 * @returns {number} square metres between the two, narrower than a gap may be, that nobody covers; 0 where that is none
 */
function gapBetween(graph, one, other, members, others) {
  const [[w, s, e, n], [w2, s2, e2, n2]] = [extentOf(one), extentOf(other)];
  const plane = planeOver(graph, [Math.min(w, w2), Math.min(s, s2), Math.max(e, e2), Math.max(n, n2)]);
  const [mine, theirs] = [sidesOf(plane.rings(one)), sidesOf(plane.rings(other))];
  const widthM = gapWidthOf(graph, USUAL);
  const strips = mine.flatMap((side) => theirs.map((facing) => stripBetween(side, facing, widthM))).filter((strip) => strip !== null);
  if (strips.length === 0) return 0;
  const covering = [...members, ...others.map((parcel) => placesOf(graph, parcel))].map(plane.rings);
  const between = landWhere([...strips.map((strip) => [strip]), ...covering], (has) => has.slice(0, strips.length).includes(true) && !has.slice(strips.length).includes(true), plane.box);
  const width = (2 * between.areaM2) / between.lengthM;
  return between.areaM2 > TOLERANCE_M2 && width > NOISE_WIDTH_M && width < widthM ? between.areaM2 : 0;
}

/** @typedef {[Metres, Metres]} Side */

/**
 * @param {Rings} rings
 * @returns {Side[]}
 */
function sidesOf(rings) {
  return rings.flatMap((ring) => ring.map((a, index) => /** @type {Side} */ ([a, /** @type {Metres} */ (ring[(index + 1) % ring.length])])));
}

/**
 * @param {Side} side
 * @param {Side} facing
 * @param {number} widthM
 * @returns {Metres[] | null} the strip between the stretches of two sides that run along each other within a gap's width
 */
function stripBetween([[ax, ay], [bx, by]], [p, q], widthM) {
  const length = Math.hypot(bx - ax, by - ay);
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const [px, py] = [(p[0] - ax) * ux + (p[1] - ay) * uy, (p[1] - ay) * ux - (p[0] - ax) * uy];
  const [qx, qy] = [(q[0] - ax) * ux + (q[1] - ay) * uy, (q[1] - ay) * ux - (q[0] - ax) * uy];
  if (Math.abs(qx - px) < LEAST_COSINE * Math.hypot(qx - px, qy - py)) return null;
  const slope = (qy - py) / (qx - px);
  const away = (/** @type {number} */ along) => py + slope * (along - px);
  // Where the facing side comes nearer than the width, on either hand.
  const within = slope === 0 ? (Math.abs(py) < widthM ? [-Infinity, Infinity] : [0, 0]) : [-widthM, widthM].map((far) => px + (far - py) / slope).sort((a, b) => a - b);
  const from = Math.max(0, Math.min(px, qx), within[0] ?? 0);
  const to = Math.min(length, Math.max(px, qx), within[1] ?? 0);
  if (from >= to || Math.max(Math.abs(away(from)), Math.abs(away(to))) <= NOISE_WIDTH_M) return null;
  /** @param {number} along @param {number} aside @returns {Metres} */
  const at = (along, aside) => [ax + along * ux - aside * uy, ay + along * uy + aside * ux];
  return [at(from, 0), at(to, 0), at(to, away(to)), at(from, away(from))];
}
