/** Outlines from courses and from coordinates: notation line by line, misclosure, adjustment, words. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { drawOperation } from '../../static/editor/actions/draw.js';
import { baseFromCoverage } from '../../static/editor/base.js';
import { annotate } from '../../static/editor/describe.js';
import { Draft } from '../../static/editor/draft.js';
import { lineTyped, noteOf } from '../../static/editor/numbers/drawn_text.js';
import { Graph } from '../../static/editor/graph.js';
import { parseLines, traverse } from '../../static/editor/numbers/traverse.js';
import { threeLots } from './fabric.js';

const PLANE = { steps: 10000, isLonLat: false, isGeographic: false, metresPerUnit: 1, nodeWithinM: 0 };
const DEGREES = { ...PLANE, steps: 1e9, isLonLat: true, isGeographic: true };
const near = (one, other, within) => Math.hypot(one[0] - other[0], one[1] - other[1]) < within;

test('one course is written in many ways', () => {
  const ways = ['S 51 21 00 W 28.69', '1. S 51°21′00″ W, 28.69 m', 'thence S 51-21-00 W 28.69;', '28.69 S 51 21 00 W', '231-21-00 28.69', '231 21 00 28.69', "231°21'00\" 28.69 m", '231.35 28.69', '28.69 < 231.35'];
  const { courses } = parseLines(`# from the deed\n\n${ways.join('\n')}\n`, false);
  assert.equal(courses.length, ways.length);
  for (const [index, { metres, degrees }] of courses.entries()) assert.ok(Math.abs(metres - 28.69) < 1e-9 && Math.abs(degrees - 231.35) < 1e-9, ways[index]);
  const gon = parseLines('100g 10 ft\n50.0 gon 2 m', false).courses;
  assert.deepEqual(gon.map(({ metres, degrees }) => [metres, degrees]), [[3.048, 90], [2, 45]]);
});

test('coordinates are a ring, one before courses their start', () => {
  assert.deepEqual(parseLines('649780.1 6842403.2\n649790.1, 6842403.2\n649790.1 6842413.2', false).places.length, 3);
  assert.deepEqual(parseLines('2.304610 48.678120\n2.304710, 48.678120', false).places[0], { lonlat: { lon: 2.30461, lat: 48.67812 } });
  const { places, courses } = parseLines('649780.1, 6842403.2\n90 10', false);
  assert.deepEqual([places, courses], [[{ stored: [649780.1, 6842403.2] }], [{ metres: 10, degrees: 90 }]]);
});

test('a line that says nothing is named, with what is wrong', () => {
  assert.match(parseLines('N 10 E 5\nS 95 E 5', false).why, /^Line 2, “S 95 E 5”: .*at most 90/);
  assert.match(parseLines('hello', false).why, /^Line 1, “hello”: Give bearing and distance/);
  assert.match(parseLines('N 10 E', false).why, /Line 1/);
  assert.match(parseLines('90 10\n649780.1, 6842403.2', false).why, /a coordinate after courses/);
  assert.match(parseLines('649780.1, 6842403.2\n649790.1, 6842403.2\n90 10', false).why, /several coordinates/);
});

const SQUARE = [[90, 10], [0, 10], [270, 10], [180, 10]].map(([degrees = 0, metres = 0]) => ({ degrees, metres }));

test('what closes by itself has its start once', () => {
  const { pairs, isClosed, misclosure } = traverse(PLANE, [100, 100], SQUARE, null);
  assert.deepEqual([pairs, isClosed, misclosure.metres], [[[100, 100], [110, 100], [110, 110], [100, 110]], true, 0]);
});

test('the misclosure is told as it is, and closed as it was asked', () => {
  const courses = SQUARE.map((course, index) => (index === 0 ? { ...course, metres: 10.04 } : course));
  const open = traverse(PLANE, [100, 100], courses, null);
  assert.ok(!open.isClosed && Math.abs(open.misclosure.metres - 0.04) < 1e-9 && Math.abs(open.misclosure.bearing - 270) < 1e-6);
  assert.equal(Math.round(open.misclosure.ratio), 1001);
  assert.equal(traverse(PLANE, [100, 100], courses, 'side').pairs.length, 5);
  assert.deepEqual(traverse(PLANE, [100, 100], courses, 'start').pairs.map(([x]) => x.toFixed(6)), ['100.000000', '110.040000', '110.040000', '100.040000']);
  // Compass rule, by hand: each course takes of −0.04 m east what its length is of 40.04 m.
  const { pairs, isClosed } = traverse(PLANE, [100, 100], courses, 'compass');
  assert.ok(isClosed && pairs.length === 4);
  [[110.04 - (0.04 * 10.04) / 40.04, 100], [110.04 - (0.04 * 20.04) / 40.04, 110], [100.04 - (0.04 * 30.04) / 40.04, 110]]
    .forEach((pair, index) => assert.ok(near(pairs[index + 1], pair, 1e-9), `${pairs[index + 1]} ${pair}`));
});

test('where degrees are stored it closes on the ellipsoid', () => {
  const courses = [{ degrees: 37, metres: 120 }, { degrees: 127, metres: 80 }, { degrees: 217, metres: 120 }, { degrees: 307, metres: 80 }];
  const { misclosure } = traverse(DEGREES, [2.32, 48.67], courses, null);
  assert.ok(misclosure.metres < 0.005, String(misclosure.metres));
  const { pairs } = traverse(DEGREES, [2.32, 48.67], courses, 'compass');
  assert.equal(pairs.length, 4);
});

test('the text of the card becomes an outline, or says what is missing', () => {
  const graph = Graph.fromCoverage(threeLots());
  const told = { text: '180 10\n90 10\n0 10\n270 10.02', start: null, closing: null, system: '', named: null };
  assert.match(lineTyped(graph, told).typed.why ?? '', /Where do the courses begin.*“180 10” is read as an azimuth and a distance; a comma/);
  assert.doesNotMatch(lineTyped(graph, { ...told, text: 'N 1 E 10' }).typed.why ?? '', /comma/);
  const start = { lon: graph.point('0,0').lon, lat: graph.point('0,0').lat, token: [0, 0], isNear: true, point: '0,0' };
  const open = lineTyped(graph, { ...told, start });
  assert.deepEqual([open.typed.isOpen, open.line.length], [true, 5]);
  const closed = lineTyped(graph, { ...told, start, closing: 'start' });
  assert.deepEqual(closed.line.map(({ token }) => token), [[0, 0], [0, -10], [10, -10], [10, 0]]);
  // The corner of a lot that is there is that corner.
  assert.deepEqual(closed.line.map(({ point }) => point), ['0,0', null, null, '10,0']);
  assert.equal(noteOf(closed.typed), 'from a traverse, misclosure 0.020 m (1 : 2001) left to the last course');
  const ring = lineTyped(graph, { text: '400.5, 0\n410, 0\n410, 10\n400.5, 0', start: null, closing: null, system: '', named: null });
  assert.equal(ring.line.length, 3);
  assert.equal(noteOf(ring.typed), 'from coordinates');
});

test('how it was closed stands in the step, and stays when an earlier step is undone', () => {
  const rings = [[[0, -10], [10, -10], [10, 0], [0, 0]]];
  const operation = drawOperation('new', [rings[0]], { kind: 'lot', number: '7' });
  annotate(operation, 'from a traverse, misclosure 0.020 m (1 : 2001) adjusted by the compass rule');
  const draft = Draft.on(baseFromCoverage(threeLots())).perform({ op: 'update', parcel_id: 'a', properties: { number: '1' } }).perform(operation);
  assert.match(draft.steps[1]?.text ?? '', /^Draw lot 7, from a traverse, misclosure 0\.020 m \(1 : 2001\) adjusted by the compass rule$/);
  assert.match(draft.without(0).draft.steps[0]?.text ?? '', /compass rule$/);
});
