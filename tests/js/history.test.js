import assert from 'node:assert/strict';
import test from 'node:test';

import { History } from '../../static/editor/history.js';

test('undo and redo walk the states and stop at the ends', () => {
  const history = new History('a').push('b').push('c');
  assert.equal(history.undo().present, 'b');
  assert.equal(history.undo().undo().undo().undo().present, 'a');
  assert.equal(history.undo().redo().present, 'c');
  assert.equal(history.redo(), history);
  assert.deepEqual([history.canUndo, history.canRedo, history.undo().canRedo], [true, false, true]);
});

test('a new state after undo forgets what was undone', () => {
  const history = new History('a').push('b').undo().push('c');
  assert.equal(history.canRedo, false);
  assert.deepEqual(history.states(), ['a', 'c']);
});

test('a replaced present is one step back', () => {
  const history = new History('a').push('b').replace('b2');
  assert.equal(history.present, 'b2');
  assert.equal(history.undo().present, 'a');
});

test('a change of all states keeps their order', () => {
  const history = new History(1).push(2).push(3).undo().map((n) => n * 10);
  assert.deepEqual(history.states(), [10, 20, 30]);
  assert.equal(history.present, 20);
});
