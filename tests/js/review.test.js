/** The review page without its page: what its address means, what it says, what it sends. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { applyFix, editOf } from '../../static/review/apply_fix.js';
import { Desk } from '../../static/review/desk.js';
import { isNarrowed, questionOf, readAddress, USUAL, writeAddress } from '../../static/review/filters.js';
import { scanText } from '../../static/review/status_line.js';
import { areasText, chipText, eventText, parcelLabel, parcelsText, parcelsTitle, stateText, whyNoFixes } from '../../static/review/words.js';
import { proposeFix } from '../../static/review/propose_fix.js';
import { ApiProblem } from '../../static/editor/api_problem.js';

const FINDING = { id: 5, rule: 'overlap', status: 'open', parcels: ['a', 'b'], numbers: ['395', '396'], assignee: null, accepted_until: null, disputed: false, age_days: 12, changed_at: 't' };
const FIX = {
  title: 'It goes to 395', needs: 'reason', comment: 'It goes to 395 (finding 5)', nature: 'correction', seen: { a: 1, b: 2 }, operations: [{ op: 'retire' }], numbers: { b: '396' },
  parcels: [{ parcel_id: 'b', version: 3, change: 'geometry', area_m2_before: 244.1, area_m2_after: 241.69 }, { parcel_id: 'c', version: 2, change: 'noded', area_m2_before: 5, area_m2_after: 5 }],
};

test('parcels of one number are told apart by their ids', () => {
  const all = [{ parcel_id: 'Q-1', number: '105' }, { parcel_id: 'Q-2', number: '105' }, { parcel_id: '7', number: null }, { parcel_id: 'Q-8', number: '8' }];
  assert.deepEqual(all.map((one) => parcelLabel(one, all)), ['105 · Q-1', '105 · Q-2', '7', '8']);
});

test('who cannot edit is told what may be done with a finding as it stands', () => {
  const told = (/** @type {object} */ finding) => whyNoFixes({ ...FINDING, ...finding }, false);
  assert.match(told({ status: 'open', waiting: null }), /You can accept/);
  assert.match(told({ status: 'accepted' }), /open it again/);
  assert.match(told({ status: 'open', waiting: { draft_id: 7 } }), /waits for another person/);
  assert.equal(whyNoFixes({ ...FINDING, status: 'accepted' }, true), '');
});

test('an address is read back as it was written', () => {
  const filters = { status: '', rule: 'gap', severity: 'warning', assignee: 'me', batch: '7', age: '8-30', area: 'district:R1 a', disputed: true, box: [2.1, 48.1, 2.2, 48.2], sort: 'oldest' };
  assert.deepEqual(readAddress(writeAddress({ filters, finding: 12 })), { filters, finding: 12 });
  assert.equal(writeAddress({ filters: USUAL, finding: null }), '');
  assert.ok(isNarrowed(filters));
  assert.ok(!isNarrowed({ ...USUAL, sort: 'rule' }));
});

test('what an address says that is nothing is as usual', () => {
  assert.deepEqual(readAddress('?status=odd&severity=x&age=old&area=street:1&batch=-1&bbox=3,2,1,0&sort=up&finding=1e3'), { filters: USUAL, finding: null });
});

test('the API is asked only for what narrows', () => {
  assert.equal(String(questionOf(USUAL)), 'status=open');
  assert.equal(String(questionOf({ ...USUAL, status: '', rule: 'gap,sliver', age: 'over-90', area: 'level:parcels', box: [1, 2, 3, 4] })), 'rule=gap%2Csliver&age=over-90&area=level%3Aparcels&bbox=1%2C2%2C3%2C4');
});

test('a row says in few words what there is', () => {
  assert.equal(parcelsText(FINDING), '395 / 396');
  assert.equal(parcelsText({ parcels: ['1', '2', '3', '4'], numbers: ['1', '2', '3', '4'] }), '1 / 2 +2');
  assert.equal(parcelsTitle(FINDING), '395 and 396');
  assert.equal(stateText(FINDING, 'me@x'), 'open');
  assert.equal(stateText({ ...FINDING, assignee: 'me@x' }, 'me@x'), 'assigned to you');
  assert.equal(stateText({ ...FINDING, assignee: 'ann@x', disputed: true }, 'me@x'), 'with ann, disputed');
  assert.match(stateText({ ...FINDING, status: 'accepted', accepted_until: '2040-03-01T12:00:00Z' }, 'me@x'), /^accepted to 1 Mar 2040$/);
  // A day that was given is stored as its end.
  assert.match(stateText({ ...FINDING, status: 'accepted', accepted_until: '2040-03-02T00:00:00+00:00' }, 'me@x'), /^accepted to 1 Mar 2040$/);
  assert.equal(stateText({ ...FINDING, assignee: 'me@x', waiting: { draft_id: 3, by: 'ann@x', since: '' } }, 'me@x'), 'proposed');
  assert.equal(chipText(FINDING), 'open 12 days');
  assert.equal(chipText({ ...FINDING, age_days: 0 }), 'open since today');
});

