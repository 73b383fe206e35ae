/**
 * Correcting a section that was found by trials: its new boundary points make up for what is missing on its right. They are
 * moved along their boundary sides, then by some steps of the grid. As cadastre/section_correction.py.
 *
 * @module land/section_correction
 */

/** @import {Part, PointId} from '../types.js' */
/** @import {Section} from './section.js' */
/** @import {Work} from './work.js' */

import { metresPerUnit } from '../storage/storage_frame.js';
import { openedShape } from './division.js';
import { dot } from './half_plane.js';
import { runsLeft } from './rings.js';
import { trueAreaM2 } from './true_area.js';

/** Near enough to stop; two of these lie between two lines. */
export const CLOSE_M2 = 0.003;
const CORRECTIONS = 6;
/** That a new point may be moved along its side, either way: three millimetres. */
const GRID_STEPS = 30;
/** Steps that it may be moved off the side. */
const ASIDE = 4;

/** What is wanted on the right, which share of the change of the whole comes on top of it, and how much it counts that the whole stays as large as it was. @typedef {{areaM2: number, shareOfDrift: number, driftWeight: number}} Wanted */

/** `drift`: by how much the new points change the whole. @typedef {{section: Section, offset: number, right: Part[], rightM2: number, driftM2: number, wanted: Wanted}} Trial */

/** @typedef {[number, number]} Vector */

/**
 * @param {Work} work
 * @param {Part[]} shape that is divided
 * @param {{section: Section, offset: number, right: Part[], wanted: Wanted}} trial
 * @returns {Trial}
 */
export function trialOf(work, shape, { section, offset, right, wanted }) {
  let driftM2 = 0;
  for (const { drift } of driftsOf(work, shape, section).values()) driftM2 += drift;
  return { section, offset, right, rightM2: trueAreaM2(work, right), driftM2, wanted };
}

/**
 * @param {Trial} trial
 * @returns {number} what is missing on the right of it; below zero where there is too much
 */
export function missingM2({ wanted, rightM2, driftM2 }) {
  return wanted.areaM2 + wanted.shareOfDrift * driftM2 - rightM2;
}

/**
 * @param {Trial} trial
 * @returns {number} how bad it is
 */
