/** Reference layers go with the draft: told by what becomes of it, and what the server could not be told yet. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem, NoAnswer } from '../../static/editor/api.js';
import { layerOf } from '../../static/editor/reference/reference_layer.js';
import { ReferencePlaces } from '../../static/editor/reference/reference_place.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
import { Session } from '../../static/editor/session.js';

const layer = (id, draft = null, kept = false) => layerOf({ id, name: `${id}.csv`, draft_id: draft, is_kept: kept, points: [], features: [] }, true);

/** A page with layers; `answer` says what the server makes of a request. */
function desk(layers, answer = () => null) {
  const session = new Session({ canEdit: true, tool: 'select', terms: new Judging([]) });
  session.set({ references: layers });
  const log = [];
  const ask = async (what) => {
    log.push(what);
    const refusal = answer(what);
    if (refusal) throw refusal;
  };
  const keeping = { name: null, onTurn: () => undefined };
  const brought = [];
  const places = new ReferencePlaces(session, {
    assign: (id, place) => ask(`${id}: ${place.draft_id} ${place.is_kept}`), remove: (id) => ask(`remove ${id}`),
  }, keeping, async (draft) => void brought.push(draft));
  const turn = async (what) => {
    keeping.name = what.kind === 'named' ? { key: 'k', id: what.id, version: 1 } : null;
    keeping.onTurn(what);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const shown = () => session.state.references.map(({ id, draftId, isKept }) => [id, draftId, isKept]);
  return { session, places, turn, shown, log, brought };
}
const NAMED = { kind: 'named', id: 5, isAdopted: false };

test('what waits joins the draft as soon as it has a name; what is kept does not', async () => {
  const { turn, shown, log, brought } = desk([layer(1), layer(2, null, true)]);
  await turn(NAMED);
  assert.deepEqual(log, ['1: 5 false']);
  assert.deepEqual(shown(), [[1, 5, false], [2, null, true]]);
  assert.deepEqual(brought, []);
});

test('a draft that is opened brings its layers', async () => {
  const { turn, brought } = desk([]);
  await turn({ ...NAMED, isAdopted: true });
  assert.deepEqual(brought, [5]);
});

test('with the end of the draft its layers go, and the server is told of those that it had not given to it', async () => {
  const { session, turn, shown, log } = desk([layer(1), layer(2, null, true)]);
  await turn(NAMED);
  session.set({ references: [...session.state.references, layer(3)] });
  await turn({ kind: 'ended' });
  assert.deepEqual(shown(), [[2, null, true]]);
  assert.deepEqual(log, ['1: 5 false', 'remove 3']);
});

test('steps that are undone leave the layers to the next draft', async () => {
  const { turn, shown, log } = desk([layer(1)]);
  await turn(NAMED);
  await turn({ kind: 'taken_back' });
  assert.deepEqual(shown(), [[1, null, false]]);
  await turn({ ...NAMED, id: 6 });
  assert.deepEqual(log, ['1: 5 false', '1: 6 false']);
});

test('a draft that is set aside takes its layers off the map and no more', async () => {
  const { turn, shown, log } = desk([layer(1), layer(2, null, true)]);
  await turn(NAMED);
  await turn({ kind: 'set_aside' });
  assert.deepEqual(shown(), [[2, null, true]]);
  assert.deepEqual(log, ['1: 5 false']);
});

test('a layer is kept, and let go with the draft again', async () => {
  const { places, turn, shown, log } = desk([layer(1)]);
  await turn(NAMED);
  await places.toggleKept(1);
  assert.deepEqual(shown(), [[1, null, true]]);
  await places.toggleKept(1);
  assert.deepEqual(shown(), [[1, 5, false]]);
  assert.deepEqual(log, ['1: 5 false', '1: null true', '1: 5 false']);
});

test('where the server does not answer the layer is as it was, and keeping it is said to have failed', async () => {
  const { session, places, turn, shown } = desk([layer(1)], () => new NoAnswer(null));
  await turn(NAMED);
  assert.deepEqual([shown(), session.state.notice], [[[1, null, false]], null]);
  await places.toggleKept(1);
  assert.deepEqual(shown(), [[1, null, false]]);
  assert.match(session.state.notice.text, /could not be kept for later/);
});

test('one that is gone on the server already goes here quietly', async () => {
  const { turn, shown, session } = desk([layer(1)], (what) => (what.startsWith('remove') ? new ApiProblem(404, { type: '/problems/not_found' }, null) : null));
  await turn({ kind: 'ended' });
  assert.deepEqual([shown(), session.state.notice], [[], null]);
});
