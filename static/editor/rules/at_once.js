/**
 * What the rules say while a hand is still moving: what would refuse the edit, and the stacks and gaps that it would open;
 * each state of the land once.
 *
 * @module rules/at_once
 */

/** @import {Graph} from '../graph.js' */
/** @import {Refusal} from '../types.js' */
/** @import {Finding} from './judge.js' */

import { figure } from '../format.js';
import { judge } from './judge.js';

/** A road of more points is judged when it has come to rest. */
const MOST_POINTS = 500;

/** @type {WeakMap<Graph, Refusal[]>} */
const known = new WeakMap();
/** @type {WeakMap<Graph, Finding[]>} */
const advised = new WeakMap();

/**
 * @param {Graph} graph
 * @param {ReadonlySet<string>} exclusive levels
 * @returns {Refusal[]}
 */
export function refusedAtOnce(graph, exclusive) {
  const found = known.get(graph) ?? judge(graph, { exclusive, isForced: true, isBrief: true, mostPoints: MOST_POINTS }).violations;
  known.set(graph, found);
  return found;
}

/**
 * @param {Graph} graph
 * @param {ReadonlySet<string>} exclusive levels
 * @returns {Finding[]} stacks and gaps that are new
 */
export function advisedAtOnce(graph, exclusive) {
  const verdict = advised.has(graph) ? null : judge(graph, { exclusive, isForced: true, mostPoints: MOST_POINTS });
  const found = advised.get(graph) ?? (verdict?.found ?? []).filter(({ rule, isNew }) => isNew && (rule === 'stack' || rule === 'gap'));
  advised.set(graph, found);
  return found;
}

/**
 * @param {readonly Pick<Refusal, 'message'>[]} refused
 * @param {readonly Pick<Finding, 'rule' | 'measure'>[]} advised
 * @returns {string} what weighs most of it, in words; empty where there is nothing
 */
export function toldAtOnce([refusal], [finding]) {
  if (refusal) return `${refusal.message} It could not be saved`;
  return finding ? `opens a ${finding.rule} of ${figure(finding.measure ?? 0, 2)} m²` : '';
}
