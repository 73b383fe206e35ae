/**
 * How much is loaded exactly.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { isSmall, narrowed } from '../../static/editor/coverage_choice.js';

const wide = ([west, , east]) => east - west;

test('what can be loaded is loaded whole', () => {
  assert.deepEqual(narrowed([0, 0, 8, 8], null, () => true), [0, 0, 8, 8]);
});

test('what is too much is halved about where somebody looks, and stays in the box', () => {
  const box = narrowed([0, 0, 8, 8], { lon: 1, lat: 7 }, (each) => wide(each) <= 2);
  assert.equal(wide(box), 2);
  assert.ok(box[0] <= 1 && 1 <= box[2] && box[1] <= 7 && 7 <= box[3]);
  assert.ok(box[0] >= 0 && box[3] <= 8);
});

test('a place elsewhere does not count', () => {
  const box = narrowed([0, 0, 8, 8], { lon: 50, lat: 50 }, (each) => wide(each) <= 4);
  assert.deepEqual(box, [2, 2, 6, 6]);
});

test('where even a small box holds too much, there is none', () => {
  assert.equal(narrowed([0, 0, 8, 8], null, () => false), null);
});

test('a block of houses is small, a town is not', () => {
  assert.equal(isSmall([2.32, 48.67, 2.323, 48.672]), true);
  assert.equal(isSmall([2.32, 48.67, 2.35, 48.69]), false);
});
