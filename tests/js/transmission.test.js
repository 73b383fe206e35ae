import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem } from '../../static/editor/api.js';
import { DraftApi } from '../../static/editor/drafts/draft_api.js';
import { Transmission } from '../../static/editor/saving/transmission.js';

const BODY = { key: 'k', comment: '', seen: {}, operations: [], if_stale: 'reject' };
const problem = (status, type, members = {}) => new ApiProblem(status, { type: `/problems/${type}`, ...members }, null);

/** A page whose draft is kept as 7, version 3; `answers` of the server by what is asked, errors are thrown. */
function page(natures, answers, kept = [true]) {
  const log = [];
  const answer = (what) => async (...given) => {
    log.push([what, ...given.slice(0, 2)]);
    const said = answers[what];
    if (said instanceof Error) throw said;
    return said;
  };
  const keeping = { name: { key: 'd', id: 7, version: 3 }, flush: async () => (kept.length > 1 ? kept.shift() : kept[0]) };
  const api = { saveEdit: answer('save'), renewToken: async () => false };
  const drafts = { submitDraft: answer('submit'), drafts: answer('drafts') };
  return { log, transmission: new Transmission(api, drafts, natures, () => keeping) };
}

test('an edit that needs nobody else is saved', async () => {
  const { log, transmission } = page(['legal_event'], { save: { edit_id: 1 } });
  assert.deepEqual(await transmission.send(BODY), { kind: 'saved', receipt: { edit_id: 1 } });
  assert.deepEqual(log, [['save', BODY]]);
});

test('an edit that somebody else approves is submitted as its draft, of the version that was kept', async () => {
  const { log, transmission } = page(['correction'], { submit: {} });
  assert.deepEqual(await transmission.send(BODY), { kind: 'submitted', draft: 7 });
  assert.deepEqual(log, [['submit', 7, { version: 3 }]]);
});

test('a refused row is admitted by its draft where somebody else approves', async () => {
  const { log, transmission } = page(['correction'], { submit: {} });
  assert.deepEqual(await transmission.send({ ...BODY, admits: { import: 1, row: 4 } }), { kind: 'submitted', draft: 7 });
  assert.deepEqual(log, [['submit', 7, { version: 3 }]]);
});

test('what accepts findings is no edit to go on with on the map', async () => {
  const drafts = [{ id: 3, accepts: { ids: [5] } }, { id: 2, accepts: null }];
  const api = new DraftApi({ urls: { drafts: '/api/drafts' }, read: async () => ({ drafts }) });
  assert.deepEqual((await api.drafts()).map(({ id }) => id), [2]);
});

test('what is set after the page was loaded is heard of by saving', async () => {
  const { log, transmission } = page([], { save: problem(403, 'approval_required'), submit: {} });
  assert.equal((await transmission.send(BODY)).kind, 'submitted');
  assert.equal(transmission.needsAnother, true);
  assert.deepEqual(log.map(([what]) => what), ['save', 'submit']);
});

test('another 403 stays what it is, and a refusal of the draft is that of an edit', async () => {
  const forbidden = page([], { save: problem(403, 'not_allowed') });
  assert.equal((await forbidden.transmission.send(BODY)).kind, 'failed');
  const refused = page(['correction'], { submit: problem(409, 'version_conflict', { conflicts: [] }) });
  assert.equal((await refused.transmission.send(BODY)).kind, 'conflict');
});

test('what could not be kept is not submitted; who was signed out is asked to sign in', async () => {
  const out = page(['correction'], { drafts: problem(401, 'unauthorized'), submit: {} }, [false]);
  assert.equal((await out.transmission.send(BODY)).kind, 'signed_out');
  const never = page(['correction'], { drafts: [], submit: {} }, [false]);
  assert.equal((await never.transmission.send(BODY)).kind, 'unreachable');
  const back = page(['correction'], { drafts: [], submit: {} }, [false, true]);
  assert.equal((await back.transmission.send(BODY)).kind, 'submitted');
  assert.deepEqual([out, never].flatMap(({ log }) => log.map(([what]) => what)), ['drafts', 'drafts']);
});
