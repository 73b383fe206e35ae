/**
 * Dividing a shape by straight parallel lines so that the pieces have given areas, to 0.01 m² as they are stored; as
 * cadastre/parallel_division.py. The offset of a line is sought on the true area of what it cuts off, with the points that
 * noding takes: the area in the plane is a good guess of it, and the difference is added to the guess.
 *
 * @module land/parallel_division
 */

/** @import {Part, PointId} from '../types.js' */
/** @import {Face} from './division.js' */
/** @import {Direction} from './half_plane.js' */
/** @import {Trial, Wanted} from './section_correction.js' */
/** @import {Work} from './work.js' */

import { ActionRefused } from '../actions/refused.js';
import { figure } from '../format.js';
import { divide, openedShape } from './division.js';
import { dot, Profile } from './half_plane.js';
import { centroid, sectionOf } from './section.js';
import { CLOSE_M2, corrected, missingM2, trialOf } from './section_correction.js';
import { trueAreaM2 } from './true_area.js';

export const TOLERANCE_M2 = 0.01;
const GUESSES = 5;
const PASSES = 3;
/** That a line reaches beyond the shape. */
const BEYOND_M = 1;
/** What counts, of a change of the whole, where nothing else is said. */
export const DRIFT_WEIGHT = 0.01;

/** A shape that is divided: others are points of its level, those that lie on a stretch become vertices of it. @typedef {{work: Work, shape: Part[], others: PointId[], direction: Direction}} Task */

/**
 * @param {Task} task
 * @param {Wanted} wanted
 * @returns {Trial} the line in a direction that has so much of the shape on its right
 * @throws {ActionRefused} where that is out of reach
 */
export function lineOfArea(task, wanted) {
  const best = corrected(task.work, task.shape, guessed(task, wanted));
  if (Math.abs(missingM2(best)) > TOLERANCE_M2) {
    throw new ActionRefused('invalid_operation', `${figure(wanted.areaM2, 2)} m² cannot be cut off in this direction with the points that are there already: the nearest is ${figure(best.rightM2, 2)} m².`);
  }
  return best;
}

/**
 * Parallel lines, from right to left, that divide the shape into parts of one area. Each part is its share of what is left,
 * for new points on the boundary change the whole by a little; on the ellipsoid, where no long line is straight, by some
 * more: then that is counted in from the start.
 * @param {Task} task
 * @param {number} parts
 * @returns {Trial[]}
 */
export function linesOfEqualParts(task, parts) {
  let start = trueAreaM2(task.work, task.shape);
  /** @type {Trial[]} */
  let lines = [];
  for (let pass = 0; pass < PASSES; pass += 1) {
    let [shape, whole, done] = [task.shape, start, 0];
    lines = [];
    for (let left = parts; left > 1; left -= 1) {
      // What comes to the whole after the first is shared only by the parts that are not cut off yet.
      const driftWeight = lines.length === 0 ? DRIFT_WEIGHT : Math.max(1 / parts, 1 / left - 1 / parts);
      const line = lineOfArea({ ...task, shape }, { areaM2: done + (whole - done) / left, shareOfDrift: 1 / left, driftWeight });
      lines.push(line);
      [whole, done] = [whole + line.driftM2, line.rightM2];
      shape = openedShape(shape, line.section.insertions);
    }
    const unforeseen = trueAreaM2(task.work, shape) - whole;
    if (Math.abs(unforeseen) <= CLOSE_M2) break;
    start += unforeseen;
  }
  return lines;
}

/**
 * @param {Task} task
 * @param {Wanted} wanted
 * @returns {Trial}
 */
function guessed(task, wanted) {
  const profile = new Profile(task.work, task.shape, task.direction);
  const scale = trueAreaM2(task.work, task.shape) / profile.area;
  let planar = wanted.areaM2 / scale;
  /** @type {Trial[]} */
  const trials = [];
  for (let round = 0; round < GUESSES; round += 1) {
    const before = trials.at(-1);
    let trial;
    try {
      trial = trialAt(task, profile, profile.offsetOf(planar), wanted);
    } catch (error) {
      if (!(error instanceof ActionRefused)) throw error;
      if (trials.length > 0) break;
      throw new ActionRefused('invalid_operation', `${figure(wanted.areaM2, 2)} m² cannot be cut off in this direction: ${error.message}`);
    }
    trials.push(trial);
    const missing = Math.abs(missingM2(trial));
    if (missing <= CLOSE_M2 || missing > (before ? Math.abs(missingM2(before)) : Infinity) / 2) break;
    planar += missingM2(trial) / scale;
  }
  return trials.reduce((best, trial) => (Math.abs(missingM2(trial)) < Math.abs(missingM2(best)) ? trial : best));
}

/**
 * @param {Task} task
 * @param {Profile} profile
 * @param {number} offset
 * @param {Wanted} wanted
 * @returns {Trial}
 */
function trialAt({ work, shape, others, direction }, profile, offset, wanted) {
  const ends = [profile.alongs.least - BEYOND_M, profile.alongs.most + BEYOND_M].map((far) => {
    const [x, y] = [0, 1].map((axis) => (direction.left[axis] ?? 0) * offset + (direction.along[axis] ?? 0) * far);
    return work.standIn(work.storageOf([x ?? 0, y ?? 0]));
  });
  const section = sectionOf(work, shape, ends, others);
  const { faces } = divide(work, openedShape(shape, section.insertions), section.stretches);
  const right = faces.filter((face) => stripOf(work, direction, face, [offset]) === 0).map(({ part }) => part);
  return trialOf(work, shape, { section, offset, right, wanted });
}

/**
 * @param {Work} work
 * @param {Direction} direction
 * @param {Face} face
 * @param {number[]} offsets
 * @returns {number} the number, from the right, of the strip between parallel lines in which a face lies
 */
export function stripOf(work, direction, face, offsets) {
  const left = dot(centroid(work, face.part), direction.left);
  return offsets.filter((offset) => offset < left).length;
}
