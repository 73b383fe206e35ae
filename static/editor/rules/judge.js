/**
 * The rules of an edit as the browser can judge them at once, on what is loaded: shapes that are none, overlaps that are new
 * or worse, slivers, stacks, gaps. As cadastre/validity.py, which judges again at saving and has the last word.
 *
 * @module rules/judge
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box, Parcel, PointId, Refusal, StoragePair} from '../types.js' */
/** @import {PartPlaces} from './validity.js' */

import { label } from '../actions/ring_repair.js';
import { withinOf } from '../land/noding.js';
import { figure } from '../format.js';
import { Graph as EditGraph } from '../graph.js';
import { boxesMeet, nearestOnSegment, widen } from '../storage/geodesy.js';
import { frameAt } from '../storage/storage_frame.js';
import { lonLatAt, placeOf } from './degrees.js';
import { changedGaps, gapWidthOf } from './gap.js';
import { commonOf, judgePair, outlines } from './pairs.js';
import { changedRegion, placesOf } from './shapes.js';
import { changedStacks, isStack } from './stacks.js';
import { faultOf } from './validity.js';

/** `isNew`: it was not recorded before. @typedef {Omit<Refusal, 'message'> & {isNew: boolean}} Finding */

/** A shape of more points takes a fifth of a second: whether it is valid only the server tells; its overlaps are judged here. */
const MOST_VALIDATED = 5000;

/**
 * @typedef {object} Verdict
 * @property {Refusal[]} violations what would refuse the edit
 * @property {Finding[]} found stacks, overlaps, slivers and gaps to open or keep
 * @property {Finding[]} gone those that are no more
 */

/**
 * @typedef {object} Terms
 * @property {ReadonlySet<string>} exclusive levels
 * @property {boolean} [isForced] of two that have land in common only what refuses
 * @property {boolean} [isBrief] without stacks and gaps
 * @property {number} [mostPoints] of a shape that is looked at
 */

/**
 * @param {Graph} graph
 * @param {Terms} terms
 * @returns {Verdict}
 */
export function judge(graph, { exclusive, isForced = false, isBrief = false, mostPoints = Infinity }) {
  const before = new EditGraph(graph.base);
  /** @type {Map<string, Box>} */
  const regions = new Map();
  for (const id of [...graph.changed()].sort()) {
    if ([before, graph].some((state) => sizeOf(state.parcel(id)) > mostPoints)) continue;
    const region = changedRegion(before, graph, id);
    if (region) regions.set(id, region);
  }
  const faults = [...regions.keys()].flatMap((id) => faultsOf(graph, graph.parcel(id)));
  // Overlaps of invalid shapes mean nothing.
  if (faults.length > 0) return { violations: faults, found: [], gone: [] };
  /** @type {Verdict} */
  const verdict = { violations: [], found: [], gone: [] };
  for (const level of [...exclusive].sort()) judgeLevel({ before, graph }, level, regions, { isForced, isBrief, mostPoints }, verdict);
  return verdict;
}

/**
 * @param {Parcel | undefined} parcel
 * @returns {number} points
 */
function sizeOf(parcel) {
  return parcel ? parcel.parts.reduce((sum, part) => sum + part.reduce((all, ring) => all + ring.length, 0), 0) : 0;
}

/**
 * @param {Graph} graph
 * @param {Parcel | undefined} parcel
 * @returns {Refusal[]}
 */
function faultsOf(graph, parcel) {
  if (!parcel) return [];
  const small = parcel.parts.flat().find((ring) => ring.length < 3);
  if (small) return [refusal(graph, 'collapsed', parcel, `${label(parcel)} is left with a ring of fewer than three points.`, graph.pairOf(graph.point(small[0] ?? '')))];
  if (sizeOf(parcel) > MOST_VALIDATED) return [];
  const places = placesOf(graph, parcel);
  const fault = faultOf(places) ?? nearFault(graph, parcel, places);
  return fault ? [refusal(graph, 'invalid_geometry', parcel, `${label(parcel)} would be invalid: ${fault.reason.toLowerCase()}.`, fault.at)] : [];
}

/**
 * @param {Graph} graph
 * @param {string} rule
 * @param {Parcel} parcel
 * @param {string} message
 * @param {StoragePair} at
 * @returns {Refusal}
 */
function refusal(graph, rule, { id }, message, at) {
  const place = lonLatAt(graph, at);
  return { rule, parcels: [id], message, measure: null, place: place && { type: 'Point', coordinates: place } };
}

