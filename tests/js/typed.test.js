/** Distances, bearings and coordinates as they are typed, and the places that they mean. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { courseBetween } from '../../static/editor/numbers/course.js';
import { parseTyped } from '../../static/editor/numbers/course_text.js';
import { Graph } from '../../static/editor/graph.js';
import { positionTyped } from '../../static/editor/numbers/typed_position.js';
import { lonLat, threeLots } from './fabric.js';

const plain = (text) => parseTyped(text, false);
const close = (one, other) => Math.abs(one - other) < 1e-9;

test('a distance, in metres or feet', () => {
  assert.deepEqual([plain('0.5'), plain(' .5 m '), plain('12')], [{ distance: 0.5 }, { distance: 0.5 }, { distance: 12 }]);
  assert.deepEqual(plain('10 ft'), { distance: 3.048 });
  assert.ok(close(plain('3937 ftUS').distance, 1200));
  assert.match(plain('0').why, /greater than zero/);
});

test('a distance and a bearing, whichever is first and however it is written', () => {
  for (const text of ['28.69 S 51 21 00 W', "28.69 m S51°21'00\"W", '28.69 s 51-21-00 w', '28.69 S 51.35 W', 'S 51 21 00 W 28.69', 'S 51°21′00″ W, 28.69 m', '28.69 < 231.35', '28.69<231 21 00', '@28.69 < 231.35', '< 231.35, 28.69', '28.69 · S 51°21′00″ W'.replace(' · ', ' ')]) {
    const { course } = plain(text);
    assert.ok(course && close(course.metres, 28.69) && close(course.degrees, 231.35), text);
  }
  for (const text of ['28.69 < 257.05555555555555g', '28.69 < 257.05555555555555 gon']) assert.ok(close(plain(text).course.degrees, 231.35), text);
  assert.ok(close(plain('10 ft N 50g E').course.degrees, 45));
  assert.deepEqual([plain('5 N'), plain('5 E'), plain('5 s'), plain('5 W')].map(({ course }) => course.degrees), [0, 90, 180, 270]);
  assert.deepEqual(['1 N 10 E', '1 S 10 E', '1 S 10 W', '1 N 10 W', '1 N 0 W'].map((text) => plain(text).course.degrees), [10, 170, 190, 350, 0]);
});

test('a bearing alone, an offset, a coordinate', () => {
  assert.deepEqual(plain('< 90'), { bearing: 90 });
  assert.deepEqual(plain('@3.2, -1'), { offset: [3.2, -1] });
  assert.deepEqual(plain('649780.38, 6842403.04'), { stored: [649780.38, 6842403.04] });
  assert.deepEqual(plain('E 649 780.38 N 6 842 403.04'), { stored: [649780.38, 6842403.04] });
  assert.deepEqual(plain('2.30461, 48.67812'), { lonlat: { lon: 2.30461, lat: 48.67812 } });
  assert.deepEqual(plain('48.67812° N, 2.30461° E'), { lonlat: { lon: 2.30461, lat: 48.67812 } });
});

test('what cannot be meant says why', () => {
  assert.match(plain('28 S 51 61 00 W').why, /less than 60/);
  assert.match(plain('28 S 51.5 21 W').why, /Only the last/);
  assert.match(plain('28 S 95 W').why, /at most 90/);
  assert.match(plain('28 < 361').why, /less than 360/);
  assert.match(plain('28 < 1 2 3 4').why, /degrees, minutes and seconds/);
  for (const text of ['', 'abc', '28 S', 'S 51', '28 X 3', '5 5']) if (!('course' in plain(text)) && !('bearing' in plain(text))) assert.match(plain(text).why, /Type a distance/, text);
});

const measured = { from: [10, 10], towards: [10, 15], loaded: null };
const meant = (text, given = {}) => positionTyped(Graph.fromCoverage(threeLots()), text, { ...measured, ...given });

test('a typed place is an exact storage pair on the grid of new points', () => {
  assert.deepEqual(meant('0.5').position.token, [10, 10.5]);
  assert.deepEqual(meant('2 < 90').position.token, [12, 10]);
  assert.deepEqual(meant('@3, -4').position.token, [13, 6]);
  const { token, point } = meant('5 N 45 E').position;
  assert.deepEqual([token, point], [[13.5355, 13.5355], null]);
  assert.ok(Math.abs(courseBetween(Graph.fromCoverage(threeLots()).base.grid, [10, 10], token).metres - 5) < 1e-4);
  // The bearing alone: as far as the pointer is, seen along it.
  assert.deepEqual(meant('< 0').position.token, [10, 15]);
  assert.deepEqual(meant('< 45').position.token, [12.5, 12.5]);
});

test('where a point stands it is that point; degrees are sent as they were typed', () => {
  const { token, point } = meant('10 < 90').position;
  assert.deepEqual([token, point], [[20, 10], '20,10']);
  const { lon, lat } = lonLat([12, 3]);
  assert.deepEqual(meant(`${lon}, ${lat}`).position.token, { lon, lat });
});

test('what is missing to measure from, or lies elsewhere, is said', () => {
  assert.match(meant('5', { from: null }).why, /no point yet/);
  assert.match(meant('5', { towards: null }).why, /Which way/);
  assert.match(meant('< 5', { towards: [10, 10] }).why, /How far/);
  assert.match(meant('< 180').why, /other side/);
  const box = [lonLat([0, 0]), lonLat([20, 20])].flatMap(({ lon, lat }) => [lon, lat]);
  assert.match(meant('0,5', { loaded: box }).why, /decimal sign is a point/);
  assert.ok(meant('5', { loaded: box }).position);
});
