/**
 * The rules of an edit as the browser can judge them at once, on what is loaded: shapes that are none, overlaps that are new
 * or worse, slivers, stacks, gaps. As cadastre/validity.py, which judges again at saving and has the last word.
 *
 * @module rules/judge
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box, Parcel, Refusal} from '../types.js' */
/** @import {RuleBook} from './rule_book.js' */

import { label } from '../actions/ring_repair.js';
import { figure } from '../format.js';
import { Graph as EditGraph } from '../graph.js';
import { boxesMeet, widen } from '../storage/geodesy.js';
import { placeOf } from './degrees.js';
import { faultsOf } from './faults.js';
import { changedGaps, gapWidthOf } from './gap.js';
import { Shapes } from './level_shapes.js';
import { commonOf, judgePair, outlines } from './pairs.js';
import { USUAL } from './rule_book.js';
import { changedRegion } from './shapes.js';
import { changedStacks, isStack } from './stacks.js';

/** Widths of a gap that what is looked for it may reach: as far as a corner is mitred (closing.js), and the width itself. */
const REACH = 8;

/** `isNew`: it was not recorded before. @typedef {Omit<Refusal, 'message'> & {isNew: boolean}} Finding */

/**
 * @typedef {object} Verdict
 * @property {Refusal[]} violations what would refuse the edit
 * @property {Finding[]} found stacks, overlaps, slivers and gaps to open or keep
 * @property {Finding[]} gone those that are no more
 */

/**
 * @typedef {object} Terms
 * @property {ReadonlySet<string>} exclusive levels
 * @property {RuleBook} [rules] as they are set
 * @property {boolean} [isForced] of two that have land in common only what refuses
 * @property {'refusals' | 'advice'} [only] what refuses, without stacks and gaps; or these alone, where nothing is wrong with any shape
 * @property {number} [wholeUpTo] points; a larger shape is looked at only where it changes, or beside what does
 */

/**
 * @param {Graph} graph
 * @param {Terms} terms
 * @returns {Verdict}
 */
export function judge(graph, { exclusive, rules = USUAL, isForced = false, only, wholeUpTo = Infinity }) {
  const before = new EditGraph(graph.base);
  /** @type {Map<string, Box>} */
  const regions = new Map();
  for (const id of [...graph.changed()].sort()) {
    const region = changedRegion(before, graph, id);
    if (region) regions.set(id, region);
  }
  const faults = only === 'advice' ? [] : [...regions.keys()].flatMap((id) => faultsOf(graph, graph.parcel(id), /** @type {Box} */ (regions.get(id)), wholeUpTo));
  // Overlaps of invalid shapes mean nothing.
  if (faults.length > 0) return { violations: faults, found: [], gone: [] };
  /** @type {Verdict} */
  const verdict = { violations: [], found: [], gone: [] };
  for (const level of [...exclusive].sort()) judgeLevel(new Shapes({ before, graph }, level, wholeUpTo), regions, { rules, isForced, only }, verdict);
  return verdict;
}

/**
 * @param {Shapes} shapes
 * @param {Map<string, Box>} regions
 * @param {Pick<Terms, 'only'> & {rules: RuleBook, isForced: boolean}} terms
 * @param {Verdict} verdict
 */
