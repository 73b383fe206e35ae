import assert from 'node:assert/strict';
import test from 'node:test';

import { moveTogetherOperations } from '../../static/editor/actions/move_together.js';
import { Draft } from '../../static/editor/draft.js';
import { Graph } from '../../static/editor/graph.js';
import { coverage, threeLots } from './fabric.js';

const LEAVE = () => ({ carries: false, joins: false });

/** @param {Graph} graph @param {string[]} ids @param {[number, number]} offset @param {(id: string) => {carries: boolean, joins: boolean}} [following] */
function moved(graph, ids, offset, following = LEAVE) {
  const draft = Draft.on(graph.base).performAll(moveTogetherOperations(graph, ids, offset, following));
  return { draft, at: (/** @type {string} */ id) => draft.graph.pairOf(draft.graph.point(id)) };
}

test('two points move by the same offset, in one step back', () => {
  const { draft, at } = moved(Graph.fromCoverage(threeLots()), ['10,10', '20,10'], [1, 2]);
  assert.deepEqual([at('10,10'), at('20,10')], [[11, 12], [21, 12]]);
  assert.equal(draft.steps.length, 2);
  assert.equal(draft.undo().isEmpty, true);
});

test('none comes to the very place that another leaves: from then on the place would name either of them', () => {
  const graph = Graph.fromCoverage(threeLots());
  for (const ids of [['10,10', '20,10'], ['20,10', '10,10']]) assert.throws(() => moveTogetherOperations(graph, ids, [10, 0], LEAVE), /in two steps/);
  const { at } = moved(graph, ['10,10', '20,10'], [9.5, 0]);
  assert.deepEqual([at('10,10'), at('20,10')], [[19.5, 10], [29.5, 10]]);
});

test('line points between two of them come along once', () => {
  const graph = Graph.fromCoverage(coverage({ a: [[[0, 0], [20, 0], [20, 10], [10, 10], [0, 10]]] }));
  const { at } = moved(graph, ['0,10', '20,10'], [0, 4], (id) => ({ carries: id !== '10,10', joins: false }));
  assert.deepEqual([at('0,10'), at('10,10'), at('20,10')], [[0, 14], [10, 14], [20, 14]]);
  const all = moved(graph, ['0,10', '10,10', '20,10'], [0, 4], (id) => ({ carries: id !== '10,10', joins: false }));
  assert.deepEqual([all.at('0,10'), all.at('10,10'), all.at('20,10')], [[0, 14], [10, 14], [20, 14]]);
});

test('a side takes nothing up that it only passes on the way', () => {
  // Between the two moves the side from (0, 10) to (20, 14) would pass through (10, 12).
  const graph = Graph.fromCoverage(coverage({ a: [[[0, 0], [20, 0], [20, 10], [0, 10]]], far: [[[10, 12], [12, 20], [8, 20]]] }));
  for (const ids of [['0,10', '20,10'], ['20,10', '0,10']]) {
    assert.throws(() => moveTogetherOperations(graph, ids, [0, 4], LEAVE), /in two steps/);
  }
  assert.equal(moveTogetherOperations(graph, ['0,10', '20,10'], [0, 1], LEAVE).length, 2);
});
