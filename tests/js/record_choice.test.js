import assert from 'node:assert/strict';
import test from 'node:test';

import { arranged, mayCarryEdits, recordName, recordQuestion, recordRefusal, recordText, rememberRecord, rememberedRecord } from '../../static/editor/record_choice.js';

const PLAT = { id: 12, type: 'plat', number: '2024/17', title: 'Mill Lane, phase 2', state: 'in_work' };
const DEED = { id: 13, type: 'deed', number: null, title: '', state: 'returned' };

/** What a browser tab keeps. */
function storage() {
  const kept = new Map();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text), removeItem: (name) => kept.delete(name) };
}

test('a record is called as people cite it, one without a number by its own', () => {
  assert.equal(recordName(PLAT), 'Plat 2024/17');
  assert.equal(recordText(PLAT), 'Plat 2024/17 · Mill Lane, phase 2');
  assert.equal(recordText(DEED), 'Deed (record 13)');
});

test('a record in any state but returned carries edits, and those that do not come last', () => {
  for (const state of ['received', 'in_work', 'submitted', 'approved']) assert.equal(mayCarryEdits({ ...PLAT, state }), true, state);
  assert.equal(mayCarryEdits(DEED), false);
  assert.deepEqual(arranged([DEED, PLAT]), [PLAT, DEED]);
});

test('a citation is asked for by type and number, other words as they are', () => {
  assert.deepEqual(recordQuestion('Plat 2024/17'), { type: 'plat', q: '2024/17' });
  assert.deepEqual(recordQuestion('survey of the mill'), { q: 'survey of the mill' });
  assert.deepEqual(recordQuestion('2024/17'), { q: '2024/17' });
  assert.deepEqual(recordQuestion(''), {});
});

test('a refusal about the record says which and what to do; another refusal says nothing here', () => {
  assert.match(recordRefusal({ type: '/problems/record_required' }, null) ?? '', /choose one/);
  assert.match(recordRefusal({ type: '/problems/record_returned', record_id: 12 }, PLAT) ?? '', /^Plat 2024\/17 was returned/);
  assert.match(recordRefusal({ type: '/problems/unknown_record', record_id: 4711 }, null) ?? '', /^Record 4711 does not exist/);
  assert.equal(recordRefusal({ type: '/problems/edit_rejected' }, PLAT), null);
  assert.equal(recordRefusal(null, PLAT), null);
});

test('what was chosen stays for one account until it is cleared', () => {
  const tab = storage();
  assert.equal(rememberedRecord(tab, 'a@example.org'), null);
  rememberRecord(tab, 'a@example.org', PLAT);
  assert.deepEqual(rememberedRecord(tab, 'a@example.org'), PLAT);
  assert.equal(rememberedRecord(tab, 'b@example.org'), null);
  rememberRecord(tab, 'a@example.org', null);
  assert.equal(rememberedRecord(tab, 'a@example.org'), null);
});
