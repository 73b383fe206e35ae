/**
 * The no-worse rule: what overlapped before may stay as it is, and nothing may overlap that did not; as
 * cadastre/no_worse.py and cadastre/overlap.py.
 *
 * @module rules/pairs
 */

/** @import {Graph} from '../graph.js' */
/** @import {StoragePair} from '../types.js' */
/** @import {Land} from './common_land.js' */
/** @import {RuleBook} from './rule_book.js' */
/** @import {Plane} from './shapes.js' */
/** @import {PartPlaces} from './validity.js' */

import { landWhere } from './common_land.js';
import { commonBox, extentOf, planeOver } from './shapes.js';

const TOLERANCE_M2 = 0.01;
const NOISE_WIDTH_M = 0.001;
const SLIVER_NOISE_M2 = 1e-4;

/** @typedef {{land: Land, plane: Plane}} Common */

/**
 * @typedef {object} PairVerdict
 * @property {[string, string]} parcels
 * @property {number} beforeM2 0 where it was within tolerance
 * @property {number} afterM2
 * @property {boolean} isWorse
 * @property {'overlap' | 'sliver' | null} rule what is recorded of it
 * @property {boolean} wasKnown whether something was recorded of the pair, or of those that it came out of
 * @property {string[]} gone rules that recorded it, and no longer do
 * @property {StoragePair[][]} place rings around what they have in common
 */

/** @typedef {(id: string) => PartPlaces[]} State shapes by id; none where a parcel is not there or of another level */

/**
 * @param {Graph} graph
 * @param {[string, string]} pair
 * @param {{was: State, now: State}} states
 * @param {{rules: RuleBook, isForced: boolean, isStack: boolean, within?: PartPlaces[]}} how `within`: where alone the two are known; isForced: only what refuses the edit is of interest; isStack: the two are one stack
 *   now, which is recorded as that
 * @returns {PairVerdict | null} null where they have nothing in common, before and after
 */
export function judgePair(graph, pair, { was, now }, { rules, isForced, isStack, within = [] }) {
  const [p, q] = pair;
  const toleranceM2 = rules.number('overlap', 'tolerance_m2', TOLERANCE_M2);
  const isMore = (/** @type {Common | null} */ common) => counts(common, toleranceM2);
  const isSliver = (/** @type {Common | null} */ common) => areaOf(common) > SLIVER_NOISE_M2 && !isMore(common);
  const shapes = [now(p), now(q)];
  const about = within.length > 0 ? [within] : [];
  const after = commonOf(graph, [...shapes, ...about]);
  if (isForced && !isMore(after)) return null;
  const own = commonOf(graph, [was(p), was(q), ...about]);
  const [before, older] = inherited(graph, pair, was, own);
  if (areaOf(after) <= SLIVER_NOISE_M2 / 2 && areaOf(before) <= SLIVER_NOISE_M2 / 2 && areaOf(own) <= SLIVER_NOISE_M2 / 2) return null;
  const rule = isStack ? null : isMore(after) ? 'overlap' : isSliver(after) ? 'sliver' : null;
  const gone = [isMore(own) && rule !== 'overlap' ? 'overlap' : '', isSliver(own) && rule !== 'sliver' ? 'sliver' : ''].filter(Boolean);
  return {
    parcels: pair, beforeM2: isMore(before) ? areaOf(before) : 0, afterM2: areaOf(after), isWorse: isMore(after) && isNewOrWorse(before, after, shapes, older), wasKnown: [own, before].some((one) => isMore(one) || isSliver(one)), rule, gone, place: outlines(after),
  };
}

/**
 * @param {Graph} graph
 * @param {PartPlaces[][]} shapes
 * @returns {Common | null}
 */
export function commonOf(graph, shapes) {
  const box = shapes.some((parts) => parts.length === 0) ? null : commonBox(shapes.map(extentOf));
  if (!box) return null;
  const plane = planeOver(graph, box);
  return { plane, land: landWhere(shapes.map(plane.rings), (has) => has.every(Boolean), plane.box) };
}

/**
 * What the pair had in common before: its own, or, where one was born or grew by a merge, its parents' too. A parcel has
 * nothing in common with itself: two pieces of one parcel had no overlap.
 * @param {Graph} graph
 * @param {[string, string]} pair
 * @param {State} was
 * @param {Common | null} own
 * @returns {[Common | null, PartPlaces[][][]]} it, and the pairs of shapes whose common land it is
 */
