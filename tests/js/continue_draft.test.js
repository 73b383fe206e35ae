import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem } from '../../static/editor/api.js';
import { continueDraft } from '../../static/editor/drafts/continue_draft.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
import { Session } from '../../static/editor/session.js';
import { lonLat, threeLots } from './fabric.js';

const MOVE = { op: 'move_point', at: [10, 10], to: lonLat([11, 11]) };
const LOST = { op: 'move_point', at: [77, 77], to: lonLat([11, 11]) };
const RETIRE = { op: 'retire', parcel_id: 'z' };

/** A map at which somebody opens a draft; the server has the three lots, in version 1, and a few answers of its own. */
function desk(content) {
  const session = new Session({ canEdit: true, tool: 'select', terms: new Judging([]) });
  const asked = [];
  const only = (ids) => ({ ...threeLots(), parcels: threeLots().parcels.filter((parcel) => ids.includes(parcel.parcel_id)) });
  const api = {
    coverage: async () => threeLots(),
    coverageOf: async (ids) => {
      asked.push(ids);
      if (ids.some((id) => !['a', 'b', 'c'].includes(id))) throw new ApiProblem(404, { type: '/problems/not_found' }, null);
      return only(ids);
    },
  };
  const adopted = [];
  const titles = [];
  const there = { id: 1, key: 'k', version: 1, operation_count: content.operations.length, changed_at: '' };
  const place = {
    api, session, drafts: { draft: async () => ({ comment: '', record_id: null, ...content }) }, view: { fit: () => undefined, box: [-1, -1, 1, 1] },
    keeping: { adopt: (offer, title) => { adopted.push(offer.there.key); titles.push(title); } }, onContent: async () => null,
  };
  return { session, asked, adopted, titles, place, open: () => continueDraft(place, { here: null, there, steps: 1, changedAt: '' }) };
}

const said = (session) => session.state.notice?.text ?? '';

test('its steps stand again, each to be undone, and it is gone on with as that draft', async () => {
  const { session, adopted, open } = desk({ seen: { a: 1, b: 1, c: 1 }, operations: [MOVE] });
  assert.equal(await open(), true);
  assert.deepEqual(session.state.draft.operations, [MOVE]);
  assert.deepEqual(adopted, ['k']);
  assert.match(said(session), /Nothing of it was changed/);
  session.undo();
  assert.equal(session.state.draft.isEmpty, true);
});

test('versions that differ, parcels that are gone and steps that fall are told', async () => {
  const { session, open } = desk({ seen: { a: 1, b: 4, z: 2 }, operations: [MOVE, LOST] });
  assert.equal(await open(), true);
  assert.deepEqual(session.state.draft.operations, [MOVE]);
  assert.match(said(session), /b \(version 4, now 1\)/);
  assert.match(said(session), /No longer there: z\./);
  assert.match(said(session), /1 step could not be done again/);
});

test('where no step can be done again the draft stays as it is', async () => {
  const { session, adopted, open } = desk({ seen: { z: 2 }, operations: [RETIRE] });
  assert.equal(await open(), false);
  assert.deepEqual(adopted, []);
  assert.equal(session.state.draft.isEmpty, true);
  assert.match(said(session), /cannot be continued\. No longer there: z\. 1 step/);
});

test('it never takes the place of steps that were done meanwhile', async () => {
  const { session, adopted, place, open } = desk({ seen: { a: 1 }, operations: [MOVE] });
  place.onContent = async () => {
    session.load(threeLots(), [-1, -1, 1, 1]);
    session.perform({ op: 'retire', parcel_id: 'a' });
  };
  assert.equal(await open(), false);
  assert.deepEqual(adopted, []);
  assert.deepEqual(session.state.draft.operations, [{ op: 'retire', parcel_id: 'a' }]);
});

test('each operation is done again with what was decided when it was made, and the title is its owner’s only where it was given', async () => {
  const operations = [
    MOVE,
    { op: 'insert_point', between: [[0, 0], [10, 0]], at: [5, 0] },
    { op: 'replace_boundary', from: [0, 0], to: [5, 0], via: [[2, 1]], parcels: ['a'] },
    { op: 'update', parcel_id: 'b', properties: { land_use: 'yard' } },
    { op: 'split', parcel_id: 'c', line: [[10, 20], [10, 10]], into: [null, 'c2'] },
    { op: 'retire', parcel_id: 'c2' },
    { op: 'draw', parcel_id: 'n', kind: 'lot', rings: [[[30, 30], [35, 30], [35, 35]]] },
    { op: 'remove_point', at: [2, 1] },
    { op: 'merge', parcels: ['a', 'b'], into: 'a' },
  ];
  const notes = operations.map(({ op }) => (op === 'draw' ? 'from a traverse, closed' : ''));
  const first = desk({ seen: { a: 1, b: 1, c: 1 }, operations, notes, title: 'Monument 14' });
  assert.equal(await first.open(), true);
  assert.equal(said(first.session), `Your draft is open again: ${operations.length} steps. Nothing of it was changed by others.`);
  assert.match(first.session.state.draft.steps[6].text, /^Draw lot .*, from a traverse, closed$/);
  assert.deepEqual(first.titles, ['Monument 14']);
  const again = desk({ seen: { a: 1, b: 1, c: 1 }, operations: [MOVE], title: first.session.state.draft.steps[0].text });
  await again.open();
  assert.deepEqual(again.titles, [null]);
});
