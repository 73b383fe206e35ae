/**
 * What the rules say while a hand is still moving: only what would refuse the edit, and each state of the land once.
 *
 * @module rules/at_once
 */

/** @import {Graph} from '../graph.js' */
/** @import {Refusal} from '../types.js' */

import { judge } from './judge.js';

/** A road of more points is judged when it has come to rest. */
const MOST_POINTS = 500;

/** @type {WeakMap<Graph, Refusal[]>} */
const known = new WeakMap();

/**
 * @param {Graph} graph
 * @param {ReadonlySet<string>} exclusive levels
 * @returns {Refusal[]}
 */
export function refusedAtOnce(graph, exclusive) {
  const found = known.get(graph) ?? judge(graph, { exclusive, isForced: true, mostPoints: MOST_POINTS }).violations;
  known.set(graph, found);
  return found;
}