function errorM2(trial) {
  return Math.abs(missingM2(trial)) + trial.wanted.driftWeight * Math.abs(trial.driftM2);
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {Trial} trial
 * @returns {Trial} its new points moved until the area on its right is what it should be, as far as they can
 */
export function corrected(work, shape, trial) {
  let best = trial;
  for (let round = 0; round < CORRECTIONS && errorM2(best) > CLOSE_M2; round += 1) {
    const slid = slidPoints(work, best);
    const moved = slid.size > 0 ? slid : steppedPoints(work, shape, best);
    /** @param {PointId} id */
    const place = (id) => moved.get(id) ?? id;
    const section = {
      stretches: best.section.stretches.map((stretch) => stretch.map(place)),
      insertions: best.section.insertions.map(({ segment, points }) => ({ segment, points: points.map(place) })),
    };
    const after = trialOf(work, shape, { ...best, section, right: best.right.map((part) => part.map((ring) => ring.map(place))) });
    if (errorM2(after) >= errorM2(best)) break;
    best = after;
  }
  return best;
}

/** A new point with its neighbours on the boundary. @typedef {{a: PointId, b: PointId, point: PointId}} Place */

/**
 * @param {Section} section
 * @returns {Place[]}
 */
function placesOf({ insertions }) {
  return insertions.flatMap(({ segment: [p, q], points }) => points.map((point, index) => ({ a: points[index - 1] ?? p, point, b: points[index + 1] ?? q })));
}

/**
 * @param {Place[]} places
 * @param {Map<PointId, Vector>} gains
 * @returns {Place[]} the most effective first
 */
function ranked(places, gains) {
  const effect = (/** @type {Place} */ { point }) => Math.hypot(...(gains.get(point) ?? [0, 0]));
  return [...places].sort((one, other) => effect(other) - effect(one));
}

/**
 * @param {Work} work
 * @param {Trial} trial
 * @returns {Map<PointId, PointId>} new points moved along their boundary sides; none where grid steps will do
 */
function slidPoints(work, trial) {
  /** @type {Map<PointId, PointId>} */
  const moved = new Map();
  const places = placesOf(trial.section);
  const gains = gainsOf(work, trial.right, places.map(({ point }) => point));
  const grid = gridM(work);
  const reach = [...gains.values()].reduce((sum, [east, north]) => sum + Math.max(Math.abs(east * grid[0]), Math.abs(north * grid[1])), 0);
  let rest = missingM2(trial);
  if (rest === 0 || Math.abs(rest) <= 2 * reach) return moved;
  for (const { a, b, point } of ranked(places, gains)) {
    const [low, here, high] = /** @type {[Vector, Vector, Vector]} */ ([a, point, b].map((id) => work.metres(id)));
    const unit = unitOf(low, high);
    const slope = dot(gains.get(point) ?? [0, 0], unit);
    const room = 2 * work.withinM;
    const before = dot(minus(here, low), unit) - room;
    const after = dot(minus(high, here), unit) - room;
    if (Math.abs(slope) < 1e-9 || before <= 0 || after <= 0) continue;
    const way = Math.min(after, Math.max(-before, rest / slope));
    const scale = scaleOf(work);
    const [x, y] = work.at(point);
    moved.set(point, work.make([x + (unit[0] * way) / scale[0], y + (unit[1] * way) / scale[1]]));
    rest -= way * slope;
    if (Math.abs(rest) <= CLOSE_M2) break;
  }
  return moved;
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {Trial} trial
 * @returns {Map<PointId, PointId>} the two most effective new points some steps of the grid aside: the least that comes close
 */
function steppedPoints(work, shape, trial) {
  const all = placesOf(trial.section);
  const gains = gainsOf(work, trial.right, all.map(({ point }) => point));
  const drifts = driftsOf(work, shape, trial.section);
  const grid = gridM(work);
  const axes = ranked(all, gains).slice(0, 2).map((place) => ({
    point: place.point,
    choices: stepsBeside(work, place).map(([i, j]) => {
      const metres = /** @type {Vector} */ ([i * grid[0], j * grid[1]]);
      return { step: /** @type {Vector} */ ([i, j]), far: i * i + j * j, drift: dot(metres, drifts.get(place.point)?.gain ?? [0, 0]), gain: dot(metres, gains.get(place.point) ?? [0, 0]) };
    }),
  }));
  const [first, second] = axes;
  if (!first) return new Map();
  const nothing = [{ step: /** @type {Vector} */ ([0, 0]), far: 0, drift: 0, gain: 0 }];
  let best = { cost: Infinity, far: Infinity, steps: /** @type {Vector[]} */ ([]) };
  const missing = missingM2(trial);
  const { shareOfDrift, driftWeight } = trial.wanted;
  for (const one of first.choices) {
    for (const other of second?.choices ?? nothing) {
      const drift = trial.driftM2 + one.drift + other.drift;
      const left = missing + (shareOfDrift * one.drift - one.gain) + (shareOfDrift * other.drift - other.gain);
      const cost = Math.max(Math.abs(left) + driftWeight * Math.abs(drift), CLOSE_M2 / 3);
      const far = one.far + other.far;
      if (cost < best.cost || (cost === best.cost && far < best.far)) best = { cost, far, steps: [one.step, other.step] };
    }
  }
  const steps = work.graph.base.grid.steps;
  return new Map(axes.map(({ point }, index) => {
    const [x, y] = work.at(point);
    const [i, j] = best.steps[index] ?? [0, 0];
    return [point, work.make([x + i / steps, y + j / steps])];
  }));
}

/**
 * @param {Work} work
 * @param {Place} place
 * @returns {Vector[]} steps of the grid from a new point to others on its boundary side, or next to it; first none at all
 */
function stepsBeside(work, { a, b, point }) {
  const grid = gridM(work);
  const [low, high, here] = /** @type {[Vector, Vector, Vector]} */ ([a, b, point].map((id) => work.metres(id)));
  const unit = unitOf(low, high);
  const away = minus(here, low);
  const length = Math.hypot(...minus(high, low));
  const room = 2 * work.withinM;
  const along = dot(away, unit);
  // The line through the ends, not through the point: that may be off it by half a step.
  const off = minus(away, [along * unit[0], along * unit[1]]);
  const least = Math.min(...grid);
  /** @type {Map<string, Vector>} */
  const steps = new Map();
  for (let step = -GRID_STEPS; step <= GRID_STEPS; step += 1) {
    const east = rounded((step * unit[0] * least - off[0]) / grid[0]);
    const north = rounded((step * unit[1] * least - off[1]) / grid[1]);
    for (let i = -ASIDE; i <= ASIDE; i += 1) for (let j = -ASIDE; j <= ASIDE; j += 1) steps.set(`${east + i},${north + j}`, [east + i, north + j]);
  }
  const kept = [...steps.values()].sort((p, q) => p[0] - q[0] || p[1] - q[1]).filter(([i, j]) => {
    const position = dot([away[0] + i * grid[0], away[1] + j * grid[1]], unit);
    return position > room && position < length - room;
  });
  return [[0, 0], ...kept];
}

/**
 * @param {number} value
 * @returns {number} the nearest whole number, the even one of two
 */
function rounded(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {Section} section
 * @returns {Map<PointId, {drift: number, gain: Vector}>} by how much each new point changes the whole, and would for each metre
 */
function driftsOf(work, shape, section) {
  const places = placesOf(section);
  const gains = gainsOf(work, openedShape(shape, section.insertions), places.map(({ point }) => point));
  return new Map(places.map(({ a, point }) => {
    const gain = gains.get(point) ?? [0, 0];
    return [point, { drift: dot(gain, minus(work.metres(point), work.metres(a))), gain }];
  }));
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {PointId[]} points
 * @returns {Map<PointId, Vector>} by how many square metres a shape grows when a point of it moves a metre east or north
 */
function gainsOf(work, shape, points) {
  /** @type {Map<PointId, Vector>} */
  const gains = new Map(points.map((id) => [id, [0, 0]]));
  for (const part of shape) {
    part.forEach((ring, index) => {
      if (!ring.some((id) => gains.has(id))) return;
      const sign = runsLeft(work, ring) === (index === 0) ? 0.5 : -0.5;
      ring.forEach((id, place) => {
        const gain = gains.get(id);
        if (!gain) return;
        const [east, north] = minus(work.metres(ring[(place + 1) % ring.length] ?? ''), work.metres(ring[(place + ring.length - 1) % ring.length] ?? ''));
        gains.set(id, [gain[0] + sign * north, gain[1] - sign * east]);
      });
    });
  }
  return gains;
}

/**
 * @param {Work} work
 * @returns {Vector} metres a storage unit where the shape is
 */
function scaleOf(work) {
  const { x, y } = metresPerUnit(work.graph.base.grid, work.middleY);
  return [x, y];
}

/**
 * @param {Work} work
 * @returns {Vector} metres a step of the grid
 */
function gridM(work) {
  const [x, y] = scaleOf(work);
  const { steps } = work.graph.base.grid;
  return [x / steps, y / steps];
}

/**
 * @param {Vector} a
 * @param {Vector} b
 * @returns {Vector}
 */
function minus([ax, ay], [bx, by]) {
  return [ax - bx, ay - by];
}

/**
 * @param {Vector} from
 * @param {Vector} to
 * @returns {Vector}
 */
function unitOf(from, to) {
  const [x, y] = minus(to, from);
  const length = Math.hypot(x, y);
  return [x / length, y / length];
}
