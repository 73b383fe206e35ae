import assert from 'node:assert/strict';
import test from 'node:test';

import { bearing, boxOfCoordinates, boxesMeet, distanceM, metresPerDegree, nearestOnSegment, ringAreaM2, widen } from '../../static/editor/storage/geodesy.js';

/** Lengths of a degree from the tables of the WGS 84 ellipsoid (NGA TR8350.2). */
test('metres in a degree follow the ellipsoid', () => {
  const equator = metresPerDegree(0);
  assert.ok(Math.abs(equator.lon - 111319.491) < 0.001);
  assert.ok(Math.abs(equator.lat - 110574.276) < 0.001);
  const middle = metresPerDegree(45);
  assert.ok(Math.abs(middle.lon - 78846.835) < 0.001);
  assert.ok(Math.abs(middle.lat - 111131.778) < 0.001);
});

test('a lot of ten thousandths of a degree has the area of its sides', () => {
  const ring = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([x, y]) => ({ lon: 14 + x * 1e-4, lat: 50 + y * 1e-4 }));
  const { lon, lat } = metresPerDegree(50);
  assert.ok(Math.abs(ringAreaM2(ring) - lon * lat * 1e-8) < 1e-6);
  assert.equal(ringAreaM2(ring, 50), ringAreaM2([...ring].reverse(), 50));
  assert.equal(ringAreaM2(ring.slice(0, 2)), 0);
});

test('distance and bearing agree with the compass', () => {
  const from = { lon: 14, lat: 50 };
  assert.ok(Math.abs(distanceM(from, { lon: 14, lat: 50.001 }) - 111.229) < 0.01);
  assert.equal(bearing(from, { lon: 14, lat: 50.001 }), 0);
  assert.ok(Math.abs(bearing(from, { lon: 14.001, lat: 50 }) - 90) < 1e-3);
  assert.equal(bearing(from, { lon: 14, lat: 49.999 }), 180);
});

test('the nearest place on a segment stays on it, also where it has no length', () => {
  assert.deepEqual(nearestOnSegment(5, 3, 0, 0, 10, 0), { t: 0.5, distance: 3 });
  assert.deepEqual(nearestOnSegment(-4, 3, 0, 0, 10, 0), { t: 0, distance: 5 });
  assert.deepEqual(nearestOnSegment(3, 4, 0, 0, 0, 0), { t: 0, distance: 5 });
});

test('boxes that share a border meet', () => {
  assert.equal(boxesMeet([0, 0, 1, 1], [1, 0, 2, 1]), true);
  assert.equal(boxesMeet([0, 0, 1, 1], [1.1, 0, 2, 1]), false);
  assert.deepEqual(widen([0, 0, 2, 4], 0.5), [-1, -2, 3, 6]);
});

test('the box of GeoJSON coordinates is found at any depth', () => {
  assert.deepEqual(boxOfCoordinates([[2, 48]]), [2, 48, 2, 48]);
  assert.deepEqual(boxOfCoordinates([[[[[0, 1], [2, 3]]], [[[5, -1], [4, 4]]]]]), [0, -1, 5, 4]);
  assert.equal(boxOfCoordinates([undefined]), null);
});
