import assert from 'node:assert/strict';
import test from 'node:test';

import { ago, counted, figure, length, lonLatText, signed, storageText } from '../../static/editor/format.js';

test('figures are grouped by thin spaces, with a true minus and no negative zero', () => {
  assert.equal(figure(1234567.891, 2), '1\u202f234\u202f567.89');
  assert.equal(figure(-7.1), '\u22127.1');
  assert.equal(figure(-0.04), '0.0');
  assert.equal(figure(999, 0), '999');
});

test('a change has a sign, no change has none', () => {
  assert.deepEqual([signed(35.5), signed(-28.44), signed(0.01)], ['+35.5', '\u221228.4', '0.0']);
});

test('lengths are metres to the centimetre, then kilometres', () => {
  assert.deepEqual([length(0.424), length(1609.344)], ['0.42 m', '1.609 km']);
});

test('places west and south are said so', () => {
  assert.equal(lonLatText({ lon: -73.98765432, lat: -0.5 }), '73.98765° W, 0.50000° S');
});

test('storage coordinates are shown to the precision of their system', () => {
  assert.equal(storageText([2.3179427, 48.6799338], true), '2.317942700, 48.679933800');
  assert.equal(storageText([649780.3812, 6842403.04], false), 'E 649\u202f780.381 N 6\u202f842\u202f403.040');
});

test('times are told as people do', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  assert.equal(ago('2026-11-23T11:59:50Z', now), 'just now');
  assert.equal(ago('2026-11-23T11:58:00Z', now), '2 minutes ago');
  assert.equal(ago('2026-11-23T11:00:00Z', now), '1 hour ago');
  assert.match(ago('2026-11-20T11:00:00Z', now), /^on 20 Nov 2026/);
  assert.equal(ago(null, now), 'at an unknown time');
});

test('one is not many', () => {
  assert.deepEqual([counted(1, 'step'), counted(3, 'parcel')], ['1 step', '3 parcels']);
});
