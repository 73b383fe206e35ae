import assert from 'node:assert/strict';
import test from 'node:test';

import { baseFromCoverage, withPasts } from '../../static/editor/base.js';
import { collidingSteps, fallenSentence, movedBetween, theirChange } from '../../static/editor/saving/conflict.js';
import { Draft, renamed, replay } from '../../static/editor/draft.js';
import { zoomed } from '../../static/editor/panels/linked_zoom.js';
import { failureText } from '../../static/editor/saving/failure_text.js';
import { outlook } from '../../static/editor/saving/resolution.js';
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
  const step = { operation: { op: 'remove_point', at: [1, 1] }, index: 0, text: '', reason: 'Gone.' };
  assert.equal(fallenSentence([]), '');
  assert.equal(fallenSentence([step, step]), '2 steps could not be done again: Gone.');
  assert.equal(fallenSentence([{ ...step, text: 'Remove point of a' }]), '1 step could not be done again: Remove point of a (Gone.)');
});

test('what each answer would leave is tried beforehand: the step that stands, and the one that falls with its words', () => {
  const draft = Draft.on(baseFromCoverage(threeLots()))
    .perform({ op: 'update', parcel_id: 'a', properties: { land_use: 'yard' } })
    .perform({ op: 'move_point', at: [10, 10], to: lonLat([12, 9]) })
    .perform({ op: 'retire', parcel_id: 'b' });
  const without = coverage({ a: { version: 2, parts: [[[[0, 0], [10, 0], [10.5, 10.5], [0, 10]]]] }, c: { version: 2, parts: [[[[0, 10], [10.5, 10.5], [20, 10], [20, 20], [0, 20]]]] } });
  const mine = outlook(draft, conflicts(), baseFromCoverage(without), 'mine');
  assert.deepEqual(mine.draft.operations.map(({ op }) => op), ['update', 'move_point']);
  assert.deepEqual(mine.fallen.map(({ index, text }) => [index, text]), [[2, 'Retire B']]);
  const kept = outlook(draft, conflicts(), baseFromCoverage(without), 'theirs');
  assert.deepEqual(kept.draft.operations.map(({ op }) => op), ['update']);
  assert.equal(draft.steps.length, 3, 'nothing happened to the draft itself');
});

test('parcels that the server said the edit changes besides are sent as seen, and another content is another key', () => {
  let keys = 0;
  const key = () => String((keys += 1));
  const draft = Draft.on(baseFromCoverage(threeLots())).perform({ op: 'update', parcel_id: 'a', properties: { land_use: 'yard' } });
  const first = draft.toSend('', key);
  const second = first.draft.toSend('', key, null, ['b', 'unknown']);
  assert.deepEqual([first.body.seen, second.body.seen], [{ a: 1 }, { a: 1, b: 1 }]);
  assert.deepEqual([first.body.key, second.body.key, second.draft.toSend('', key, null, ['b', 'unknown']).body.key], ['1', '2', '2']);
});

test('an earlier step is taken out, and what makes no sense without it falls by its words', () => {
  const draft = Draft.on(baseFromCoverage(threeLots()))
    .perform({ op: 'insert_point', between: [[0, 0], [10, 0]], at: [5, 0] })
    .perform({ op: 'move_point', at: [10, 10], to: lonLat([12, 9]) })
    .perform({ op: 'remove_point', at: [5, 0] });
  const { draft: left, fallen } = draft.without(0);
  assert.deepEqual(left.operations.map(({ op }) => op), ['move_point']);
  assert.deepEqual(fallen.map(({ text }) => text), ['Remove point of A']);
  assert.deepEqual(left.undo().operations, draft.operations);
});

test('pictures zoom about the place under the pointer', () => {
  assert.deepEqual(zoomed([0, 0, 10, 10], 0.5, 0.5, 0.5), [2.5, 2.5, 7.5, 7.5]);
  assert.deepEqual(zoomed([0, 0, 10, 10], 0.5, 0, 0), [0, 5, 5, 10]);
});

test('a failure says what it is, what to do, and that nothing is lost', () => {
  assert.equal(failureText({ type: '/problems/not_allowed', detail: 'This needs the role editor.' }),
    'Not saved. This needs the role editor. Ask an administrator for the role of an editor; until then the steps stay here. Your steps are kept.');
  assert.match(failureText({ type: 'http_418' }), /^Not saved\. The server could not save the edit\. Your steps are kept\.$/);
});

test('every kind of step stands on top of theirs or falls with a reason, and no answer loses the others', () => {
  /** Each alone, on lots of which theirs moved the corner that all three share. */
  const each = {
    move_point: { op: 'move_point', at: [10, 10], to: lonLat([12, 9]) },
    insert_point: { op: 'insert_point', between: [[0, 0], [10, 0]], at: [5, 0] },
    remove_point: { op: 'remove_point', at: [20, 20] },
    replace_boundary: { op: 'replace_boundary', from: [10, 0], to: [10, 10], via: [[11, 5]], parcels: ['a', 'b'] },
    draw: { op: 'draw', parcel_id: 'n', kind: 'lot', rings: [[[20, 0], [30, 0], [20, 10]]] },
    split: { op: 'split', parcel_id: 'c', line: [[10, 20], [10, 10]], into: [null, 'c2'] },
    merge: { op: 'merge', parcels: ['a', 'b'], into: 'a' },
    retire: { op: 'retire', parcel_id: 'b' },
    restore: { op: 'restore', parcel_id: 'c', version: 1 },
    update: { op: 'update', parcel_id: 'a', properties: { land_use: 'yard' } },
  };
  const other = { op: 'update', parcel_id: 'b', properties: { address: '1 Mill Way' } };
  const now = baseFromCoverage(theirs());
  const outcome = Object.fromEntries(Object.entries(each).map(([name, operation]) => {
    const base = withPasts(baseFromCoverage(threeLots()), threeLots());
    const draft = Draft.on(base).perform(other).perform(operation);
    const stands = (answer) => {
      const { draft: left, fallen } = outlook(draft, conflicts(), now, answer);
      assert.ok(fallen.every(({ text, reason }) => text && reason), name);
      return left.operations.map(({ op }) => op).slice(1).length === 1;
    };
    return [name, [stands('mine'), collidingSteps(draft.steps, conflicts()).includes(1)]];
  }));
  // [stands on top of theirs, meets theirs]
  assert.deepEqual(outcome, {
    move_point: [true, true], insert_point: [true, true], remove_point: [true, true], replace_boundary: [true, true], draw: [true, false],
    split: [true, true], merge: [true, true], retire: [true, true], restore: [true, true], update: [true, true],
  });
});
