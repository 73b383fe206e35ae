/**
 * What a pixel snaps to: a point before a crossing of lines, before the middle of an edge, a perpendicular, the extension of
 * an edge, and last the edge itself. Arithmetic in pixels; where exactly it lies says snap_position.js.
 *
 * @module snap
 */

/** @import {OnLine, SnapIndex, Target} from './snap_index.js' */
/** @import {LonLat, Point} from '../types.js' */

import { nearestOnSegment } from '../storage/geodesy.js';
import { nearestPoint, pixelsOf } from './snap_index.js';

/**
 * @typedef {{kind: 'point', point: Target} | ({kind: 'edge' | 'midpoint' | 'extension'} & OnLine)
 *   | ({kind: 'perpendicular', from: Place} & OnLine) | {kind: 'crossing', lines: [OnLine, OnLine]}} Snap
 */

/** @typedef {LonLat & {pair?: import('../types.js').StoragePair | null}} Place */

/**
 * What is measured from: the last point of a line, the neighbours of a point that is moved. `guides` are edges at hand whose
 * extensions reach across the whole view; those of others reach only as far as somebody would look along them.
 * @typedef {{from: readonly Place[], guides: readonly [Point, Point][]}} Anchors
 */

/** @type {Anchors} */
export const NO_ANCHORS = { from: [], guides: [] };

/** Everything but a point and an edge catches from a little nearer, so that a hand can still choose a place on an edge. */
const SHARE = 0.8;
/** What is caught is let go a little farther out than it catches, so that it does not flicker. */
const HOLD = 1.25;
/** Shorter edges have no room for a middle, and tell no direction to a pixel. */
const LEAST_PX = 30;
/** An extension reaches this far, and not beyond twice the edge. */
const EXTENDED_PX = 240;
/** Lines that meet at less than this have no place where they cross. @type {number} */
const LEAST_SINE = Math.sin((4 * Math.PI) / 180);
/** Of many lines at a place so many are crossed with each other. */
const MOST_LINES = 12;

/** @type {Record<Snap['kind'], number>} */
const RANK = { point: 0, crossing: 1, midpoint: 2, perpendicular: 3, extension: 4, edge: 5 };

/** A line near the pixel, with the pixels of a and b. @typedef {OnLine & {px: [number, number, number, number], away: number, isExtension: boolean}} Near */

/** @typedef {{snap: Snap, away: number}} Candidate */

/**
 * @param {SnapIndex} index
 * @param {[number, number]} pixel
 * @param {number} reach pixels
 * @param {{anchors?: Anchors, project?: (place: LonLat) => [number, number], last?: Snap | null, origin?: [number, number] | null}} [about] `last`: what
 *   it snapped to a moment ago; `origin`: where lengths are measured from
 * @returns {Snap | null}
 */
export function snapAt(index, [x, y], reach, { anchors = NO_ANCHORS, project, last = null, origin = null } = {}) {
  const held = last?.kind === 'point' ? reach * HOLD : reach;
  const point = nearestPoint(index, x, y, held);
  // Farther out only what was caught already holds.
  if (point && (point === (last?.kind === 'point' ? last.point : null) || nearestPoint(index, x, y, reach) === point)) return { kind: 'point', point };
  // Alignments run through the place that is left itself: a small move away from it must stay possible.
  const isLeaving = origin !== null && Math.hypot(x - origin[0], y - origin[1]) < LEAST_PX;
  const lines = linesNear(index, [x, y], reach, anchors, project).filter((line) => !isLeaving || !line.isExtension);
  const near = reach * SHARE;
  /** @type {Candidate[]} */
  const candidates = [];
  const feet = project ? anchors.from.map((from) => ({ from, pixel: project(from) })) : [];
  for (const line of lines) {
    const { a, b, t, away, px, isExtension } = line;
    if (away > reach) continue;
    if (isExtension) candidates.push({ snap: { kind: 'extension', a, b, t }, away });
    else candidates.push({ snap: { kind: 'edge', a, b, t }, away }, ...middle(line, x, y), ...feet.flatMap(({ from, pixel }) => foot(line, px, from, pixel, x, y)));
  }
  candidates.push(...crossings(lines.filter((line) => line.away <= near * HOLD), x, y));
  return best(candidates, { reach, near, last });
}

/**
 * @param {Candidate[]} candidates
 * @param {{reach: number, near: number, last: Snap | null}} how
 * @returns {Snap | null}
 */
function best(candidates, { reach, near, last }) {
  let found = /** @type {Candidate | null} */ (null);
  for (const one of candidates) {
    const limit = one.snap.kind === 'edge' ? reach : isSame(one.snap, last) ? near * HOLD : near;
    if (one.away > limit) continue;
    const order = found ? RANK[one.snap.kind] - RANK[found.snap.kind] : -1;
    if (!found || order < 0 || (order === 0 && held(one, last) < held(found, last))) found = one;
  }
  return found?.snap ?? null;
}

/**
 * @param {Candidate} one
 * @param {Snap | null} last
 * @returns {number} pixels away; what was caught already counts for nearer
 */
function held({ snap, away }, last) {
  return isSame(snap, last) ? away / HOLD - 1 : away;
}

/**
 * @param {Snap} one
 * @param {Snap | null} other
 * @returns {boolean} whether they are the same kind of place on the same lines
 */
export function isSame(one, other) {
  return other !== null && nameOf(one) === nameOf(other);
}

