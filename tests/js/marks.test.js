/** Marks of findings and the numbers beside them. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { paintMark } from '../../static/editor/paint/finding_mark.js';
import { Marks } from '../../static/editor/paint/marks.js';
import { placeOf } from '../../static/editor/paint/paint_labels.js';

const THEME = { rules: { gap: 'orange' }, bad: 'red', warn: 'brown', quiet: 'grey', surface: 'white' };

test('a mark has the colour of its rule, else of its severity: a notice is no error', () => {
  const colourOf = (finding) => {
    const pen = { beginPath() {}, arc() {}, moveTo() {}, lineTo() {}, closePath() {}, fill() {}, stroke() {} };
    paintMark(pen, 0, 0, 4, finding, THEME);
    return pen.fillStyle;
  };
  assert.deepEqual([['gap', 'warning'], ['no_zone', 'notice'], ['same_number', 'warning'], ['invalid', 'error']].map(([rule, severity]) => colourOf({ rule, severity })),
    ['orange', 'grey', 'brown', 'red']);
  assert.equal(colourOf({ rule: '' }), 'red');
});

test('a mark meets what it reaches into, in whichever cell it lies', () => {
  const marks = new Marks([[64, 64], [300, 10]]);
  assert.ok(marks.meets([50, 50, 60, 60]));
  assert.ok(marks.meets([0, 0, 400, 20]));
  assert.ok(!marks.meets([70, 50, 120, 60]));
  assert.ok(!new Marks([]).meets([0, 0, 1000, 1000]));
});

/** A lot of so many pixels, 10 units to a pixel, whose upper left corner is at 100, 100. */
const lot = (width, height) => {
  const [right, bottom] = [width * 10, height * 10];
  return { shape: { box: [0, 0, right, bottom], rings: [[0, 0, right, 0, right, bottom, 0, bottom]] }, left: 100, top: 100, scale: 0.1 };
};
const SIZE = { half: 20, halfHigh: 6 };

test('a number gives way to a mark in the middle of its parcel, where there is room, and stays without', () => {
  const mark = new Marks([[150, 130]]);
  assert.deepEqual(placeOf('4-670', lot(100, 60), SIZE, new Marks([])), { text: '4-670', x: 150, y: 130, isUpright: false });
  const beside = placeOf('4-670', lot(100, 60), SIZE, mark);
  assert.ok(beside.y > 130 && beside.y + SIZE.halfHigh < 160);
  assert.ok(!mark.meets([beside.x - 20, beside.y - 6, beside.x + 20, beside.y + 6]));
  assert.equal(placeOf('4-670', lot(100, 20), SIZE, new Marks([[150, 110]])).y, 110);
  const upright = placeOf('4-670', lot(40, 100), SIZE, new Marks([[120, 150]]));
  assert.ok(upright.isUpright && upright.x !== 120 && upright.y === 150);
});