function judgeLevel(shapes, regions, { rules, isForced, only }, verdict) {
  const { states, level } = shapes;
  const { graph } = states;
  const changed = [...regions.keys()].filter((id) => shapes.isThere(id));
  if (changed.length === 0) return;
  const hasAdvice = only !== 'refusals';
  const all = !hasAdvice ? [] : idsNear(states, level, regions, gapWidthOf(graph, rules));
  if (hasAdvice) judgeStacks(graph, changed.filter(shapes.mayBeStack), all.filter(shapes.mayBeStack), shapes.whole, verdict);
  for (const pair of only === 'advice' ? [] : meetingPairs(states, level, changed, regions)) {
    const both = shapes.ofPair(pair, regions);
    const isOne = pair.every(shapes.mayBeStack) && isStack(shapes.whole.now, pair);
    if (isOne && isStack(shapes.whole.was, pair)) continue;
    const found = judgePair(graph, pair, both.states, { rules, isForced, isStack: isOne, within: both.within });
    if (!found) continue;
    const place = placeOf(graph, found.place);
    if (found.isWorse) {
      const moreM2 = found.afterM2 - found.beforeM2;
      const more = found.beforeM2 === 0 ? '' : moreM2 >= 0.005 ? ` (${figure(moreM2, 2)} m² more)` : ', elsewhere than before';
      verdict.violations.push({ rule: 'overlap', parcels: pair, measure: found.afterM2, place, message: `${namesOf(states, pair)} would overlap by ${figure(found.afterM2, 2)} m²${more}.` });
      continue;
    }
    if (found.rule && rules.isOn(found.rule)) verdict.found.push({ rule: found.rule, parcels: pair, measure: found.afterM2, place, isNew: !found.wasKnown });
    verdict.gone.push(...found.gone.map((rule) => ({ rule, parcels: pair, measure: null, place: null, isNew: false })));
  }
  if (hasAdvice && rules.isOn('gap')) judgeGaps(shapes, changed, all, regions, rules, verdict);
}

/**
 * @param {Graph} graph
 * @param {string[]} changed
 * @param {string[]} all ids of the level
 * @param {Shapes['whole']} shapes
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
 * @param {Shapes} shapes
 * @param {string[]} changed
 * @param {string[]} all ids of the level
 * @param {Map<string, Box>} regions
 * @param {RuleBook} rules
 * @param {Verdict} verdict
 */
function judgeGaps(shapes, changed, all, regions, rules, verdict) {
  const { graph } = shapes.states;
  const widthM = gapWidthOf(graph, rules);
  const about = shapes.aboutChange(changed, regions, REACH * widthM);
  const { opened, closed } = changedGaps(graph, changed, all, about.states, { widthM, within: about.within });
  if (rules.blocks('gap')) {
    verdict.violations.push(...opened.map(({ parcels, areaM2, place }) => (
      { rule: 'gap', parcels, measure: areaM2, place: placeOf(graph, place), message: `${namesOf(shapes.states, parcels)} would leave a gap of ${figure(areaM2, 2)} m².` })));
  }
  verdict.found.push(...opened.map(({ parcels, areaM2, place, isNew }) => ({ rule: 'gap', parcels, measure: areaM2, place: placeOf(graph, place), isNew })));
  verdict.gone.push(...closed.map((parcels) => ({ rule: 'gap', parcels, measure: null, place: null, isNew: false })));
}

/**
 * @param {{before: Graph, graph: Graph}} states
 * @param {string} level
 * @param {Map<string, Box>} regions
 * @param {number} widthM from which on open land is no gap
 * @returns {string[]} parcels of the level, before or now, at what changes: the other side of a gap lies off it
 */
function idsNear({ before, graph }, level, regions, widthM) {
  const reach = [...regions.values()].map((region) => widen(region, 0, 2 * widthM));
  const ids = new Set();
  for (const parcel of graph.parcels()) if (parcel.level === level && reach.some((box) => boxesMeet(graph.envelope(parcel), box))) ids.add(parcel.id);
  for (const id of graph.changed()) if (before.parcel(id)?.level === level) ids.add(id);
  return [...ids];
}

/**
 * @param {{before: Graph, graph: Graph}} states
 * @param {string} level
 * @param {string[]} ids that change
 * @param {Map<string, Box>} regions
 * @returns {[string, string][]} a changed parcel and one that meets its changed region, before or after, in order
 */
function meetingPairs({ before, graph }, level, ids, regions) {
  /** @type {Map<string, [string, string]>} */
  const pairs = new Map();
  const changed = ids.map((id) => /** @type {[string, Box]} */ ([id, regions.get(id)]));
  /** @param {Graph} state @param {Parcel} parcel */
  const meet = (state, parcel) => {
    if (parcel.level !== level) return;
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