/**
 * @param {Snap} snap
 * @returns {string}
 */
function nameOf(snap) {
  if (snap.kind === 'point') return `point ${snap.point.id}`;
  if (snap.kind === 'crossing') return `crossing ${snap.lines.map(({ a, b }) => `${a.id}|${b.id}`).sort().join(' ')}`;
  return `${snap.kind} ${snap.a.id}|${snap.b.id}${snap.kind === 'perpendicular' ? ` ${snap.from.lon} ${snap.from.lat}` : ''}`;
}

/**
 * @param {SnapIndex} index
 * @param {[number, number]} pixel
 * @param {number} reach
 * @param {Anchors} anchors
 * @param {((place: LonLat) => [number, number]) | undefined} project
 * @returns {Near[]} the nearest first
 */
function linesNear(index, [x, y], reach, anchors, project) {
  /** @type {Near[]} */
  const found = [];
  index.edgeCells.near(x, y, EXTENDED_PX, (item) => {
    const px = pixelsOf(index, item);
    const line = lineAt(x, y, px, reach);
    const edge = index.edges[item];
    if (!line || !edge || line.beyond > Math.min(EXTENDED_PX, 2 * line.length)) return;
    found.push({ a: edge[0], b: edge[1], t: line.t, px, away: line.away, isExtension: line.beyond > 0 });
  });
  for (const [a, b] of project ? anchors.guides : []) {
    const px = /** @type {Near['px']} */ ([...project?.(a) ?? [], ...project?.(b) ?? []]);
    const line = lineAt(x, y, px, reach);
    const isKnown = found.some((one) => one.a === a && one.b === b);
    if (line && !isKnown) found.push({ a, b, t: line.t, px, away: line.away, isExtension: true });
  }
  return found.sort((one, other) => one.away - other.away).slice(0, MOST_LINES);
}

/**
 * @param {number} x
 * @param {number} y
 * @param {Near['px']} px
 * @param {number} reach
 * @returns {{t: number, away: number, beyond: number, length: number} | null} `beyond`: pixels from the edge along its extension
 */
function lineAt(x, y, [ax, ay, bx, by], reach) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = Math.hypot(dx, dy);
  if (length === 0) return null;
  const across = Math.abs((x - ax) * dy - (y - ay) * dx) / length;
  if (across > reach) return null;
  const t = ((x - ax) * dx + (y - ay) * dy) / (length * length);
  const over = Math.max(-t, t - 1, 0) * length;
  // Round its end an edge is as near as its end.
  const end = Math.hypot(across, over);
  if (over === 0 || end <= reach) return { t: Math.min(1, Math.max(0, t)), away: end, beyond: 0, length };
  return length < LEAST_PX ? null : { t, away: across, beyond: over, length };
}

/**
 * @param {Near} line
 * @param {number} x
 * @param {number} y
 * @returns {Candidate[]}
 */
function middle({ a, b, px: [ax, ay, bx, by] }, x, y) {
  if (Math.hypot(bx - ax, by - ay) < LEAST_PX) return [];
  return [{ snap: { kind: 'midpoint', a, b, t: 0.5 }, away: Math.hypot((ax + bx) / 2 - x, (ay + by) / 2 - y) }];
}

/**
 * @param {Near} line
 * @param {Near['px']} px
 * @param {Place} from
 * @param {[number, number]} pixel of `from`
 * @param {number} x
 * @param {number} y
 * @returns {Candidate[]} where the perpendicular from a place meets the edge
 */
function foot({ a, b }, [ax, ay, bx, by], from, [fx, fy], x, y) {
  const { t, distance } = nearestOnSegment(fx, fy, ax, ay, bx, by);
  if (t === 0 || t === 1 || distance < 2) return [];
  return [{ snap: { kind: 'perpendicular', a, b, t, from }, away: Math.hypot(ax + t * (bx - ax) - x, ay + t * (by - ay) - y) }];
}

/**
 * @param {Near[]} lines
 * @param {number} x
 * @param {number} y
 * @returns {Candidate[]} where two of them cross
 */
function crossings(lines, x, y) {
  return lines.flatMap((one, index) => lines.slice(index + 1).flatMap((other) => {
    if ([other.a, other.b].some((end) => end === one.a || end === one.b)) return [];
    const [ax, ay, bx, by] = one.px;
    const [cx, cy, dx, dy] = other.px;
    const [ux, uy, vx, vy] = [bx - ax, by - ay, dx - cx, dy - cy];
    const cross = ux * vy - uy * vx;
    if (Math.abs(cross) < LEAST_SINE * Math.hypot(ux, uy) * Math.hypot(vx, vy)) return [];
    const t = ((cx - ax) * vy - (cy - ay) * vx) / cross;
    const s = ((cx - ax) * uy - (cy - ay) * ux) / cross;
    if (!isOn(one, t) || !isOn(other, s)) return [];
    /** @type {[OnLine, OnLine]} */
    const both = [{ a: one.a, b: one.b, t }, { a: other.a, b: other.b, t: s }];
    return [{ snap: { kind: 'crossing', lines: both }, away: Math.hypot(ax + t * ux - x, ay + t * uy - y) }];
  }));
}

/**
 * @param {Near} line
 * @param {number} t
 * @returns {boolean} whether a place is on the edge, or on its extension, whichever of them is near
 */
function isOn({ isExtension }, t) {
  return isExtension || (t >= 0 && t <= 1);
}
