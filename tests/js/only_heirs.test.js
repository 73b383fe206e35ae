/** Which parcels may end so that a version they came out of comes back: those that have nobody else's land. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { cameOnlyFrom } from '../../static/editor/past/only_heirs.js';

const step = (parent, parentVersion, child, childVersion) => ({ parent, parent_version: parentVersion, child, child_version: childVersion, kind: 'split', edit_id: 1, at: '2026-01-01', comment: null });
const lineage = (id, ...steps) => ({ parcel_id: id, truncated: false, nodes: [], steps });

test('a piece, and a piece of a piece, came out of the parcel alone', () => {
  assert.ok(cameOnlyFrom(lineage('W', step('C', 1, 'W', 1)), 'C', 1));
  assert.ok(cameOnlyFrom(lineage('W2', step('C', 1, 'W', 1), step('W', 1, 'W2', 1)), 'C', 1));
});

test('what was merged with a neighbour did not, nor does a neighbour', () => {
  assert.ok(!cameOnlyFrom(lineage('W', step('C', 1, 'W', 1), step('N', 4, 'W', 2)), 'C', 1));
  assert.ok(!cameOnlyFrom(lineage('N'), 'C', 1));
});

test('a piece split off after the parcel took in a neighbour may have its land', () => {
  const steps = [step('N', 1, 'C', 2), step('C', 2, 'W', 1)];
  assert.ok(!cameOnlyFrom(lineage('W', ...steps), 'C', 1));
  assert.ok(cameOnlyFrom(lineage('W', ...steps), 'C', 2));
});

test('a piece that was merged back and split off again is still of the parcel alone', () => {
  assert.ok(cameOnlyFrom(lineage('D', step('C', 1, 'B', 1), step('B', 1, 'C', 3), step('C', 3, 'D', 1)), 'C', 1));
});

test('what came out of the parcel before that version is another parcel', () => {
  assert.ok(!cameOnlyFrom(lineage('W', step('C', 1, 'W', 1)), 'C', 3));
});

test('a lineage that is cut off tells nothing', () => {
  assert.ok(!cameOnlyFrom({ ...lineage('W', step('C', 1, 'W', 1)), truncated: true }, 'C', 1));
});
