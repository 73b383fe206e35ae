import assert from 'node:assert/strict';
import test from 'node:test';

import { baseFromCoverage } from '../../static/editor/base.js';
import { collidingSteps, fallenSentence, movedBetween, theirChange } from '../../static/editor/saving/conflict.js';
import { Draft, renamed, replay } from '../../static/editor/draft.js';
import { coverage, lonLat, threeLots } from './fabric.js';

/** theirs moved (10,10) to (10.5,10.5) in all three lots */
const theirs = () => coverage({
  a: { version: 2, parts: [[[[0, 0], [10, 0], [10.5, 10.5], [0, 10]]]] },
  b: { version: 2, parts: [[[[10, 0], [20, 0], [20, 10], [10.5, 10.5]]]] },
  c: { version: 2, parts: [[[[0, 10], [10.5, 10.5], [20, 10], [20, 20], [0, 20]]]] },
});
const conflicts = () => ['a', 'b', 'c'].map((parcel_id) => ({
  parcel_id, seen: 1, current_version: 2, base: threeLots(), current: theirs(),
}));

test('a point that theirs moved is found again between its neighbours', () => {
  const change = theirChange(conflicts());
  assert.deepEqual([...change.moved], [['10,10', [10.5, 10.5]]]);
  assert.deepEqual([...change.gone], ['10,10']);
});

test('rings that begin elsewhere still correspond', () => {
  assert.deepEqual([...movedBetween(['a', 'b', 'c', 'd'], ['d', 'a', 'B', 'c'])], [['b', 'B']]);
});

test('two moved points in succession correspond in order', () => {
  assert.deepEqual([...movedBetween(['a', 'b', 'c', 'd'], ['a', 'B', 'C', 'd'])], [['b', 'B'], ['c', 'C']]);
});

test('where theirs also inserted or removed beside it nothing is guessed', () => {
  assert.deepEqual([...movedBetween(['a', 'b', 'c'], ['a', 'B', 'X', 'c'])], []);
  assert.deepEqual([...movedBetween(['a', 'b', 'c', 'd'], ['a', 'd', 'e'])], []);
  assert.deepEqual([...movedBetween(['a', 'b', 'c'], ['x', 'y', 'z'])], []);
});

test('my move stands on top of theirs by the point’s new name', () => {
  const mine = { op: 'move_point', at: [10, 10], to: lonLat([12, 9]) };
  const { work, fallen } = replay(baseFromCoverage(theirs()), renamed([mine], theirChange(conflicts()).moved));
  assert.deepEqual(fallen, []);
  assert.deepEqual(work.steps[0]?.operation, { ...mine, at: [10.5, 10.5] });
  assert.deepEqual(new Draft({ present: work, states: () => [] }).seen(), { a: 2, b: 2, c: 2 });
});

test('only the step on the point that theirs moved collides', () => {
  const draft = Draft.on(baseFromCoverage(threeLots()))
    .perform({ op: 'insert_point', between: [[0, 0], [10, 0]], at: [5, 0] })
    .perform({ op: 'move_point', at: [10, 10], to: lonLat([12, 9]) })
    .perform({ op: 'insert_point', between: [[20, 10], [10, 10]], at: [15, 10] });
  assert.deepEqual(collidingSteps(draft.steps, conflicts()), [1, 2]);
});

test('an update collides where theirs set the same property', () => {
  const base = coverage({ a: { parts: [[[[0, 0], [1, 0], [1, 1]]]], properties: { land_use: 'lawn', address: '1 Mill Way' } } });
  const current = coverage({ a: { version: 2, parts: [[[[0, 0], [1, 0], [1, 1]]]], properties: { land_use: 'yard', address: '1 Mill Way' } } });
  const conflict = [{ parcel_id: 'a', seen: 1, current_version: 2, base, current }];
  const steps = (properties) => Draft.on(baseFromCoverage(base))
    .perform({ op: 'move_point', at: [1, 1], to: lonLat([1, 2]) })
    .perform({ op: 'update', parcel_id: 'a', properties }).steps;
  assert.deepEqual(collidingSteps(steps({ land_use: 'shed' }), conflict), [1]);
  assert.deepEqual(collidingSteps(steps({ address: '3 Mill Way' }), conflict), [0, 1]);
});

test('the sentence about fallen steps names each reason once', () => {
  const operation = { op: 'remove_point', at: [1, 1] };
  assert.equal(fallenSentence([]), '');
  assert.equal(fallenSentence([{ operation, reason: 'Gone.' }, { operation, reason: 'Gone.' }]), '2 steps could not be done again: Gone.');
});