/**
 * A point that was moved or made here, dropped onto a side of its own ring: noding would put it there, so it touches it.
 * Next to the point's own sides it is but a sharp corner.
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {PartPlaces[]} parts its places
 * @returns {import('./validity.js').Fault | null}
 */
function nearFault(graph, parcel, parts) {
  const withinM = withinOf(graph);
  const places = parts.flat();
  for (const [which, ring] of parcel.parts.flat().entries()) {
    const here = places[which] ?? [];
    for (const [index, id] of ring.entries()) {
      if (!isElsewhere(graph, id)) continue;
      const at = /** @type {StoragePair} */ (here[index]);
      const local = frameAt(graph.base.grid, at);
      const beside = [ring[(index + 1) % ring.length], ring[(index + ring.length - 1) % ring.length]];
      for (const [place, a] of ring.entries()) {
        const b = /** @type {PointId} */ (ring[(place + 1) % ring.length]);
        if (a === id || b === id || beside.includes(a) || beside.includes(b)) continue;
        const [p, q] = [local(/** @type {StoragePair} */ (here[place])), local(/** @type {StoragePair} */ (here[(place + 1) % ring.length]))];
        if (Math.hypot(...p) > withinM && Math.hypot(...q) > withinM && nearestOnSegment(0, 0, ...p, ...q).distance <= withinM) return { reason: 'Ring Self-intersection', at };
      }
    }
  }
  return null;
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {boolean} whether the point is new, or stands elsewhere than it was loaded
 */
function isElsewhere(graph, id) {
  const [now, old] = [graph.overlay.points.get(id), graph.base.points.get(id)];
  return now !== undefined && (old === undefined || old.lon !== now.lon || old.lat !== now.lat);
}

/** @typedef {{was: (id: string) => PartPlaces[], now: (id: string) => PartPlaces[]}} Shapes of a level, none where a parcel is not there */

/**
 * @param {{before: Graph, graph: Graph}} states
 * @param {string} level
 * @param {Map<string, Box>} regions
 * @param {{isForced: boolean, isBrief: boolean, mostPoints: number}} terms
 * @param {Verdict} verdict
 */
function judgeLevel({ before, graph }, level, regions, { isForced, isBrief, mostPoints }, verdict) {
  const changed = [...regions.keys()].filter((id) => [before, graph].some((state) => state.parcel(id)?.level === level));
  if (changed.length === 0) return;
  const [was, now] = /** @type {[Shapes['was'], Shapes['now']]} */ ([before, graph].map((state) => shapesIn(state, level)));
  const all = isBrief ? [] : idsNear({ before, graph }, level, regions, mostPoints);
  if (!isBrief) judgeStacks(graph, changed, all, { was, now }, verdict);
  for (const pair of meetingPairs({ before, graph }, level, changed, regions, mostPoints)) {
    const isOne = isStack(now, pair);
    if (isOne && isStack(was, pair)) continue;
    const found = judgePair(graph, pair, { was, now }, { isForced, isStack: isOne });
    if (!found) continue;
    const place = placeOf(graph, found.place);
    if (found.isWorse) {
      const moreM2 = found.afterM2 - found.beforeM2;
      const more = found.beforeM2 === 0 ? '' : moreM2 >= 0.005 ? ` (${figure(moreM2, 2)} m² more)` : ', elsewhere than before';
      verdict.violations.push({ rule: 'overlap', parcels: pair, measure: found.afterM2, place, message: `${namesOf({ before, graph }, pair)} would overlap by ${figure(found.afterM2, 2)} m²${more}.` });
      continue;
    }
    if (found.rule) verdict.found.push({ rule: found.rule, parcels: pair, measure: found.afterM2, place, isNew: !found.wasKnown });
    verdict.gone.push(...found.gone.map((rule) => ({ rule, parcels: pair, measure: null, place: null, isNew: false })));
  }
  // Beside what is left out nobody can say whether land is open.
  const isLeftOut = (/** @type {Parcel} */ parcel) => parcel.level === level && sizeOf(parcel) > mostPoints && [...regions.values()].some((region) => boxesMeet(graph.envelope(parcel), region));
  if (!isBrief && !(mostPoints < Infinity && [...graph.parcels()].some(isLeftOut))) judgeGaps(graph, changed, all, { was, now }, verdict);
}

/**
 * @param {Graph} graph
 * @param {string[]} changed
 * @param {string[]} all ids of the level
 * @param {Shapes} shapes
 * @param {Verdict} verdict
 */
function judgeStacks(graph, changed, all, { was, now }, verdict) {
  const { found, gone } = changedStacks(changed, all, { was, now });
  for (const { parcels, isNew } of found) {
    const shape = now(parcels[0] ?? '');
    const common = commonOf(graph, [shape, shape]);
    verdict.found.push({ rule: 'stack', parcels, measure: common?.land.areaM2 ?? 0, place: placeOf(graph, outlines(common)), isNew });
  }
  verdict.gone.push(...gone.map((parcels) => ({ rule: 'stack', parcels, measure: null, place: null, isNew: false })));
}

/**
 * @param {Graph} graph
 * @param {string[]} changed
 * @param {string[]} all ids of the level
 * @param {Shapes} shapes
 * @param {Verdict} verdict
 */
function judgeGaps(graph, changed, all, shapes, verdict) {
  const { opened, closed } = changedGaps(graph, changed, all, shapes);
  verdict.found.push(...opened.map(({ parcels, areaM2, place, isNew }) => ({ rule: 'gap', parcels, measure: areaM2, place: placeOf(graph, place), isNew })));
  verdict.gone.push(...closed.map((parcels) => ({ rule: 'gap', parcels, measure: null, place: null, isNew: false })));
}

/**
 * @param {{before: Graph, graph: Graph}} states
 * @param {string} level
 * @param {Map<string, Box>} regions
 * @param {number} mostPoints
 * @returns {string[]} parcels of the level, before or now, at what changes: the other side of a gap lies off it
 */
function idsNear({ before, graph }, level, regions, mostPoints) {
  const reach = [...regions.values()].map((region) => widen(region, 0, 2 * gapWidthOf(graph)));
  const ids = new Set();
  for (const parcel of graph.parcels()) if (parcel.level === level && reach.some((box) => boxesMeet(graph.envelope(parcel), box)) && sizeOf(parcel) <= mostPoints) ids.add(parcel.id);
  for (const id of graph.changed()) if (before.parcel(id)?.level === level && sizeOf(before.parcel(id)) <= mostPoints) ids.add(id);
  return [...ids];
}

/**
 * @param {Graph} state
 * @param {string} level
 * @returns {(id: string) => PartPlaces[]} shapes of the level, each read once
 */
function shapesIn(state, level) {
  /** @type {Map<string, PartPlaces[]>} */
  const known = new Map();
  return (id) => {
    const found = known.get(id);
    if (found) return found;
    const parcel = state.parcel(id);
    const parts = parcel?.level === level ? placesOf(state, parcel) : [];
    known.set(id, parts);
    return parts;
  };
}

/**
 * @param {{before: Graph, graph: Graph}} states
 * @param {string} level
 * @param {string[]} ids that change
 * @param {Map<string, Box>} regions
 * @param {number} mostPoints
 * @returns {[string, string][]} a changed parcel and one that meets its changed region, before or after, in order
 */
function meetingPairs({ before, graph }, level, ids, regions, mostPoints) {
  /** @type {Map<string, [string, string]>} */
  const pairs = new Map();
  const changed = ids.map((id) => /** @type {[string, Box]} */ ([id, regions.get(id)]));
  /** @param {Graph} state @param {Parcel} parcel */
  const meet = (state, parcel) => {
    if (parcel.level !== level || sizeOf(parcel) > mostPoints) return;
    const box = state.envelope(parcel);
    for (const [id, region] of changed) {
      if (id === parcel.id || !boxesMeet(box, region)) continue;
      const pair = /** @type {[string, string]} */ ([id, parcel.id].sort());
      pairs.set(pair.join('\n'), pair);
    }
  };
  for (const parcel of graph.parcels()) meet(graph, parcel);
  for (const id of graph.changed()) {
    const parcel = before.parcel(id);
    if (parcel) meet(before, parcel);
  }
  return [...pairs.keys()].sort().map((key) => /** @type {[string, string]} */ (pairs.get(key)));
}

/**
 * @param {{before: Graph, graph: Graph}} states
 * @param {string[]} ids
 * @returns {string}
 */
function namesOf({ before, graph }, ids) {
  const parcels = ids.map((id) => graph.parcel(id) ?? before.parcel(id));
  return new Intl.ListFormat('en').format(parcels.map((parcel, index) => (parcel ? label(parcel) : (ids[index] ?? ''))));
}
