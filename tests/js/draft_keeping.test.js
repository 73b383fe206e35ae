import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem, NoAnswer } from '../../static/editor/api.js';
import { DraftKeeping } from '../../static/editor/drafts/draft_keeping.js';
import { titleOf } from '../../static/editor/drafts/draft_title.js';
import { annotate } from '../../static/editor/describe.js';
import { DraftMemory, offersOf } from '../../static/editor/drafts/draft_memory.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
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
    renameDraft: (id, body) => answer('rename', () => {
      held.set(id, { ...held.get(id), title: body.title, version: body.version + 1 });
      return held.get(id);
    }),
    renewToken: async () => false,
  };
}

/** Somebody at work; `pass` lets the time pass until what is due is done. */
function desk(api, memory = new DraftMemory(storage(), 'anna@example.com')) {
  const session = new Session({ canEdit: true, tool: 'select', terms: new Judging([]) });
  session.load(threeLots(), [-1, -1, 1, 1]);
  let due = null;
  let count = 0;
  const timer = { start: (act) => { due = act; return 1; }, stop: () => { due = null; } };
  const keeping = new DraftKeeping(api, session, memory, { about: () => ({ comment: 'why', recordId: null, title: titleOf(null, session.state.draft.steps) }), newKey: () => `key-${(count += 1)}`, timer });
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

const HERE = { key: 'k', id: 1, version: 2, changed_at: '2026-01-01T10:00:00Z', comment: '', record_id: null, title: 'Corner', seen: { a: 1 }, operations: [MOVE] };
const THERE = { id: 1, key: 'k', version: 2, operation_count: 5, changed_at: '2026-01-01T09:00:00Z', title: 'Corner', parcels: ['a'] };

test('of one draft here and there the newer steps are offered; of two that went apart, both, newest first', () => {
  assert.deepEqual(offersOf([HERE], [THERE]), [{ here: HERE, there: THERE, steps: 1, changedAt: HERE.changed_at, title: 'Corner', parcels: ['a'] }]);
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

test('a draft is called by its record and first step until its owner names it; what was decided with a step is kept', async () => {
  const api = server();
  const { session, keeping, pass } = desk(api);
  const draw = { op: 'draw', parcel_id: 'n', kind: 'lot', rings: [[[0, 30], [5, 30], [5, 35]]] };
  annotate(draw, 'from a traverse, closed');
  session.perform(MOVE);
  session.perform(draw);
  await pass();
  const first = api.held.get(1);
  assert.match(first.title, /^Move point shared by A, B, C/);
  assert.deepEqual(first.notes, ['', 'from a traverse, closed']);
  assert.match(titleOf({ id: 1, type: 'plat', number: '2026-4', title: '', state: '' }, session.state.draft.steps), /^Plat 2026-4: Move point/);
  keeping.rename('Monument 14');
  await pass();
  session.perform(INSERT);
  await pass();
  assert.equal(api.held.get(1).title, 'Monument 14');
});

test('set aside a draft stays, and what comes next is another', async () => {
  const api = server();
  const { session, keeping, memory, pass } = desk(api);
  session.perform(MOVE);
  assert.equal(await keeping.setAside(), true);
  assert.equal(session.state.draft.isEmpty, true);
  session.perform(INSERT);
  await pass();
  assert.deepEqual([...api.held.values()].map(({ operations }) => operations), [[MOVE], [INSERT]]);
  assert.deepEqual(memory.all(), []);
  const older = (await keeping.offers()).find(({ there }) => there.id === 1);
  await keeping.renameOffer(older, 'Older');
  assert.equal(api.held.get(1).title, 'Older');
});

test('steps that are kept nowhere are not set aside', async () => {
  const full = { ...storage(), setItem: () => { throw new DOMException('full', 'QuotaExceededError'); } };
  const { session, keeping } = desk(server(new NoAnswer(null), new NoAnswer(null)), new DraftMemory(full, 'anna@example.com'));
  session.perform(MOVE);
  assert.equal(await keeping.setAside(), false);
  assert.equal(session.state.draft.steps.length, 1);
});

test('what becomes of the draft is told: named, taken back, ended, set aside', async () => {
  const api = server();
  const discards = [];
  api.discardDraft = async (id, isTakenBack) => void discards.push([id, isTakenBack]);
  const { session, keeping, pass } = desk(api);
  const turns = [];
  keeping.onTurn = (turn) => turns.push(turn.kind === 'named' ? `named ${turn.id} ${turn.isAdopted}` : turn.kind);
  session.perform(MOVE);
  await pass();
  session.undo();
  await keeping.work;
  session.redo();
  await pass();
  session.discard();
  await keeping.work;
  session.perform(MOVE);
  await pass();
  keeping.release();
  const [offer] = await keeping.offers();
  keeping.adopt(offer);
  assert.deepEqual(turns, ['named 1 false', 'taken_back', 'named 2 false', 'ended', 'named 3 false', 'set_aside', `named ${offer.there.id} true`]);
  assert.deepEqual(discards, [[1, true], [2, false]]);
});
