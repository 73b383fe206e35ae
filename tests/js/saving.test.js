import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem, NoAnswer } from '../../static/editor/api.js';
import { send } from '../../static/editor/saving/saving.js';

const BODY = { key: 'k', comment: '', seen: {}, operations: [], if_stale: 'reject' };
const problem = (status, type, extra = {}) => new ApiProblem(status, { type: `/problems/${type}`, title: type, ...extra }, null);

/** A clock that does not wait but counts. */
function clock() {
  let now = 0;
  return { now: () => now, pause: async (ms) => { now += ms; }, waited: () => now };
}

/** A server that gives these answers one after the other; it keeps the keys it was sent. */
function server(...answers) {
  const keys = [];
  return {
    keys,
    renewals: 0,
    async saveEdit(body) {
      keys.push(body.key);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async renewToken() {
      this.renewals += 1;
      return true;
    },
  };
}

test('a lost connection and 503 are repeated under the same key until there is an answer', async () => {
  const api = server(new NoAnswer(new TypeError('reset')), problem(503, 'outcome_unknown'), problem(503, 'contention'), { edit_id: 7 });
  const outcome = await send(api, BODY, clock());
  assert.deepEqual(outcome, { kind: 'saved', receipt: { edit_id: 7 } });
  assert.deepEqual(api.keys, ['k', 'k', 'k', 'k']);
});

test('Retry-After is respected', async () => {
  const time = clock();
  await send(server(new ApiProblem(503, { type: 'contention' }, 3), { edit_id: 1 }), BODY, time);
  assert.ok(time.waited() >= 3000);
});

test('after three quarters of a minute it gives up and says that repeating is possible', async () => {
  const time = clock();
  const outcome = await send(server(new NoAnswer(null)), BODY, time);
  assert.equal(outcome.kind, 'unreachable');
  assert.ok(time.waited() > 45_000 && time.waited() < 60_000);
});

test('every definite answer has its outcome and is not repeated', async () => {
  for (const [error, kind] of [
    [problem(409, 'version_conflict', { conflicts: [] }), 'conflict'],
    [problem(422, 'edit_rejected', { findings: [] }), 'refused'],
    [problem(422, 'unknown_point'), 'refused'],
    [problem(428, 'version_required'), 'version_required'],
    [problem(403, 'not_allowed'), 'failed'],
    [problem(500, 'internal_error'), 'failed'],
  ]) {
    const api = server(error);
    assert.equal((await send(api, BODY, clock())).kind, kind);
    assert.equal(api.keys.length, 1);
  }
});

test('an old CSRF token is renewed once, quietly', async () => {
  const api = server(problem(400, 'csrf'), { edit_id: 2 });
  assert.equal((await send(api, BODY, clock())).kind, 'saved');
  assert.equal(api.renewals, 1);
});

test('an ended session is not asked again and again', async () => {
  const api = server(problem(401, 'unauthorized'));
  assert.deepEqual(await send(api, BODY, clock()), { kind: 'signed_out' });
  assert.equal(api.keys.length, 2);
});

test('a defect of the editor is not taken for an answer of the server', async () => {
  await assert.rejects(send(server(new TypeError('defect')), BODY, clock()), /defect/);
});
