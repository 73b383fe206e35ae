/**
 * The ways to divide a parcel: along a line, by area, into equal parts; each finds its lines and orders the pieces. As
 * cadastre/operations/split_ways.py.
 *
 * @module actions/split_ways
 */

/** @import {Part, PointId, Split} from '../types.js' */
/** @import {Face} from '../land/division.js' */
/** @import {Section} from '../land/section.js' */

import { figure } from '../format.js';
import { acrossTheLongerSide } from '../land/direction.js';
import { directionOf } from '../land/half_plane.js';
import { DRIFT_WEIGHT, lineOfArea, linesOfEqualParts, stripOf, TOLERANCE_M2 } from '../land/parallel_division.js';
import { fromRightToLeft, sectionOf } from '../land/section.js';
import { trueAreaM2 } from '../land/true_area.js';
import { Work } from '../land/work.js';
import { ActionRefused } from './refused.js';

/**
 * A section for each line; how the faces between them make pieces, in order (whole parts that a drawn line did not divide are
 * in none); and whether what comes out has the areas.
 * @typedef {{sections: Section[], piecesOf: (faces: Face[]) => Face[][], check: (areasM2: number[]) => void}} Cut
 */

/**
 * @param {Work} work
 * @param {Part[]} parts of the parcel
 * @param {Split} operation
 * @param {{line: PointId[], others: PointId[]}} near the positions of the line; points of the parcel's level that may lie on one
 * @returns {Cut}
 * @throws {ActionRefused}
 */
export function cutOf(work, parts, operation, { line, others }) {
  if (operation.area_m2 !== undefined) return byArea(work, parts, operation.area_m2, operation.direction_deg ?? 0, others);
  if (operation.equal_parts !== undefined) return intoEqualParts(work, parts, operation.equal_parts, operation.direction_deg, others);
  return { sections: [sectionOf(work, parts, line, others)], piecesOf: (faces) => fromRightToLeft(work, line, faces).map((face) => [face]), check: () => {} };
}

/**
 * @param {Work} work
 * @param {Part[]} parts
 * @param {number} areaM2 of the piece to the right
 * @param {number} degrees
 * @param {PointId[]} others
 * @returns {Cut}
 */
function byArea(work, parts, areaM2, degrees, others) {
  const whole = trueAreaM2(work, parts);
  if (!(areaM2 > TOLERANCE_M2 && areaM2 < whole - TOLERANCE_M2)) {
    throw refused(`Of a parcel of ${figure(whole, 2)} m² not ${figure(areaM2, 2)} m² can be divided off: each of the two pieces needs more than ${TOLERANCE_M2} m².`);
  }
  const wanted = { areaM2, shareOfDrift: 0, driftWeight: DRIFT_WEIGHT };
  const check = (/** @type {number[]} */ [first = 0, ...rest]) => {
    if (rest.length !== 1 || Math.abs(first - areaM2) > TOLERANCE_M2) throw refused(`${figure(areaM2, 2)} m² cannot be cut off here: it comes to ${figure(first, 3)} m².`);
  };
  return parallel(work, degrees, (scratch, direction) => [lineOfArea({ work: scratch, shape: parts, others, direction }, wanted)], parts, check);
}

/**
 * @param {Work} work
 * @param {Part[]} parts
 * @param {number} count
 * @param {number | undefined} degrees across the longer side where not given
 * @param {PointId[]} others
 * @returns {Cut}
 */
function intoEqualParts(work, parts, count, degrees, others) {
  if (trueAreaM2(work, parts) <= 2 * TOLERANCE_M2 * count) throw refused(`The parcel is too small for ${count} parts.`);
  const check = (/** @type {number[]} */ areas) => {
    const share = areas.reduce((sum, area) => sum + area, 0) / count;
    const worst = areas.reduce((most, area) => (Math.abs(area - share) > Math.abs(most - share) ? area : most));
    if (areas.length !== count || Math.abs(worst - share) > TOLERANCE_M2) throw refused(`The parcel cannot be divided into equal parts here: one of them has ${figure(worst, 3)} m².`);
  };
  return parallel(work, degrees ?? acrossTheLongerSide(work, parts.flat(2)), (scratch, direction) => linesOfEqualParts({ work: scratch, shape: parts, others, direction }, count), parts, check);
}

/**
 * The lines are sought with many points that come to nothing: on a graph that is thrown away.
 * @param {Work} work
 * @param {number} degrees
 * @param {(scratch: Work, direction: import('../land/half_plane.js').Direction) => import('../land/section_correction.js').Trial[]} find
 * @param {Part[]} parts
 * @param {Cut['check']} check
 * @returns {Cut}
 */
function parallel(work, degrees, find, parts, check) {
  const direction = directionOf(degrees);
  const scratch = new Work(work.graph, parts);
  const known = work.graph;
  const lines = find(scratch, direction);
  /** @param {PointId} id */
  const kept = (id) => (known.knows(id) ? id : work.make(scratch.at(id)));
  const sections = lines.map(({ section }) => ({
    stretches: section.stretches.map((stretch) => stretch.map(kept)),
    insertions: section.insertions.map(({ segment: [a, b], points }) => ({ segment: /** @type {[PointId, PointId]} */ ([kept(a), kept(b)]), points: points.map(kept) })),
  }));
  const offsets = lines.map(({ offset }) => offset);
  const piecesOf = (/** @type {Face[]} */ faces) => {
    /** @type {Face[][]} */
    const strips = Array.from({ length: offsets.length + 1 }, () => []);
    for (const face of faces) strips[stripOf(work, direction, face, offsets)]?.push(face);
    return strips;
  };
  return { sections, piecesOf, check };
}

/**
 * @param {string} message
 * @returns {ActionRefused}
 */
function refused(message) {
  return new ActionRefused('invalid_operation', message);
}
