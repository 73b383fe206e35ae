/**
 * What the rules say while a hand is still moving: what would refuse the edit, and the stacks and gaps that it would open;
 * each state of the land once.
 *
 * @module rules/at_once
 */

/** @import {Graph} from '../graph.js' */
/** @import {Refusal} from '../types.js' */
/** @import {Finding} from './judge.js' */
/** @import {Judging, RuleBook} from './rule_book.js' */

import { figure } from '../format.js';
import { judge } from './judge.js';

/** Of a road of more points only what lies about the hand is looked at before it has come to rest. */
const MOST_POINTS = 500;

/** A finding, and of one that refuses the edit why. @typedef {Finding & {message?: string}} Advice */

/** @template T @typedef {WeakMap<Graph, {rules: RuleBook, found: T[]}>} Known each state of the land, by the rules as they were set then */

/** @type {Known<Refusal>} */
const known = new WeakMap();
/** @type {Known<Advice>} */
const advised = new WeakMap();

/**
 * @param {Graph} graph
 * @param {Pick<Judging, 'exclusive' | 'rules'>} terms
 * @returns {Refusal[]}
 */
export function refusedAtOnce(graph, { exclusive, rules }) {
  return kept(known, graph, rules, () => judge(graph, { exclusive, rules, isForced: true, only: 'refusals', wholeUpTo: MOST_POINTS }).violations);
}

/**
 * @param {Graph} graph
 * @param {Pick<Judging, 'exclusive' | 'rules'>} terms
 * @returns {Advice[]} stacks and gaps that are new, and gaps that refuse the edit
 */
export function advisedAtOnce(graph, { exclusive, rules }) {
  return kept(advised, graph, rules, () => {
    // Of shapes that are none nobody can say what they leave open.
    if (refusedAtOnce(graph, { exclusive, rules }).some(({ rule }) => rule !== 'overlap')) return [];
    const { violations, found } = judge(graph, { exclusive, rules, only: 'advice', wholeUpTo: MOST_POINTS });
    const refused = violations.filter(({ rule }) => rule === 'gap').map((refusal) => ({ ...refusal, isNew: true }));
    const opened = found.filter(({ rule, isNew }) => isNew && (rule === 'stack' || (rule === 'gap' && refused.length === 0)));
    return [...refused, ...opened];
  });
}

/**
 * @template T
 * @param {Known<T>} memory
 * @param {Graph} graph
 * @param {RuleBook} rules
 * @param {() => T[]} find
 * @returns {T[]}
 */
function kept(memory, graph, rules, find) {
  const before = memory.get(graph);
  if (before?.rules === rules) return before.found;
  const found = find();
  memory.set(graph, { rules, found });
  return found;
}

/**
 * @param {readonly Pick<Refusal, 'message'>[]} refused
 * @param {readonly Pick<Advice, 'rule' | 'measure' | 'message'>[]} advised
 * @returns {string} what weighs most of it, in words; empty where there is nothing
 */
export function toldAtOnce([refusal], [finding]) {
  const message = refusal?.message ?? finding?.message;
  if (message) return `${message} It could not be saved`;
  return finding ? `opens a ${finding.rule} of ${figure(finding.measure ?? 0, 2)} m²` : '';
}
