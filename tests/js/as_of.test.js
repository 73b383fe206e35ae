/**
 * The time that a map shows: in the address, in words, and in the fields.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { asOfQuery, asOfText, localText, mapAddress, momentOf } from '../../static/editor/past/as_of.js';

const MOMENT = '2026-03-01T12:00:00.123456+00:00';

test('an address says the time, the parcel and the place, and nothing for now', () => {
  assert.equal(mapAddress('/', null, null, '#17/48.6/2.3'), '/#17/48.6/2.3');
  assert.equal(mapAddress('/', null, 'C/2', '#1/2/3'), '/?parcel=C%2F2#1/2/3');
  assert.equal(mapAddress('/', null, 'A', '#1/2/3', 'layers=zoning'), '/?parcel=A&layers=zoning#1/2/3');
  const asOf = { at: MOMENT, legal_at: '2026-01-01' };
  assert.equal(mapAddress('/', asOf, 'A', ''), '/?at=2026-03-01T12%3A00%3A00.123456%2B00%3A00&legal_at=2026-01-01&parcel=A');
  assert.equal(new URLSearchParams(asOfQuery(asOf)).get('at'), MOMENT);
  assert.equal(asOfQuery(null), '');
});

test('a day of law is the same day in every time zone, and words say which time is meant', () => {
  assert.equal(asOfText({ at: null, legal_at: '2026-01-01' }), 'As in force on 1 Jan 2026');
  assert.match(asOfText({ at: MOMENT, legal_at: null }), /^As stored at \d+ \w+ 2026, \d\d:\d\d:\d\d$/);
  assert.match(asOfText({ at: MOMENT, legal_at: '2026-01-01' }), /^As in force on 1 Jan 2026, as known at /);
});

test('a field holds the local time and gives the moment back', () => {
  assert.match(localText(MOMENT), /^2026-0[23]-\d\dT\d\d:\d\d:\d\d$/);
  assert.equal(momentOf(localText(MOMENT)), '2026-03-01T12:00:00.000Z');
  assert.equal(localText(null), '');
  assert.equal(momentOf(''), null);
});
