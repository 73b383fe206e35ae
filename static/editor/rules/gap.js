/**
 * Gaps: land between parcels, narrower than a width, that no parcel of the level covers and one did; as cadastre/gap.py,
 * on what is loaded.
 *
 * @module rules/gap
 */

/** @import {Graph} from '../graph.js' */
/** @import {StoragePair} from '../types.js' */
/** @import {MetreBox, Metres, Rings} from './common_land.js' */
/** @import {Piece} from './closing.js' */
/** @import {RuleBook} from './rule_book.js' */
/** @import {Plane} from './shapes.js' */
/** @import {PartPlaces} from './validity.js' */

import { narrowPieces, sidesOf, widened } from './closing.js';
import { landWhere } from './common_land.js';
import { commonBox, extentOf, planeOver } from './shapes.js';

/** The default of the rule, where nobody told how it is set. */
const GAP_WIDTH_M = 0.5;
const NOISE_M2 = 1e-4;
/** What comes so near to a piece lies at it. */
const TOUCH_M = 0.002;

/** @typedef {{parcels: string[], areaM2: number, place: StoragePair[][], isNew: boolean}} Gap `isNew`: none of its land was a gap before */

/** @typedef {(id: string) => PartPlaces[]} State shapes by id; none where a parcel is not there or of another level */

/** @typedef {{was: State, now: State}} States */

/**
 * @param {Graph} graph
 * @param {RuleBook} rules
 * @returns {number} metres, from which on open land is no gap
 */
export function gapWidthOf(graph, rules) {
  return rules.number('gap', 'width_m', graph.base.grid.gapWidthM || GAP_WIDTH_M);
}

/**
 * @param {Graph} graph
 * @param {readonly string[]} changed ids of one level
 * @param {Iterable<string>} all ids of the level, before and now
 * @param {States} states
 * @param {{widthM: number, within?: MetreBox | null}} terms `widthM`: from which on open land is no gap; `within`: where alone the shapes are known
 * @returns {{opened: Gap[], closed: string[][]}}
 */
export function changedGaps(graph, changed, all, { was, now }, { widthM, within = null }) {
  const box = changed.length > 0 && !coversTheSame(changed, was, now) ? changedBox(changed, was, now) : null;
  const region = box && within ? commonBox([box, within]) : box;
  if (!region) return { opened: [], closed: [] };
  const plane = planeOver(graph, region);
  const [, , east, north] = plane.box;
  const near = [...all].filter((id) => [was(id), now(id)].some((parts) => parts.length > 0 && isNear(plane, parts, widthM)));
  /** @type {(state: State) => {id: string, rings: Rings}[]} */
  const landOf = (state) => near.flatMap((id) => (state(id).length > 0 ? [{ id, rings: plane.rings(state(id)) }] : []));
  const ids = new Set(changed);
  const before = landOf(was);
  const after = landOf(now);
  const whole = /** @type {MetreBox} */ ([0, 0, east, north]);
  const opened = gapsIn(widthM, whole, after, before.filter(({ id }) => ids.has(id)));
  const closed = gapsIn(widthM, whole, before, after.filter(({ id }) => ids.has(id)))
    .filter(({ rings }) => landWhere([rings, ...after.map((one) => one.rings)], (has) => has[0] === true && !has.includes(true, 1), boxAround(rings)).areaM2 <= NOISE_M2);
  // What widens a gap that was there is no new one, whoever comes to it; it is only looked at where some of it was open before.
  const old = opened.some(({ isWider }) => isWider) ? narrowPieces(before.map(({ rings }) => rings), widthM, whole) : [];
  const isOld = (/** @type {Piece} */ piece) => old.some((one) => landWhere([piece.rings, one.rings], (has) => has[0] === true && has[1] === true, boxAround(piece.rings)).areaM2 > NOISE_M2);
  return {
    opened: opened.map((piece) => ({ parcels: piece.parcels, areaM2: piece.areaM2, place: piece.rings.slice(0, 1).map((ring) => ring.map(plane.back)), isNew: !isOld(piece) })),
    closed: closed.map(({ parcels }) => parcels),
  };
}

/** @typedef {{id: string, rings: Rings}} Land */

/**
 * @param {number} widthM
 * @param {MetreBox} box
 * @param {Land[]} land of all parcels in one state
 * @param {Land[]} other of those that change, in the other state
 * @returns {(Piece & {parcels: string[], isWider: boolean})[]} narrow pieces that nobody covers, on what the others cover
 */
function gapsIn(widthM, box, land, other) {
  const count = other.length;
  const shapes = [...other, ...land].map(({ rings }) => rings);
  const isLost = (/** @type {boolean[]} */ has) => has.indexOf(true) < count && has.indexOf(true) >= 0 && !has.includes(true, count);
  if (count === 0 || landWhere(shapes, isLost, box).areaM2 <= NOISE_M2) return [];
  return narrowPieces(land.map(({ rings }) => rings), widthM, box).flatMap((piece) => {
    const own = boxAround(piece.rings);
    const lost = landWhere([piece.rings, ...other.map(({ rings }) => rings)], (has) => has[0] === true && has.includes(true, 1), own).areaM2;
    const parcels = lost > NOISE_M2 ? around(piece, land) : [];
    return parcels.length > 0 ? [{ ...piece, parcels, isWider: piece.areaM2 - lost > NOISE_M2 }] : [];
  });
}

