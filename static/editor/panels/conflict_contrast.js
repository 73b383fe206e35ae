/**
 * The three states of a conflict: the graphs, the places where they differ, and what was written into fields.
 *
 * @module panels/conflict_contrast
 */

/** @import {Base} from '../base.js' */
/** @import {Told} from '../draft.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, Conflict, LonLat, Operation, Point, PointId, StoragePair, Token, Update} from '../types.js' */

import { baseFromCoverage, mergeBases } from '../base.js';
import { collidingSteps, isRetired, theirChange } from '../saving/conflict.js';
import { boxOf, distanceM, widen } from '../storage/geodesy.js';
import { Graph } from '../graph.js';
import { pointsNamed } from '../operation_names.js';
import { keyOf } from '../point_name.js';

/** @typedef {{lon: number, lat: number, pair: StoragePair | null}} Standing */

/** One point in three states; null where a state has it not. @typedef {{base: Standing | null, theirs: Standing | null, mine: Standing | null}} Dispute */

/** A field in three states. @typedef {{parcel: string, name: string, base: unknown, theirs: unknown, mine: unknown}} DisputedValue */

/**
 * @typedef {object} Contrast
 * @property {{base: Graph, theirs: Graph, mine: Graph}} graphs
 * @property {Set<string>} parcels in conflict
 * @property {readonly Told[]} colliding my steps that meet theirs
 * @property {number} steps how many I have
 * @property {Dispute[]} disputes points that theirs and mine put elsewhere
 * @property {DisputedValue[]} values fields that both changed
 * @property {Box} box what to show where no point is in dispute
 */

const LEAST_AROUND_M = 8;

/**
 * @param {Session} session
 * @param {Conflict[]} conflicts
 * @param {Base | null} now all that is loaded, as it is now; null where that is not known
 * @returns {Contrast}
 */
export function contrastOf(session, conflicts, now) {
  const { draft } = session.state;
  const base = new Graph(draft.graph.base);
  const graphs = { base, theirs: now ? new Graph(now) : theirGraph(base, conflicts), mine: draft.graph };
  const indices = new Set(collidingSteps(draft.steps, conflicts));
  const operations = draft.operations.filter((_, index) => indices.has(index));
  const colliding = draft.told.filter(({ first }) => indices.has(first));
  const parcels = new Set(conflicts.map((conflict) => conflict.parcel_id));
  return {
    graphs, parcels, colliding, steps: draft.told.length, box: boxToShow(graphs, parcels),
    disputes: disputedPoints(operations, graphs, conflicts), values: disputedValues(operations, graphs),
  };
}

/**
 * @param {Dispute} dispute
 * @returns {number | null} metres between theirs and mine
 */
export function apartM({ theirs, mine }) {
  return theirs && mine ? distanceM(theirs, mine) : null;
}

/**
 * @param {Dispute} dispute
 * @returns {Box | null} what to show of it
 */
export function boxOfDispute(dispute) {
  const places = /** @type {LonLat[]} */ (Object.values(dispute).filter((place) => place !== null));
  const box = boxOf(places);
  return box && widen(box, 1.5, LEAST_AROUND_M);
}

/**
 * @param {Graph} base
 * @param {Conflict[]} conflicts
 * @returns {Graph}
 */
function theirGraph(base, conflicts) {
  const theirs = conflicts.reduce((graph, conflict) => {
    if (!conflict.current || isRetired(conflict)) return graph;
    const others = [...graph.base.parcels.keys()].filter((id) => id !== conflict.parcel_id);
    return new Graph(mergeBases(graph.base, baseFromCoverage(conflict.current), others));
  }, base);
  return theirs.with({ retired: conflicts.filter(isRetired).map((conflict) => conflict.parcel_id) });
}

/**
 * Points that my steps name and that theirs moved or took away, each once.
 * @param {Operation[]} operations that collide
 * @param {Contrast['graphs']} graphs
 * @param {Conflict[]} conflicts
 * @returns {Dispute[]}
 */
function disputedPoints(operations, { base, theirs, mine }, conflicts) {
  const { moved, gone } = theirChange(conflicts);
  /** @type {Map<PointId, Token>} */
  const named = new Map();
  for (const operation of operations) {
    for (const token of pointsNamed(operation)) if (gone.has(keyOf(token))) named.set(keyOf(token), token);
  }
  return [...named].map(([key, token]) => {
    const theirName = moved.get(key);
    const isRemoved = operations.some((operation) => operation.op === 'remove_point' && keyOf(operation.at) === key);
    return { base: standing(base.resolve(token)), theirs: standing(theirName ? theirs.resolve(theirName) : null), mine: isRemoved ? null : standing(mine.resolve(token)) };
  }).filter((dispute) => dispute.base !== null);
}

/**
 * @param {Point | null} point
 * @returns {Standing | null}
 */
function standing(point) {
  return point ? { lon: point.lon, lat: point.lat, pair: point.pair } : null;
}

/**
 * @param {Operation[]} operations
 * @param {Contrast['graphs']} graphs
 * @returns {DisputedValue[]}
 */
function disputedValues(operations, { base, theirs, mine }) {
  const updates = /** @type {Update[]} */ (operations.filter(({ op }) => op === 'update'));
  const fields = new Map(updates.flatMap(({ parcel_id: id, properties }) => Object.keys(properties).map((name) => [`${id}\n${name}`, { id, name }])));
  return [...fields.values()].map(({ id, name }) => {
    const [was, is, wanted] = [base, theirs, mine].map((graph) => graph.parcel(id)?.properties[name] ?? null);
    return { parcel: id, name, base: was, theirs: is, mine: wanted };
  }).filter(({ base: was, theirs: is }) => JSON.stringify(was) !== JSON.stringify(is));
}

/**
 * @param {Contrast['graphs']} graphs
 * @param {Set<string>} parcels
 * @returns {Box}
 */
function boxToShow(graphs, parcels) {
  const corners = [...parcels].flatMap((id) => Object.values(graphs).flatMap((graph) => {
    const parcel = graph.parcel(id);
    if (!parcel) return [];
    const [west, south, east, north] = graph.envelope(parcel);
    return [{ lon: west, lat: south }, { lon: east, lat: north }];
  }));
  return widen(boxOf(corners) ?? [0, 0, 1e-3, 1e-3], 0.2, LEAST_AROUND_M);
}
