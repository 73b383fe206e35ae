/** A parcel that is divided into many parts is one step: in the list, undone, kept, done again and in a conflict. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { doingsOf } from '../../static/editor/divisions.js';
import { restore } from '../../static/editor/draft.js';
import { offersOf } from '../../static/editor/drafts/draft_memory.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
import { collidingSteps } from '../../static/editor/saving/conflict.js';
import { Session } from '../../static/editor/session.js';
import { splitPlan, splitTool } from '../../static/editor/tools/split.js';
import { coverage } from './fabric.js';

const RINGS = { a: [[[0, 0], [30, 0], [30, 10], [0, 10]]], b: [[[30, 0], [40, 0], [40, 10], [30, 10]]] };
const NUMBERS = { a: '12', b: '40' };

/** Lot 12 is divided into equal parts, between two other steps. */
function divided(parts, continuing = 0) {
  const session = new Session({ canEdit: true, tool: 'select', terms: new Judging([]) });
  const given = coverage(RINGS);
  for (const parcel of given.parcels) parcel.number = NUMBERS[parcel.parcel_id];
  session.load(given, null);
  session.performAll([{ op: 'update', parcel_id: 'b', properties: { land_use: 'garden' } }]);
  session.select('a');
  session.set({ tool: 'split' });
  session.set({ plan: { ...splitPlan(session), way: 'parts', parts, directionDeg: 0, continuing, taken: { '12/': [] } } });
  const { operation, more } = splitTool.propose({ session });
  assert.ok(session.performAll([operation, ...more]));
  session.performAll([{ op: 'update', parcel_id: 'b', properties: { address: 'Mill Lane' } }]);
  return session;
}
const texts = ({ told }) => told.map(({ text }) => text);
const OTHERS = ['Change land use of 40', 'Change address of 40'];
const with12 = (text) => [OTHERS[0], text, OTHERS[1]];

test('many parts are one step with all of them told, wherever the parcel continues', () => {
  assert.deepEqual(texts(divided(3).state.draft), with12('Split 12 into 3 parts: 12, 12/1, 12/2'));
  assert.deepEqual(texts(divided(4, 2).state.draft), with12('Split 12 into 4 parts: 12/1, 12/2, 12, 12/3'));
  assert.deepEqual(texts(divided(9).state.draft), with12('Split 12 into 9 parts: 12, 12/1, 12/2 and 6 more'));
  assert.deepEqual(texts(divided(2).state.draft), with12('Split 12 into 12 and 12/1'));
});

test('it is undone as one wherever it stands, by any of its operations', () => {
  for (const index of [1, 2, 3]) {
    const session = divided(4);
    session.undoStep(index);
    assert.deepEqual(texts(session.state.draft), OTHERS);
    assert.equal(session.graph.changed().size, 1, 'of lot 12 nothing is left');
  }
});

test('a draft that is opened again knows it as one, also for going back', () => {
  const { draft } = divided(4).state;
  const again = restore(draft.graph.base, draft.operations).draft;
  assert.deepEqual(texts(again), texts(draft));
  assert.deepEqual(texts(again.undo()), texts(draft).slice(0, 2));
  assert.deepEqual(texts(again.undo().undo()), texts(draft).slice(0, 1));
});

test('a draft that this browser kept is offered with as many steps as its author did', () => {
  const { operations } = divided(4).state.draft;
  const [offer] = offersOf([{ key: 'k', version: 1, operations, changed_at: '2026-01-01', seen: {}, isGone: false }], []);
  assert.equal(offer.steps, 3);
});

test('where one line of it cannot be done again none is, and that is said once', () => {
  const { draft } = divided(4).state;
  const operations = draft.operations.map((operation, index) => (index === 3 ? { ...operation, line: [[90, 90], [90, 91]] } : operation));
  const { draft: left, fallen } = restore(draft.graph.base, operations, draft.steps.map(({ text }) => text));
  assert.deepEqual(texts(left), OTHERS);
  assert.deepEqual(fallen.map(({ index, text }) => [index, text]), [[1, 'Split 12 into 4 parts: 12, 12/1, 12/2, 12/3']]);
});

test('what meets one line of it in a conflict meets all', () => {
  const { draft } = divided(4).state;
  const conflict = { parcel_id: 'a', base: coverage(RINGS), current: coverage({ ...RINGS, a: [[[0, 0], [30, 0], [30, 10], [0, 11]]] }) };
  assert.deepEqual(collidingSteps(draft.steps, [conflict]), [1, 2, 3]);
});

test('two divisions one after the other stay two', () => {
  const { operations } = divided(3).state.draft;
  const other = operations.slice(1, 3).map((operation) => ({ ...operation, parcel_id: operation.parcel_id === 'a' ? 'a' : `z${operation.parcel_id}`, into: operation.into.map((id) => id && `z${id}`) }));
  assert.deepEqual(doingsOf([...operations.slice(1, 3), ...other]).map(({ first }) => first), [0, 2]);
  const unnamed = { op: 'split', parcel_id: 'a', line: [] };
  assert.equal(doingsOf([unnamed, unnamed]).length, 2, 'a client that leaves the ids to the server says nothing of what is one');
});
