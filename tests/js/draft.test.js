import assert from 'node:assert/strict';
import test from 'node:test';

import { baseFromCoverage, mergeBases, withPasts } from '../../static/editor/base.js';
import { Draft, renamed, replay, restore } from '../../static/editor/draft.js';
import { coverage, junction, lonLat, threeLots } from './fabric.js';

const MOVE = { op: 'move_point', at: [10, 10], to: lonLat([11, 11]) };
const INSERT = { op: 'insert_point', between: [[0, 0], [10, 0]], at: [5, 0] };
const MOVE_INSERTED = { op: 'move_point', at: [5, 0], to: lonLat([5, -1]) };
const started = () => Draft.on(baseFromCoverage(threeLots()));

const keys = () => {
  let count = 0;
  return () => `key-${(count += 1)}`;
};

test('seen holds the loaded version of every parcel that a step changes', () => {
  assert.deepEqual(started().seen(), {});
  assert.deepEqual(started().perform(MOVE).seen(), { a: 1, b: 1, c: 1 });
  assert.deepEqual(started().perform(INSERT).seen(), { a: 1 });
});

test('seen holds a parcel that follows as a T-junction', () => {
  assert.deepEqual(Draft.on(baseFromCoverage(junction())).perform(MOVE).seen(), { a: 1, b: 1, c: 1 });
});

test('undo takes the parcels of the step out of seen, redo brings them back', () => {
  const draft = started().perform(INSERT).perform(MOVE);
  assert.deepEqual(draft.undo().seen(), { a: 1 });
  assert.deepEqual(draft.undo().redo().seen(), { a: 1, b: 1, c: 1 });
});

test('a refused step changes nothing', () => {
  const draft = started().perform(INSERT);
  assert.throws(() => draft.perform({ op: 'remove_point', at: [10, 10] }), /meet at this point/);
  assert.equal(draft.steps.length, 1);
});

test('the same unchanged edit is sent under the same key, a changed one under a new key', () => {
  const newKey = keys();
  const first = started().perform(MOVE).toSend('monument', newKey);
  const again = first.draft.toSend('monument', newKey);
  assert.equal(again.body.key, first.body.key);
  assert.deepEqual(again.body, { key: 'key-1', comment: 'monument', seen: { a: 1, b: 1, c: 1 }, operations: [MOVE], if_stale: 'reject' });
  const further = again.draft.perform(INSERT).toSend('monument', newKey);
  assert.notEqual(further.body.key, first.body.key);
  assert.notEqual(again.draft.toSend('other reason', newKey).body.key, first.body.key);
});

test('the record travels with the edit, and under another record it is another edit', () => {
  const newKey = keys();
  const first = started().perform(MOVE).toSend('monument', newKey, 12);
  assert.equal(first.body.record_id, 12);
  assert.equal(first.draft.toSend('monument', newKey, 12).body.key, first.body.key);
  const without = first.draft.toSend('monument', newKey);
  assert.notEqual(without.body.key, first.body.key);
  assert.equal('record_id' in without.body, false);
});

test('coordinates travel as JSON without losing a bit', () => {
  const to = { lon: 2.3200000000000003, lat: 48.67000000000001 };
  const { body } = started().perform({ op: 'move_point', at: [10, 10], to }).toSend('', keys());
  assert.deepEqual(JSON.parse(JSON.stringify(body)).operations[0].to, to);
});

test('undoing an earlier step keeps the later ones that do not need it', () => {
  const { draft, fallen } = started().perform(INSERT).perform(MOVE).without(0);
  assert.deepEqual(draft.operations, [MOVE]);
  assert.deepEqual(fallen, []);
  assert.equal(draft.undo().steps.length, 2);
});

test('undoing an earlier step says which later ones fall', () => {
  const { draft, fallen } = started().perform(INSERT).perform(MOVE_INSERTED).perform(MOVE).without(0);
  assert.deepEqual(draft.operations, [MOVE]);
  assert.deepEqual(fallen.map((step) => step.operation), [MOVE_INSERTED]);
  assert.match(fallen[0].reason, /no longer there/);
});

test('a run of small moves of one point is one step', () => {
  const further = { ...MOVE, to: lonLat([12, 12]) };
  const draft = started().perform(MOVE).performInstead(further);
  assert.deepEqual(draft.operations, [further]);
  assert.equal(draft.undo().isEmpty, true);
});

test('a load of newer versions leaves every parcel under edit, also of undone steps, as it was seen', () => {
  const draft = started().perform(INSERT).perform(MOVE).undo();
  assert.deepEqual([...draft.held()].sort(), ['a', 'b', 'c']);
  const fresh = threeLots();
  for (const parcel of fresh.parcels) parcel.version = 9;
  const reloaded = draft.withBase(mergeBases(draft.graph.base, baseFromCoverage(fresh), draft.held()));
  assert.deepEqual(reloaded.redo().seen(), { a: 1, b: 1, c: 1 });
});

test('a restored draft can be undone step by step', () => {
  const { draft, fallen } = restore(baseFromCoverage(threeLots()), [INSERT, MOVE_INSERTED]);
  assert.deepEqual(fallen, []);
  assert.deepEqual(draft.undo().operations, [INSERT]);
});

test('a replay goes on after a step that fell', () => {
  const { work, fallen } = replay(baseFromCoverage(threeLots()), [{ op: 'remove_point', at: [99, 99] }, MOVE]);
  assert.equal(fallen.length, 1);
  assert.deepEqual(work.steps.map((step) => step.operation), [MOVE]);
});

test('points are renamed wherever an operation names them', () => {
  const names = new Map([['10,10', [10.5, 10]]]);
  assert.deepEqual(
    renamed([MOVE, { op: 'insert_point', between: [[10, 10], [0, 10]], at: [5, 10] }, { op: 'remove_point', at: [10, 10] }], names),
    [
      { ...MOVE, at: [10.5, 10] },
      { op: 'insert_point', between: [[10.5, 10], [0, 10]], at: [5, 10] },
      { op: 'remove_point', at: [10.5, 10] },
    ],
  );
});

test('a retired parcel comes back with the version that its author saw, also on another base', () => {
  const was = coverage({ z: { parts: [[[[0, 20], [20, 20], [20, 30], [0, 30]]]], version: 2 } });
  const base = withPasts(baseFromCoverage(threeLots()), was, 5);
  const draft = Draft.on(base).perform({ op: 'restore', parcel_id: 'z', version: 2 });
  assert.equal(draft.graph.parcel('z')?.version, 5);
  assert.deepEqual(draft.seen(), { z: 5 });
  const again = draft.withBase(mergeBases(base, baseFromCoverage(threeLots()), draft.held()));
  assert.deepEqual(again.seen(), { z: 5 });
  assert.throws(() => Draft.on(baseFromCoverage(threeLots())).perform({ op: 'restore', parcel_id: 'z', version: 2 }), /not loaded/);
});
