/** The polygon that narrows a list: what the URL holds, and what is none. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { formatPolygon, parsePolygon, whyNoPolygon } from '../../static/list_map/polygon.js';

const LSHAPE = [[2, 48], [2.3, 48], [2.3, 48.1], [2.1, 48.1], [2.1, 48.3], [2, 48.3]];

test('a polygon is read back as it was written, to a tenth of a metre', () => {
  assert.deepEqual(parsePolygon(formatPolygon(LSHAPE)), LSHAPE);
  assert.equal(formatPolygon([[2.12345678, -48], [0, 0], [1, 1e-7]]), '2.123457,-48;0,0;1,0');
});

test('what is no polygon is none', () => {
  for (const text of ['', '1,2', '1,2;3,4', '1,2;3,4;5', '1,2;3,4;a,b', '1,2;3,4;5,6,7']) assert.equal(parsePolygon(text), null, text);
});

test('sides may not cross; neighbours meet, and the last side meets the first', () => {
  assert.equal(whyNoPolygon(LSHAPE), '');
  assert.equal(whyNoPolygon([[0, 0], [1, 0], [0, 1]]), '');
  assert.match(whyNoPolygon([[0, 0], [2, 2], [2, 0], [0, 2]]), /cross/);
  assert.match(whyNoPolygon([[0, 0], [1, 1]]), /at least three/);
  assert.match(whyNoPolygon([[0, 0], [1, 1], [0, 0], [1, 1]]), /at least three/);
  assert.match(whyNoPolygon(Array.from({ length: 201 }, (_, index) => [index, index ** 2])), /at most 200/);
});
