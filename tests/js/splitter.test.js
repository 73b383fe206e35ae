/**
 * What keys make of a panel's size, and what the browser remembers of it.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { readKept, sizeAfterKey, within } from '../../static/editor/panels/splitter.js';

const RANGE = { least: 260, most: 900 };

test('the line goes where the arrow points, in steps that Shift makes longer', () => {
  assert.equal(sizeAfterKey('ArrowLeft', false, 392, RANGE), 408);
  assert.equal(sizeAfterKey('ArrowUp', true, 392, RANGE), 456);
  assert.equal(sizeAfterKey('ArrowRight', false, 392, RANGE), 376);
  assert.equal(sizeAfterKey('ArrowDown', true, 280, RANGE), 260);
});

test('Home and End are the ends of the range; other keys are not for the line', () => {
  assert.equal(sizeAfterKey('Home', false, 392, RANGE), 260);
  assert.equal(sizeAfterKey('End', false, 392, RANGE), 900);
  assert.equal(sizeAfterKey('m', false, 392, RANGE), null);
});

test('a window too small for any panel gives the least', () => {
  assert.equal(within(500, { least: 260, most: 200 }), 260);
});

test('what is remembered is read, and nonsense is the usual size', () => {
  assert.deepEqual(readKept('480 hidden'), { size: 480, isHidden: true });
  assert.deepEqual(readKept('0 hidden'), { size: null, isHidden: true });
  assert.deepEqual(readKept('wide'), { size: null, isHidden: false });
  assert.deepEqual(readKept(null), { size: null, isHidden: false });
});