/**
 * Is every side that parcels gave up or took made up for by another of them? Then what they cover stayed.
 * @param {readonly string[]} changed
 * @param {State} was
 * @param {State} now
 * @returns {boolean} false also where nobody can say
 */
function coversTheSame(changed, was, now) {
  /** @type {Map<string, number>} */
  const sides = new Map();
  for (const id of changed) {
    for (const [parts, sign] of /** @type {const} */ ([[was(id), 1], [now(id), -1]])) {
      for (const part of parts) part.forEach((ring, index) => runThrough(sides, ring, index === 0 ? sign : -sign));
    }
  }
  return [...sides.values()].every((times) => times === 0);
}

/**
 * @param {Map<string, number>} sides
 * @param {readonly StoragePair[]} ring
 * @param {number} times
 */
function runThrough(sides, ring, times) {
  const [[x0, y0] = [0, 0]] = ring;
  let twice = 0;
  ring.forEach(([ax, ay], index) => {
    const [bx, by] = ring[(index + 1) % ring.length] ?? [0, 0];
    twice += (ax - x0) * (by - y0) - (bx - x0) * (ay - y0);
  });
  const sign = twice < 0 ? -times : times;
  ring.forEach((a, index) => {
    const b = /** @type {StoragePair} */ (ring[(index + 1) % ring.length]);
    const isUp = a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
    const key = isUp ? `${a.join()} ${b.join()}` : `${b.join()} ${a.join()}`;
    sides.set(key, (sides.get(key) ?? 0) + (isUp ? sign : -sign));
  });
}

/**
 * @param {readonly string[]} changed
 * @param {State} was
 * @param {State} now
 * @returns {MetreBox | null} in storage units: of the sides that are in exactly one of the two states
 */
function changedBox(changed, was, now) {
  /** @type {StoragePair[]} */
  const ends = [];
  for (const id of changed) {
    const [old, fresh] = [was(id), now(id)].map(sidesByName);
    for (const [name, side] of old ?? []) if (!fresh?.has(name)) ends.push(...side);
    for (const [name, side] of fresh ?? []) if (!old?.has(name)) ends.push(...side);
  }
  const box = extentOf([[ends]]);
  return box[0] < box[2] && box[1] < box[3] ? box : null;
}

/**
 * @param {PartPlaces[]} parts
 * @returns {Map<string, [StoragePair, StoragePair]>}
 */
function sidesByName(parts) {
  return new Map(sidesOf(/** @type {Rings} */ (/** @type {unknown} */ (parts.flat()))).map(([a, b]) => {
    const [p, q] = [a.join(), b.join()];
    return [p < q ? `${p} ${q}` : `${q} ${p}`, [a, b]];
  }));
}

/**
 * @param {Plane} plane
 * @param {PartPlaces[]} parts
 * @param {number} widthM
 * @returns {boolean} whether the shape comes within a gap's width of the plane's box: the other side of a gap lies off it
 */
function isNear(plane, parts, widthM) {
  const [west, south, east, north] = extentOf(parts);
  const [[[w = 0, s = 0] = [], [e = 0, n = 0] = []] = []] = plane.rings([[[[west, south], [east, north]]]]);
  const reach = widened(plane.box, widthM);
  return w <= reach[2] && e >= reach[0] && s <= reach[3] && n >= reach[1];
}

/**
 * @param {Piece} piece
 * @param {readonly Land[]} land
 * @returns {string[]} of the parcels that come to it, ascending
 */
function around({ rings }, land) {
  const sides = sidesOf(rings);
  const reach = widened(boxAround(rings), TOUCH_M);
  return land.filter((one) => sidesOf(one.rings).some((side) => isWithin(side, reach) && sides.some((own) => distance(side, own) <= TOUCH_M))).map(({ id }) => id).sort();
}

/**
 * @param {Rings} rings
 * @returns {MetreBox}
 */
function boxAround(rings) {
  return extentOf(rings.map((ring) => [/** @type {StoragePair[]} */ (ring)]));
}

/**
 * @param {[Metres, Metres]} side
 * @param {MetreBox} box
 * @returns {boolean}
 */
function isWithin([[ax, ay], [bx, by]], [west, south, east, north]) {
  return Math.max(ax, bx) >= west && Math.min(ax, bx) <= east && Math.max(ay, by) >= south && Math.min(ay, by) <= north;
}

/**
 * @param {[Metres, Metres]} one
 * @param {[Metres, Metres]} other
 * @returns {number} metres between two sides that do not cross: from an end of one of them
 */
function distance([a, b], [p, q]) {
  return Math.min(fromSide(a, p, q), fromSide(b, p, q), fromSide(p, a, b), fromSide(q, a, b));
}

/**
 * @param {Metres} place
 * @param {Metres} a
 * @param {Metres} b
 * @returns {number}
 */
function fromSide([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
