/**
 * Lineage by versions: a lot that is split off and merged back is walked once, not round and round.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { relatives } from '../../static/editor/past/lineage_tree.js';

const node = (id, current) => ({ parcel_id: id, number: null, version: 1, is_current: current, retired_at: current ? null : '2026-01-01' });
const step = (parent, parentVersion, child, childVersion, kind) => ({
  parent, parent_version: parentVersion, child, child_version: childVersion, kind, edit_id: 1, at: '2026-01-01', comment: null,
});
// A is split (version 2) into A and B; B is merged back into A (version 3); A is split again into A (4) and C.
const lineage = {
  parcel_id: 'A', truncated: false, nodes: [node('A', true), node('B', false), node('C', true)],
  steps: [step('A', 1, 'B', 1, 'split'), step('B', 1, 'A', 3, 'merge'), step('A', 3, 'C', 1, 'split')],
};
const ids = (found) => found.map((one) => `${one.kin.parcel_id}:${one.version} ${one.kind}`);

test('of the parcel itself every step counts', () => {
  assert.deepEqual(ids(relatives(lineage, 'back', 'A')), ['B:1 merge']);
  assert.deepEqual(ids(relatives(lineage, 'forward', 'A')), ['B:1 split', 'C:1 split']);
});

test('a walk backwards leaves out what came later, so a circle ends', () => {
  assert.deepEqual(ids(relatives(lineage, 'back', 'B', 1)), ['A:1 split']);
  assert.deepEqual(ids(relatives(lineage, 'back', 'A', 1)), []);
});

test('a walk forwards leaves out what came before', () => {
  assert.deepEqual(ids(relatives(lineage, 'forward', 'B', 1)), ['A:3 merge']);
  assert.deepEqual(ids(relatives(lineage, 'forward', 'A', 3)), ['C:1 split']);
});
