import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem, NoAnswer } from '../../static/editor/api.js';
import { DraftKeeping } from '../../static/editor/drafts/draft_keeping.js';
import { DraftMemory, offersOf } from '../../static/editor/drafts/draft_memory.js';
import { Session } from '../../static/editor/session.js';
import { lonLat, threeLots } from './fabric.js';

const MOVE = { op: 'move_point', at: [10, 10], to: lonLat([11, 11]) };
const INSERT = { op: 'insert_point', between: [[0, 0], [10, 0]], at: [5, 0] };
const problem = (status, type) => new ApiProblem(status, { type: `/problems/${type}` }, null);

/** localStorage, as far as it is used. */
function storage() {
  const kept = new Map();
  return {
    get length() { return kept.size; },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

/** A server of drafts; `refusals` are answered first. */
function server(...refusals) {
  const held = new Map();
  const log = [];
  const answer = (what, act) => {
    log.push(what);
    const refusal = refusals.shift();
    return refusal ? Promise.reject(refusal) : Promise.resolve().then(act);
  };
  return {
    held,
    log,
    drafts: async () => [...held.values()],
    beginDraft: (body) => answer('begin', () => {
      if ([...held.values()].some(({ key }) => key === body.key)) throw problem(422, 'key_reused');
      const draft = { ...body, id: held.size + 1, version: 1, operation_count: body.operations.length, changed_at: '2026-01-01T10:00:00Z' };
      held.set(draft.id, draft);
      return draft;
    }),
    keepDraft: (id, body) => answer('keep', () => {
      const draft = held.get(id);
      if (!draft) throw problem(404, 'not_found');
      if (draft.version !== body.version) throw problem(409, 'draft_changed');
      held.set(id, { ...draft, ...body, version: body.version + 1, operation_count: body.operations.length });
      return held.get(id);
    }),
    discardDraft: (id) => answer('discard', () => void held.delete(id)),
    renewToken: async () => false,
  };
}

/** Somebody at work; `pass` lets the time pass until what is due is done. */
function desk(api, memory = new DraftMemory(storage(), 'anna@example.com')) {
  const session = new Session({ canEdit: true, tool: 'select' });
  session.load(threeLots(), [-1, -1, 1, 1]);
  let due = null;
  let count = 0;
  const timer = { start: (act) => { due = act; return 1; }, stop: () => { due = null; } };
  const keeping = new DraftKeeping(api, session, memory, { about: () => ({ comment: 'why', recordId: null }), newKey: () => `key-${(count += 1)}`, timer });
  const pass = async () => {
    const act = due;
    due = null;
    act?.();
    await keeping.work;
  };
  return { session, keeping, memory, pass };
}

test('a step is here at once, on the server a moment later, and then no longer here', async () => {
  const api = server();
  const { session, memory, pass } = desk(api);
  session.perform(MOVE);
  assert.equal(session.state.kept, 'here');
  assert.deepEqual(memory.all().map((draft) => draft.operations), [[MOVE]]);
  await pass();
  assert.equal(session.state.kept, 'server');
  assert.deepEqual(memory.all(), []);
  session.perform(INSERT);
  await pass();
  assert.deepEqual(api.log, ['begin', 'keep']);
  assert.deepEqual(api.held.get(1).operations, [MOVE, INSERT]);
  assert.deepEqual(api.held.get(1).seen, { a: 1, b: 1, c: 1 });
});

test('what the server does not get stays here and is sent again', async () => {
  const { session, memory, pass } = desk(server(new NoAnswer(null), problem(503, 'database_unreachable')));
  session.perform(MOVE);
  for (const kept of ['here', 'here', 'server']) {
    await pass();
    assert.equal(session.state.kept, kept);
    assert.equal(memory.all().length, kept === 'here' ? 1 : 0);
  }
});

test('without a place in the browser it says so until the server has it', async () => {
  const { session, pass } = desk(server(), new DraftMemory(null, 'anna@example.com'));
  session.perform(MOVE);
  assert.equal(session.state.kept, 'nowhere');
  await pass();
  assert.equal(session.state.kept, 'server');
});

test('without steps it is gone everywhere, also where its first answer is still on its way', async () => {
  const api = server();
  const { session, memory, keeping, pass } = desk(api);
  session.perform(MOVE);
  const sending = pass();
  while (api.log.length === 0) await null;
  session.undo();
  await sending;
  await keeping.work;
  assert.deepEqual(api.log, ['begin', 'discard']);
  assert.equal(api.held.size, 0);
  assert.deepEqual(memory.all(), []);
  assert.equal(session.state.kept, null);
});

test('what could not be discarded on the server is not offered again, and discarded later', async () => {
  const api = server(null, new NoAnswer(null));
  const { session, keeping, memory, pass } = desk(api);
  session.perform(MOVE);
  await pass();
  session.discard();
  await keeping.work;
  assert.equal(api.held.size, 1);
  assert.deepEqual(await keeping.offers(), []);
  await keeping.work;
  assert.equal(api.held.size, 0);
  assert.deepEqual(memory.all(), []);
});

test('a draft that another tab changed stays as that tab left it, and this one becomes another', async () => {
  const api = server();
  const { session, pass } = desk(api);
  session.perform(MOVE);
  await pass();
  api.held.set(1, { ...api.held.get(1), version: 2, operations: ['theirs'] });
  session.perform(INSERT);
  await pass();
  assert.match(session.state.notice?.text ?? '', /Both are kept/);
  await pass();
  assert.deepEqual([...api.held.values()].map((draft) => draft.operations), [['theirs'], [MOVE, INSERT]]);
  assert.equal(session.state.kept, 'server');
});

test('a draft that was discarded elsewhere is begun anew', async () => {
  const api = server();
  const { session, pass } = desk(api);
  session.perform(MOVE);
  await pass();
  api.held.clear();
  session.perform(INSERT);
  await pass();
  await pass();
  assert.deepEqual([...api.held.values()].map((draft) => draft.operations), [[MOVE, INSERT]]);
});

test('after a lost first answer the next step goes into the draft that the server has', async () => {
  const api = server();
  const begin = api.beginDraft;
  api.beginDraft = async (body) => {
    await begin(body);
    api.beginDraft = begin;
    throw new NoAnswer(null);
  };
  const { session, pass } = desk(api);
  session.perform(MOVE);
  await pass();
  session.perform(INSERT);
  await pass();
  await pass();
  assert.deepEqual([...api.held.values()].map((draft) => [draft.version, draft.operations.length]), [[2, 2]]);
});

test('a draft that only this browser has is gone on with under a key of its own: its tab may still be open', async () => {
  const api = server();
  const memory = new DraftMemory(storage(), 'anna@example.com');
  memory.put({ ...HERE, id: null, version: 0 });
  const { session, keeping, pass } = desk(api, memory);
  const [offer] = await keeping.offers();
  keeping.adopt(offer);
  session.perform(MOVE);
  await pass();
  assert.deepEqual([...api.held.values()].map((draft) => draft.key), ['key-1']);
  assert.deepEqual(memory.all(), []);
});

const HERE = { key: 'k', id: 1, version: 2, changed_at: '2026-01-01T10:00:00Z', comment: '', record_id: null, seen: {}, operations: [MOVE] };
const THERE = { id: 1, key: 'k', version: 2, operation_count: 5, changed_at: '2026-01-01T09:00:00Z' };

test('of one draft here and there the newer steps are offered; of two that went apart, both, newest first', () => {
  assert.deepEqual(offersOf([HERE], [THERE]), [{ here: HERE, there: THERE, steps: 1, changedAt: HERE.changed_at }]);
  const apart = offersOf([HERE], [{ ...THERE, version: 3, changed_at: '2026-01-01T11:00:00Z' }]);
  assert.deepEqual(apart.map(({ here, steps }) => [here !== null, steps]), [[false, 5], [true, 1]]);
  assert.equal(offersOf([{ ...HERE, id: null, version: 0 }], [{ ...THERE, version: 1 }]).length, 1, 'its first answer was lost');
  assert.deepEqual(offersOf([{ ...HERE, isGone: true }], [THERE]), []);
});

test('a draft of another account on this computer is not seen', () => {
  const shared = storage();
  new DraftMemory(shared, 'anna@example.com').put(HERE);
  assert.deepEqual(new DraftMemory(shared, 'ben@example.com').all(), []);
  assert.deepEqual(new DraftMemory(shared, 'anna@example.com').all(), [HERE]);
});
