import assert from 'node:assert/strict';
import test from 'node:test';

import { baseFromCoverage } from '../../static/editor/base.js';
import { differences } from '../../static/editor/difference.js';
import { Draft } from '../../static/editor/draft.js';
import { coverage, junction, lonLat, threeLots } from './fabric.js';

const after = (given, ...operations) => {
  const draft = operations.reduce((d, operation) => d.perform(operation), Draft.on(baseFromCoverage(given)));
  return differences(draft.graph, Object.keys(draft.seen()));
};

test('a shared corner takes from one what it gives to the others', () => {
  const rows = after(threeLots(), { op: 'move_point', at: [10, 10], to: lonLat([12, 10]) });
  assert.deepEqual(rows.map((row) => [row.label, row.change, Math.round(row.afterM2 - row.beforeM2)]), [
    ['A', 'geometry', 10], ['B', 'geometry', -10], ['C', 'geometry', 0],
  ]);
});

test('before is the area that the server keeps, after adds the drawn change to it', () => {
  const given = coverage({ a: { parts: [[[[0, 0], [10, 0], [10, 10], [0, 10]]]], properties: { area_m2: 100.25, legal_area_m2: 99 } } });
  const [row] = after(given, { op: 'move_point', at: [10, 10], to: lonLat([12, 10]) });
  assert.equal(row?.beforeM2, 100.25);
  assert.ok(Math.abs((row?.afterM2 ?? 0) - 110.25) < 1e-3);
  assert.equal(row?.legalM2, 99);
});

test('a parcel that only receives a point on its boundary is noded, its area unchanged', () => {
  const given = coverage({
    a: [[[0, 0], [10, 0], [10, 10], [0, 10]]],
    d: [[[12, -5], [22, -5], [22, 15], [12, 15]]],
  });
  const rows = after(given, { op: 'move_point', at: [10, 10], to: [12, 5] });
  assert.deepEqual(rows.map((row) => [row.id, row.change]), [['a', 'geometry'], ['d', 'noded']]);
  assert.equal(rows[1]?.afterM2, rows[1]?.beforeM2);
});

test('a T-junction counts as changed on both sides', () => {
  const rows = after(junction(), { op: 'move_point', at: [10, 10], to: lonLat([10, 11]) });
  assert.deepEqual(rows.map((row) => row.change), ['geometry', 'geometry', 'geometry']);
});

test('attributes alone are told apart, and an undone change leaves no row', () => {
  const rename = { op: 'update', parcel_id: 'a', properties: { number: '7' } };
  assert.deepEqual(after(threeLots(), rename).map((row) => [row.id, row.label, row.change]), [['a', '7', 'attributes']]);
  assert.deepEqual(after(threeLots(), rename, { op: 'update', parcel_id: 'a', properties: { number: 'A' } }), []);
});
