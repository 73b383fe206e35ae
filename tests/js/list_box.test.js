/** The box that narrows a list: what the URL holds, what is drawn, what is typed. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { boxBetween, formatBox, parseBox, whyNoBox } from '../../static/list_map/box.js';

test('a box is read back as it was written', () => {
  const box = [2.1, 48.123456, 2.2, 48.2];
  assert.deepEqual(parseBox(formatBox(box)), box);
});

test('what is no box is none', () => {
  for (const text of ['', '1,2,3', '1,2,3,4,5', 'a,b,c,d', '2,1,1,2', '1,2,2,1', '-181,0,0,1', '0,-91,1,0', '1,,2,3', '0x1,0,2,1', 'Infinity,0,1,1'])
    assert.equal(parseBox(text), null, text);
});

test('a box may be drawn from any corner, and ends where the world does', () => {
  assert.deepEqual(boxBetween({ lng: 3, lat: 5 }, { lng: 1, lat: 4 }), [1, 4, 3, 5]);
  assert.deepEqual(boxBetween({ lng: -200, lat: 95 }, { lng: 0, lat: 0 }), [-180, 0, 0, 90]);
  assert.equal(boxBetween({ lng: 1, lat: 1 }, { lng: 1, lat: 2 }), null);
});

test('what is wrong with typed sides is said', () => {
  assert.equal(whyNoBox([1, 1, 2, 2]), '');
  assert.match(whyNoBox([1, NaN, 2, 2]), /all four/);
  assert.match(whyNoBox([3, 1, 2, 2]), /West must be below east/);
  assert.match(whyNoBox([1, 3, 2, 2]), /South must be below north/);
  assert.match(whyNoBox([1, 1, 2, 99]), /between -90 and 90/);
});
