/**
 * Which meridians and parallels are drawn.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { graticuleOf } from '../../static/editor/paint/graticule.js';

for (const [box, width, step, digits] of [
  [[2.3, 48.6, 2.31, 48.606], 1000, 0.002, 3],
  [[2, 48, 3, 48.6], 1300, 0.1, 1],
  [[2, 48, 3, 48.6], 800, 0.2, 1],
  [[-180, -80, 180, 80], 900, 100, 0],
  [[2.3, 48.6, 2.3001, 48.60006], 1400, 0.00001, 5],
]) {
  test(`over ${(box[2] - box[0]).toPrecision(2)} degrees lines are ${step} apart`, () => {
    const found = graticuleOf(box, width);
    assert.ok(Math.abs(found.step - step) < step * 1e-9, `${found.step}`);
    assert.equal(found.digits, digits);
    assert.ok(((found.step / (box[2] - box[0])) * width) >= 129.9);
    for (const lon of found.lons) assert.ok(lon >= box[0] - 1e-9 && lon <= box[2] + 1e-9);
    assert.equal(found.lons.length, Math.floor(box[2] / step + 1e-6) - Math.ceil(box[0] / step - 1e-6) + 1);
  });
}

test('lines are round numbers, and none lies beyond what the map shows of the poles', () => {
  assert.deepEqual(graticuleOf([2.299, 48.598, 2.305, 48.603], 800).lons, [2.299, 2.3, 2.301, 2.302, 2.303, 2.304, 2.305]);
  assert.deepEqual(graticuleOf([-10, -90, 10, 90], 300).lats.filter((lat) => Math.abs(lat) > 85), []);
});