function inherited(graph, [p, q], was, own) {
  const [first, second] = [graph.family(p), graph.family(q)];
  const isOwn = first.length <= 1 && second.length <= 1 && (first[0] ?? p) === p && (second[0] ?? q) === q;
  if (isOwn) return [own, own ? [[was(p), was(q)]] : []];
  const pairs = first.flatMap((a) => second.filter((b) => b !== a).map((b) => [was(a), was(b)])).filter((shapes) => commonOf(graph, shapes) !== null);
  const [box] = [pairs.flat().map(extentOf)].map((boxes) => (boxes.length > 0 ? around(boxes) : null));
  if (!box) return [null, []];
  const plane = planeOver(graph, box);
  const land = landWhere(pairs.flat().map(plane.rings), (has) => isInPairs(has, 0), plane.box);
  return [{ plane, land }, pairs];
}

/**
 * @param {boolean[]} has for each shape of the pairs, one pair after the other, whether it is there
 * @param {number} from
 * @returns {boolean} whether both of one pair are
 */
function isInPairs(has, from) {
  for (let index = from; index + 1 < has.length; index += 2) if (has[index] && has[index + 1]) return true;
  return false;
}

/**
 * @param {import('./common_land.js').MetreBox[]} boxes
 * @returns {import('./common_land.js').MetreBox}
 */
function around(boxes) {
  return boxes.reduce(([w, s, e, n], [w2, s2, e2, n2]) => [Math.min(w, w2), Math.min(s, s2), Math.max(e, e2), Math.max(n, n2)]);
}

/**
 * Does the common land grow by more than tolerance, or leave what it was, widened by a millimetre?
 * @param {Common | null} before
 * @param {Common | null} after
 * @param {PartPlaces[][]} now the two shapes
 * @param {PartPlaces[][][]} was the pairs of shapes that had it before
 * @returns {boolean}
 */
function isNewOrWorse(before, after, now, was) {
  if (!after) return false;
  if (areaOf(after) - areaOf(before) > TOLERANCE_M2) return true;
  const { rings, box } = after.plane;
  const shapes = [...now, ...was.flat()].map(rings);
  const isNow = (/** @type {boolean[]} */ has) => has[0] === true && has[1] === true;
  const isOld = (/** @type {boolean[]} */ has) => isInPairs(has, 2);
  const left = landWhere(shapes, (has) => isNow(has) && !isOld(has), box);
  // The millimetre is taken off along the side where it left: as long as the outlines of what is new and of what stayed
  // have in common.
  const stayed = landWhere(shapes, (has) => isNow(has) && isOld(has), box);
  const side = Math.max(0, (left.lengthM + stayed.lengthM - after.land.lengthM) / 2);
  return counts({ land: { ...left, areaM2: left.areaM2 - side * NOISE_WIDTH_M } });
}

/**
 * @param {{land: Land} | null} common
 * @returns {number} square metres
 */
function areaOf(common) {
  return common?.land.areaM2 ?? 0;
}

/**
 * @param {{land: Land} | null} common
 * @param {number} [toleranceM2]
 * @returns {boolean} whether it is more than tolerance, and wider on average (2A/perimeter) than a millimetre
 */
export function counts(common, toleranceM2 = TOLERANCE_M2) {
  return common !== null && common.land.areaM2 > toleranceM2 && (2 * common.land.areaM2) / common.land.lengthM > NOISE_WIDTH_M;
}

/**
 * Trapezoids that stand on each other as one ring, for drawing.
 * @param {Common | null} common
 * @returns {StoragePair[][]}
 */
export function outlines(common) {
  if (!common) return [];
  /** @type {{west: import('./common_land.js').Metres[], east: import('./common_land.js').Metres[]}[]} */
  const columns = [];
  for (const [sw, se, ne, nw] of common.land.pieces) {
    const below = columns.find(({ west, east }) => isSame(west.at(-1), sw) && isSame(east.at(-1), se));
    const column = below ?? { west: [sw], east: [se] };
    if (!below) columns.push(column);
    column.west.push(nw);
    column.east.push(ne);
  }
  return columns.map(({ west, east }) => [...east, ...[...west].reverse()].map(common.plane.back));
}

/**
 * @param {import('./common_land.js').Metres | undefined} a
 * @param {import('./common_land.js').Metres} b
 * @returns {boolean}
 */
function isSame(a, [x, y]) {
  return a !== undefined && Math.abs(a[0] - x) < 1e-6 && Math.abs(a[1] - y) < 1e-6;
}
