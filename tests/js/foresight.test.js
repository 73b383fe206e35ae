/**
 * Which findings an edit opens and closes: the server tells those opened and those kept up to date alike.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { sorted } from '../../static/editor/saving/foresight.js';

const finding = (rule, parcels, status) => ({ rule, parcels, measure: 1, place: null, ...(status ? { id: 1, status } : {}) });

test('what stands already is not opened, open or accepted, in whatever order its parcels are named', () => {
  const found = [finding('overlap', ['A', 'B']), finding('gap', ['B', 'C']), finding('overlap', ['C', 'D'])];
  const known = [finding('overlap', ['B', 'A'], 'open'), finding('gap', ['B', 'C'], 'accepted')];
  assert.deepEqual(sorted({ found, gone: [] }, known).opened, [found[2]]);
});

test('what was fixed once and comes back is opened', () => {
  const found = [finding('overlap', ['A', 'B'])];
  assert.deepEqual(sorted({ found, gone: [] }, [finding('overlap', ['A', 'B'], 'fixed')]).opened, found);
});

test('only what stands is closed', () => {
  const known = [finding('gap', ['A', 'B'], 'open'), finding('overlap', ['A', 'C'], 'fixed')];
  const gone = [{ rule: 'gap', parcels: ['B', 'A'] }, { rule: 'overlap', parcels: ['A', 'C'] }, { rule: 'sliver', parcels: ['A', 'D'] }];
  assert.deepEqual(sorted({ found: [], gone }, known).closed, [known[0]]);
});