test('a fix tells the areas of what it changes, and what it leaves', () => {
  assert.equal(areasText(FIX, FINDING), '396 244.1 → 241.7 m², 395 unchanged');
});

test('an event is said with its reason and its record, each once', () => {
  const event = { at: '', what: 'accepted', who: 'ann@x', edit_id: null, import_id: null, reason: 'Both deeds', record: { id: 3, type: 'deed', number: '1987/12' }, words: 'accepted by ann@x' };
  assert.equal(eventText(event), 'accepted by ann@x · Both deeds · deed 1987/12');
  assert.equal(eventText({ ...event, what: 'opened', who: null, reason: 'Scan 4', record: null, words: 'opened by scan 4' }), 'opened by scan 4');
});

test('the last scan is told with its parcels and seconds', () => {
  assert.equal(scanText(null), 'Never scanned');
  assert.match(scanText({ id: 1, ended_at: new Date().toISOString(), parcels: 4241, seconds: 9.04 }), /^Last scan just now: 4\u202f241 parcels, 9.0 s$/);
});

test('a fix is sent as the edit that it is, with the reason before what it does', () => {
  const body = editOf(FIX, ' Deed ', 7);
  assert.equal(body.comment, 'Deed · It goes to 395 (finding 5)');
  assert.deepEqual([body.seen, body.operations, body.nature, body.record_id, body.if_stale], [FIX.seen, FIX.operations, 'correction', 7, 'reject']);
  assert.equal(editOf(FIX, '', null).comment, FIX.comment);
  assert.ok(!('record_id' in editOf(FIX, '', null)));
});

const answering = (status, problem) => ({ saveEdit: () => Promise.reject(new ApiProblem(status, problem, null)), renewToken: () => Promise.resolve(false) });

test('who was faster is named, and the fixes are worked out anew', async () => {
  const conflict = await applyFix(answering(409, { type: 'x/version_conflict', conflicts: [{ parcel_id: 'b', seen: 2, current_version: 3, changed_by: 'ann@x' }] }), editOf(FIX, '', null));
  assert.equal(conflict.kind, 'stale');
  assert.match(conflict.text, /Nothing was changed: ann@x changed parcel b/);
  const unseen = await applyFix(answering(428, { type: 'x/version_required', missing: [{ parcel_id: 'c', current: 2 }] }), editOf(FIX, '', null));
  assert.equal(unseen.kind, 'stale');
  assert.match(unseen.text, /would also change c/);
});

test('a refusal says which rule and where', async () => {
  const findings = [{ rule: 'overlap', parcels: ['b'], place: null, measure: 1, message: 'b and c would overlap.' }];
  const refused = await applyFix(answering(422, { type: 'x/edit_rejected', findings }), editOf(FIX, '', null));
  assert.equal(refused.kind, 'refused');
  assert.equal(refused.text, 'Nothing was changed. b and c would overlap.');
  assert.deepEqual(refused.refusals, findings);
});

test('where another person has to approve, a fix is a draft that is submitted; once, however often it is sent', async () => {
  const sent = [];
  const drafts = { state: 'open' };
  const api = {
    urls: { drafts: '/api/drafts' }, renewToken: () => Promise.resolve(true),
    write: (method, url, body) => {
      sent.push([method, url, body]);
      if (url.endsWith('/submit')) drafts.state = 'submitted';
      return Promise.resolve({ id: 12, version: 3, state: drafts.state });
    },
  };
  const body = editOf(FIX, 'Deed', 7);
  assert.deepEqual(await proposeFix(api, body, FIX.title), { kind: 'proposed', draft: 12 });
  assert.deepEqual(await proposeFix(api, body, FIX.title), { kind: 'proposed', draft: 12 });
  assert.deepEqual(sent.map(([method, url]) => `${method} ${url}`), ['POST /api/drafts', 'POST /api/drafts/12/submit', 'POST /api/drafts']);
  assert.deepEqual(sent[1][2], { version: 3 });
  const { key, comment, record_id: record, title, notes } = sent[0][2];
  assert.deepEqual([key, comment, record, title, notes], [body.key, body.comment, 7, FIX.title, [FIX.title]]);
});

test('what is gone from the list leaves the next one selected, at its end the last', () => {
  const desk = new Desk(USUAL);
  desk.set({ findings: [1, 2, 3].map((id) => ({ ...FINDING, id })) });
  desk.select(2);
  desk.check([2, 3]);
  desk.remove(new Set([2]));
  assert.deepEqual([desk.state.selected, [...desk.state.checked]], [3, [3]]);
  desk.remove(new Set([3]));
  assert.equal(desk.state.selected, 1);
  desk.remove(new Set([1]));
  assert.deepEqual([desk.state.selected, desk.state.finding], [null, null]);
});

test('rows are chosen on the way, and an act is about them', () => {
  const desk = new Desk(USUAL);
  desk.set({ findings: [1, 2, 3, 4].map((id) => ({ ...FINDING, id })) });
  desk.select(2);
  assert.deepEqual(desk.inHand.map(({ id }) => id), [2]);
  desk.extend(2, 4);
  assert.deepEqual(desk.inHand.map(({ id }) => id), [2, 3, 4]);
});
