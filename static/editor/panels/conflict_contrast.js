/**
 * The three states of a conflict side by side: the graphs, the place to look at, and where the disputed point stands.
 *
 * @module panels/conflict_contrast
 */

/** @import {Session} from '../session.js' */
/** @import {Box, Conflict, LonLat, Operation, Point, StoragePair} from '../types.js' */

import { baseFromCoverage, mergeBases } from '../base.js';
import { collidingSteps, isRetired, theirChange } from '../saving/conflict.js';
import { boxOf, distanceM, widen } from '../storage/geodesy.js';
import { Graph } from '../graph.js';
import { keyOf } from '../point_name.js';

/** @typedef {{lon: number, lat: number, pair: StoragePair | null}} Standing */

/**
 * @typedef {object} Contrast
 * @property {{base: Graph, theirs: Graph, mine: Graph}} graphs
 * @property {Set<string>} parcels in conflict
 * @property {number[]} colliding indices of my steps that meet theirs
 * @property {number} steps how many I have
 * @property {{base: Standing | null, theirs: Standing | null, mine: Standing | null}} positions of the disputed point
 * @property {number | null} apartM metres between theirs and mine
 * @property {Box} box what to show
 */

const LEAST_AROUND_M = 8;

/**
 * @param {Session} session
 * @param {Conflict[]} conflicts
 * @returns {Contrast}
 */
export function contrastOf(session, conflicts) {
  const { draft } = session.state;
  const base = new Graph(draft.graph.base);
  const graphs = { base, theirs: theirGraph(base, conflicts), mine: draft.graph };
  const colliding = collidingSteps(draft.steps, conflicts);
  const operations = colliding.flatMap((index) => draft.operations[index] ?? []);
  const positions = disputedPoint(operations, graphs, conflicts);
  const apart = positions.theirs && positions.mine ? distanceM(positions.theirs, positions.mine) : null;
  const parcels = new Set(conflicts.map((conflict) => conflict.parcel_id));
  return { graphs, parcels, colliding, steps: draft.steps.length, positions, apartM: apart, box: boxToShow(graphs, parcels, positions) };
}

/**
 * @param {Graph} base
 * @param {Conflict[]} conflicts
 * @returns {Graph}
 */
function theirGraph(base, conflicts) {
  return conflicts.reduce((graph, conflict) => {
    if (!conflict.current || isRetired(conflict)) return graph;
    const others = [...graph.base.parcels.keys()].filter((id) => id !== conflict.parcel_id);
    return new Graph(mergeBases(graph.base, baseFromCoverage(conflict.current), others));
  }, base);
}

/**
 * @param {Operation[]} operations that collide
 * @param {Contrast['graphs']} graphs
 * @param {Conflict[]} conflicts
 * @returns {Contrast['positions']}
 */
function disputedPoint(operations, { base, theirs, mine }, conflicts) {
  const { moved } = theirChange(conflicts);
  for (const operation of operations) {
    if (operation.op !== 'move_point' && operation.op !== 'remove_point') continue;
    const theirName = moved.get(keyOf(operation.at));
    const mineNow = operation.op === 'move_point' ? mine.resolve(operation.at) : null;
    return {
      base: standing(base.resolve(operation.at)),
      theirs: standing(theirName ? theirs.resolve(theirName) : theirs.resolve(operation.at)),
      mine: standing(mineNow),
    };
  }
  return { base: null, theirs: null, mine: null };
}

/**
 * @param {Point | null} point
 * @returns {Standing | null}
 */
function standing(point) {
  return point ? { lon: point.lon, lat: point.lat, pair: point.pair } : null;
}

/**
 * @param {Contrast['graphs']} graphs
 * @param {Set<string>} parcels
 * @param {Contrast['positions']} positions
 * @returns {Box}
 */
function boxToShow({ base, theirs }, parcels, positions) {
  const places = /** @type {LonLat[]} */ (Object.values(positions).filter((place) => place !== null));
  const disputed = boxOf(places);
  if (disputed) return widen(disputed, 1.5, LEAST_AROUND_M);
  const corners = [...parcels].flatMap((id) => [base, theirs].flatMap((graph) => {
    const parcel = graph.parcel(id);
    if (!parcel) return [];
    const [west, south, east, north] = graph.envelope(parcel);
    return [{ lon: west, lat: south }, { lon: east, lat: north }];
  }));
  return widen(boxOf(corners) ?? [0, 0, 1e-3, 1e-3], 0.2, LEAST_AROUND_M);
}
