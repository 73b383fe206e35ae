/** The rules that the browser judges at once, beside what the shared cases say: validity as GEOS has it, land that shapes share. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { previewMove } from '../../static/editor/actions/move_point.js';
import { Graph } from '../../static/editor/graph.js';
import { refusedAtOnce } from '../../static/editor/rules/at_once.js';
import { landWhere } from '../../static/editor/rules/common_land.js';
import { judge } from '../../static/editor/rules/judge.js';
import { meeting, orientation } from '../../static/editor/rules/orientation.js';
import { faultOf } from '../../static/editor/rules/validity.js';
import { coverage, lonLat, threeLots } from './fabric.js';

const EXCLUSIVE = new Set(['cadastre']);
const SHELL = [[0, 0], [10, 0], [10, 10], [0, 10]];
const both = (has) => has[0] && has[1];
const boxOf = (rings) => [Math.min, Math.max].flatMap((f) => [0, 1].map((axis) => f(...rings.flat().map((place) => place[axis]))));

test('which side of a line a point is on is told to the last bit', () => {
  const [a, b] = [[0.5, 0.5], [12, 12]];
  const above = 0.5 + 2 ** -53;
  assert.ok(orientation(a, b, [0.5, above]) > 0);
  assert.ok(orientation(a, b, [above, 0.5]) < 0);
  assert.equal(orientation(a, b, [24, 24]), 0);
  // Rounded, these three lie on one line; in fact they do not.
  assert.notEqual(orientation([0.1, 0.1], [0.2, 0.2 + 2 ** -54], [0.3, 0.3]), 0);
});

test('two segments cross, touch, run along each other or do not meet', () => {
  assert.deepEqual(meeting([0, 0], [2, 2], [0, 2], [2, 0]), { how: 'cross', at: [1, 1] });
  assert.deepEqual(meeting([0, 0], [2, 0], [1, 0], [1, 5]), { how: 'touch', at: [1, 0] });
  assert.deepEqual(meeting([0, 0], [2, 0], [2, 0], [4, 0]), { how: 'touch', at: [2, 0] });
  assert.equal(meeting([0, 0], [3, 0], [1, 0], [5, 0]).how, 'along');
  assert.equal(meeting([0, 0], [1, 0], [2, 0], [3, 0]), null);
});

// What GEOS says of each was asked of it; the last two go through each other by their points alone.
const SHAPES = [
  ['a square', [[SHELL]], null],
  ['a bow-tie', [[[[0, 0], [10, 10], [10, 0], [0, 10]]]], 'Self-intersection'],
  ['a spike', [[[[0, 0], [10, 0], [10, 10], [10, 20], [10, 10], [0, 10]]]], 'Ring Self-intersection'],
  ['a ring that touches itself', [[[[0, 0], [10, 0], [10, 10], [5, 0], [0, 10]]]], 'Ring Self-intersection'],
  ['a hole that touches in one point', [[SHELL, [[0, 5], [5, 3], [5, 7]]]], null],
  ['a hole that touches in two', [[SHELL, [[0, 5], [5, 3], [10, 5], [5, 7]]]], 'Interior is disconnected'],
  ['two holes that make a round with the shell', [[SHELL, [[0, 5], [5, 4], [5, 6]], [[5, 4], [10, 5], [6, 6]]]], 'Interior is disconnected'],
  ['a hole along the shell', [[SHELL, [[0, 2], [0, 8], [3, 5]]]], 'Self-intersection'],
  ['a hole outside', [[SHELL, [[20, 20], [21, 20], [20, 21]]]], 'Hole lies outside shell'],
  ['a hole in a hole', [[SHELL, [[1, 1], [9, 1], [9, 9], [1, 9]], [[2, 2], [4, 2], [2, 4]]]], 'Holes are nested'],
  ['a part in a part', [[SHELL], [[[1, 1], [2, 1], [1, 2]]]], 'Nested shells'],
  ['a part in a hole of another', [[SHELL, [[1, 1], [9, 1], [9, 9], [1, 9]]], [[[2, 2], [4, 2], [2, 4]]]], null],
  ['parts that touch in a point', [[SHELL], [[[10, 10], [20, 10], [10, 20]]]], null],
  ['parts with a side in common', [[SHELL], [[[10, 0], [20, 0], [10, 10]]]], 'Self-intersection'],
  ['parts through each other by points', [[[[0, 5], [1, 3], [6, 3], [1, 5]]], [[[1, 1], [1, 4], [2, 3]]]], 'Self-intersection'],
  ['the same again', [[[[4, 1], [3, 5], [1, 3], [2, 0]]], [[[6, 0], [2, 0], [2, 1], [2, 2]]]], 'Self-intersection'],
];
for (const [name, parts, reason] of SHAPES) test(`${name}: ${reason ?? 'valid'}`, () => assert.equal(faultOf(parts)?.reason ?? null, reason));

test('what two shapes have in common, and what the first alone has, is the first', () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const star = (x, y) => [Array.from({ length: 3 + Math.floor(random() * 12) }, () => random() * 2 * Math.PI).sort((a, b) => a - b)
    .map((turn) => [x + Math.cos(turn) * (1 + 9 * random()), y + Math.sin(turn) * (1 + 9 * random())])];
  const whole = (rings) => landWhere([rings], (has) => has[0], boxOf(rings));
  for (let round = 0; round < 200; round += 1) {
    const [a, b] = [star(0, 0), star(random() * 12, random() * 12)];
    const box = boxOf([...a, ...b]);
    const [common, only, either] = [both, (has) => has[0] && !has[1], (has) => has[0] || has[1]].map((isWanted) => landWhere([a, b], isWanted, box));
    assert.ok(Math.abs(common.areaM2 + only.areaM2 - whole(a).areaM2) < 1e-9, `round ${round}`);
    assert.ok(Math.abs(either.areaM2 - only.areaM2 - whole(b).areaM2) < 1e-9, `round ${round}`);
    assert.ok(Math.abs(either.lengthM + common.lengthM - whole(a).lengthM - whole(b).lengthM) < 1e-6, `round ${round}`);
  }
});

test('a point beyond the box that lies at the height of a band turns nothing over', () => {
  const [a, b] = [[[[4, 2], [5, 6], [6, 0]]], [[[2, 2], [6, 6], [1, 6], [0, 0], [1, 1]]]];
  assert.ok(Math.abs(landWhere([a, b], both, [4, 0, 6, 6]).areaM2 - 5 / 21) < 1e-12);
});

test('what a hand in the middle of a drag would break is told with its place, and once for each state', () => {
  const graph = Graph.fromCoverage(threeLots());
  const [corner] = [...graph.base.points.values()].filter(({ id }) => graph.parcelsWith(id).length === 1);
  const [x, y] = corner.pair;
  const moved = previewMove(graph, corner, { ...lonLat([x === 0 ? 15 : x - 15, y]), token: [0, 0] });
  const refused = refusedAtOnce(moved, EXCLUSIVE);
  assert.ok(refused.length > 0 && refused.every(({ place, message }) => place !== null && message.length > 0));
  assert.equal(refusedAtOnce(moved, EXCLUSIVE), refused);
  assert.deepEqual(refusedAtOnce(graph, EXCLUSIVE), []);
});

test('on a level that is not exclusive nothing overlaps', () => {
  const graph = Graph.fromCoverage(coverage({ a: [[[0, 0], [10, 0], [10, 10], [0, 10]]], b: [[[20, 0], [30, 0], [30, 10], [20, 10]]] }));
  const corner = graph.base.points.get('20,0');
  const moved = previewMove(graph, corner, { ...lonLat([5, 5]), token: [5, 5] });
  assert.deepEqual(judge(moved, { exclusive: EXCLUSIVE }).violations.map(({ rule }) => rule), ['overlap']);
  assert.deepEqual(judge(moved, { exclusive: new Set() }).violations, []);
  assert.equal(judge(moved, { exclusive: EXCLUSIVE, mostPoints: 3 }).violations.length, 0);
});
