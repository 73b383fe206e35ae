/**
 * What is said of colleagues' drafts, and where they are asked for.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { boxOnEarth, Colleagues, draftSentence, initials, parcelsText } from '../../static/editor/drafts/colleagues.js';

const draft = (id, ...parcels) => ({
  id, owner: 'jane.doe@example.org', record: null, created_at: '2026-01-02T10:00:00Z', changed_at: '2026-01-02T10:00:00Z', bbox: [0, 0, 1, 1],
  parcels: parcels.map((each) => ({ parcel_id: each, number: null })),
});

test('a draft is said in a sentence: whose, since when, which parcels, under which record', () => {
  const record = { id: 4, type: 'plat', number: '2026-4' };
  assert.match(draftSentence({ ...draft(1, 'A', 'B'), record }), /^jane\.doe@example\.org has a draft open since .*2026.*: parcels A, B \(Plat 2026-4\)\.$/);
  assert.equal(parcelsText(draft(1)), 'a new parcel');
  assert.equal(parcelsText({ parcels: [{ parcel_id: 'A', number: '12' }] }), 'parcel 12');
  assert.equal(parcelsText(draft(1, ...'ABCDEFG')), 'parcels A, B, C, D and 3 others');
  assert.deepEqual(['jane.doe@x', 'admin@x', '@', 'élise_b-c@x'].map(initials), ['JD', 'A', '?', 'ÉB']);
});

test('a map that shows more than the earth asks for the earth', () => {
  assert.deepEqual(boxOnEarth([-400, -95, 400, 95]), [-180, -90, 180, 90]);
  assert.deepEqual(boxOnEarth([185, 1, 190, 2]), [-180, 1, 180, 2]);
  assert.deepEqual(boxOnEarth([1, 2, 3, 4]), [1, 2, 3, 4]);
});

test('what is answered is told once, and found by its parcels', async () => {
  globalThis.document = { visibilityState: 'hidden' };
  const asked = [];
  const api = { urls: { drafts: '/api/drafts' }, read: async (url) => { asked.push(url); return { drafts: [draft(1, 'A', 'B'), draft(2, 'C')], is_more: false }; } };
  const colleagues = new Colleagues(api, { box: [2, 48, 2.1, 48.1], onViewChange: () => undefined });
  let told = 0;
  colleagues.subscribe(() => { told += 1; });
  await colleagues.ask();
  await colleagues.ask();
  assert.equal(told, 1);
  assert.match(asked[0], /^\/api\/drafts\/others\?bbox=1\.9\d*,47\.9\d*,2\.1\d*,48\.1\d*$/);
  assert.deepEqual(colleagues.of(['B', 'Z']).map(({ id }) => id), [1]);
  assert.deepEqual(colleagues.of([]), []);
  delete globalThis.document;
});
