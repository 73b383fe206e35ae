/** The rules that the browser judges at once, beside what the shared cases say: validity as GEOS has it, land that shapes share. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { previewMove } from '../../static/editor/actions/move_point.js';
import { refusalText } from '../../static/editor/findings/refusal_words.js';
import { Graph } from '../../static/editor/graph.js';
import { AdviceInHand } from '../../static/editor/advice_in_hand.js';
import { advisedAtOnce, refusedAtOnce, toldAtOnce } from '../../static/editor/rules/at_once.js';
import { landWhere } from '../../static/editor/rules/common_land.js';
import { judge } from '../../static/editor/rules/judge.js';
import { narrowPieces } from '../../static/editor/rules/closing.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
import { meeting, orientation } from '../../static/editor/rules/orientation.js';
import { faultOf } from '../../static/editor/rules/validity.js';
import { coverage, lonLat, threeLots } from './fabric.js';

const EXCLUSIVE = new Set(['cadastre']);
const TERMS = new Judging(['cadastre']);
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

test('a shape of many sides has with a slanted strip in common what each of its teeth has', () => {
  const teeth = Array.from({ length: 200 }, (_, k) => [[1, 2 * k], [11, 2 * k], [11, 2 * k + 1], [1, 2 * k + 1]]).flat();
  const comb = [[[0, 0], ...teeth, [0, 399]]];
  const strip = [[[3, 0], [5, 0], [6, 400], [4, 400]]];
  const land = landWhere([comb, strip], both, [3, 0, 6, 399]);
  assert.ok(Math.abs(land.areaM2 - 400) < 1e-9);
  assert.ok(Math.abs(land.lengthM - 200 * (4 + 2 * Math.hypot(1, 1 / 400))) < 1e-9);
  assert.equal(land.pieces.length, 200);
});

test('what a hand in the middle of a drag would break is told with its place, and once for each state', () => {
  const graph = Graph.fromCoverage(threeLots());
  const [corner] = [...graph.base.points.values()].filter(({ id }) => graph.parcelsWith(id).length === 1);
  const [x, y] = corner.pair;
  const to = [x === 0 ? 15 : x - 15, y];
  const moved = previewMove(graph, corner, { ...lonLat(to), token: to });
  const refused = refusedAtOnce(moved, TERMS);
  assert.ok(refused.length > 0 && refused.every(({ place, message }) => place !== null && message.length > 0));
  assert.equal(refusedAtOnce(moved, TERMS), refused);
  assert.deepEqual(refusedAtOnce(graph, TERMS), []);
});

test('on a level that is not exclusive nothing overlaps', () => {
  const graph = Graph.fromCoverage(coverage({ a: [[[0, 0], [10, 0], [10, 10], [0, 10]]], b: [[[20, 0], [30, 0], [30, 10], [20, 10]]] }));
  const corner = graph.base.points.get('20,0');
  const moved = previewMove(graph, corner, { ...lonLat([5, 5]), token: [5, 5] });
  assert.deepEqual(judge(moved, { exclusive: EXCLUSIVE }).violations.map(({ rule }) => rule), ['overlap']);
  assert.deepEqual(judge(moved, { exclusive: new Set() }).violations, []);
});

const box = (west, south, east, north) => [[west, south], [east, south], [east, north], [west, north]];
const moved = (graph, from, to) => previewMove(graph, graph.base.points.get(from), { ...lonLat(to), token: to });
const named = (found) => found.map(({ rule, parcels, isNew }) => `${rule} ${parcels.join()} ${isNew}`);

/** b lies on a by a millimetre: a sliver, which is recorded; c a little beside b. */
const apart = () => Graph.fromCoverage(coverage({ a: [box(0, 0, 10, 10)], b: [box(9.999, 0, 20, 10)], c: [box(20.2, 0, 30, 10)] }));

test('a gap that the hand opens is told with its place, one that it widens is no news, and a shared corner opens none', () => {
  const found = advisedAtOnce(moved(apart(), '10,0', [9.7, 0]), TERMS);
  assert.deepEqual(named(found), ['gap a,b true']);
  assert.ok(Math.abs(found[0].measure - 1.49) < 1e-3 && found[0].place.coordinates[0][0].length > 3);
  assert.deepEqual(advisedAtOnce(moved(apart(), '20.2,0', [20.3, 0]), TERMS), []);
  assert.deepEqual(named(judge(moved(apart(), '20.2,0', [20.3, 0]), { exclusive: EXCLUSIVE }).found), ['gap b,c false']);
  assert.deepEqual(advisedAtOnce(moved(Graph.fromCoverage(threeLots()), '10,10', [10.3, 10.2]), TERMS), []);
  assert.deepEqual(advisedAtOnce(moved(apart(), '10,0', [9.7, 0]), { ...TERMS, exclusive: new Set() }), []);
});

test('a gap to which another lot comes as the hand widens it is no news', () => {
  const graph = Graph.fromCoverage(coverage({ a: [box(0, 0, 10, 10)], b: [box(10.2, 0, 20, 10)], d: [box(10.45, -10, 20, 0)] }));
  const wider = moved(graph, '10.2,0', [10.45, 0]);
  assert.deepEqual(named(judge(wider, { exclusive: EXCLUSIVE }).found), ['gap a,b,d false']);
  assert.deepEqual(advisedAtOnce(wider, TERMS), []);
});

test('beside a road of hundreds of points it is told too that land is open', () => {
  const road = Array.from({ length: 600 }, (_, index) => [9.999 + (index / 600) * 20, 0]);
  const graph = Graph.fromCoverage(coverage({ a: [box(0, 0, 10, 10)], r: [[...road, [40, 0], [40, 10], [9.999, 10]]] }));
  assert.deepEqual(named(advisedAtOnce(moved(graph, '10,0', [9.7, 0]), TERMS)), ['gap a,r true']);
});

/** A road with bends between lots on both its sides, some of them a little off it or over it. */
function alongRoad(random) {
  const bend = (x) => 3 * Math.sin(x / 7);
  const side = (y) => Array.from({ length: 401 }, (_, index) => [index / 2, y + bend(index / 2)]);
  const road = [...side(0), ...side(8).reverse()];
  const lots = {};
  for (let index = 0; index < 19; index += 1) {
    const [west, east] = [10 * index, 10 * index + 10];
    const off = random() < 0.3 ? (random() - 0.5) * 0.4 : 0;
    const front = side(8).filter(([x]) => x >= west && x <= east).map(([x, y]) => [x, y + off]);
    lots[`n${index}`] = [[[...front, [east, 40], [west, 40]].reverse()].flat()];
    lots[`s${index}`] = [[...side(0).filter(([x]) => x >= west && x <= east).reverse(), [west, -30], [east, -30]]];
  }
  return coverage({ r: [road], ...lots });
}

test('a road of hundreds of points is judged about the hand as it is judged whole', () => {
  let seed = 11;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const told = ({ violations, found }) => [...violations, ...found].map(({ rule, parcels, measure }) => `${rule} ${parcels.join()} ${measure === null ? '' : measure.toFixed(6)}`).sort();
  const counts = { refused: 0, gap: 0, sliver: 0 };
  for (let round = 0; round < 150; round += 1) {
    const graph = Graph.fromCoverage(alongRoad(random));
    const points = [...graph.base.points.values()].filter(({ pair: [, y] }) => y > -20 && y < 30);
    const point = points[Math.floor(random() * points.length)];
    const far = random() < 0.5 ? 0.3 : 6;
    const [x, y] = point.pair;
    const to = [x + (random() - 0.5) * far, y + (random() - 0.5) * far];
    const state = previewMove(graph, point, { ...lonLat(to), token: to });
    const [whole, about] = [Infinity, 100].map((wholeUpTo) => judge(state, { exclusive: EXCLUSIVE, wholeUpTo }));
    assert.deepEqual(told(about), told(whole), `round ${round}: ${point.id} to ${to}`);
    if (whole.violations.length > 0) counts.refused += 1;
    for (const rule of ['gap', 'sliver']) if (whole.found.some((one) => one.rule === rule)) counts[rule] += 1;
  }
  assert.ok(counts.refused > 20 && counts.gap > 5, JSON.stringify(counts));
});

test('of two roads side by side that is told which they would have in common or leave open at the hand', () => {
  const side = (y) => Array.from({ length: 401 }, (_, index) => [index / 2, y + 3 * Math.sin(index / 14)]);
  const graph = Graph.fromCoverage(coverage({ r: [[...side(0), ...side(8).reverse()]], q: [[...side(-8), ...side(-0.2).reverse()]] }));
  const [x, y] = side(0)[200];
  const told = (to, wholeUpTo) => {
    const { violations, found } = judge(moved(graph, `${x},${y}`, to), { exclusive: EXCLUSIVE, wholeUpTo });
    return [...violations, ...found].map(({ rule, parcels, measure, isNew }) => `${rule} ${parcels.join()} ${rule === 'overlap' ? measure.toFixed(4) : isNew}`);
  };
  for (const to of [[x, y - 1.5], [x, y + 0.1], [x, y + 3], [x + 0.2, y - 0.1]]) assert.deepEqual(told(to, 100), told(to, Infinity), String(to));
  assert.match(told([x, y - 1.5], 100)[0], /^overlap q,r 0\.5/);
});

test('a parcel that comes to lie exactly on another is a stack, when it was one already no news', () => {
  const graph = Graph.fromCoverage(coverage({ a: [box(0, 0, 10, 10)], b: [[[0, 0], [10, 0], [10, 12], [0, 10]]] }));
  assert.deepEqual(named(advisedAtOnce(moved(graph, '10,12', [10, 10]), TERMS)), ['stack a,b true']);
  const stack = Graph.fromCoverage(coverage({ a: [box(0, 0, 10, 10)], b: [box(0, 0, 10, 10)] }));
  assert.deepEqual(advisedAtOnce(moved(stack, '10,10', [10, 11]), TERMS), []);
});

test('narrow pieces: a slit, a hole, not a notch that is as wide as deep, and not beyond the region', () => {
  const region = [0, 0, 20, 10];
  const areas = (land, where = region) => narrowPieces(land, 0.5, where).map(({ areaM2 }) => Number(areaM2.toFixed(6)));
  assert.deepEqual(areas([[box(0, 0, 10, 10)], [box(10.2, 0, 20, 10)]]), [2]);
  assert.deepEqual(areas([[[[0, 0], [10, 0], [10, 10], [6, 10], [5, 8], [4, 10], [0, 10]]]]), []);
  assert.deepEqual(areas([[box(0, 0, 20, 10), box(5, 4, 5.3, 6).reverse()]]), [0.6]);
  assert.deepEqual(areas([[box(0, 0, 20, 10), box(5, 4, 9, 6).reverse()]]), []);
  assert.deepEqual(areas([[box(0, 0, 10, 10)], [box(10.2, 0, 20, 10)]], [0, 0, 20, 4]), [0.9]);
});

test('while a hand moves gaps are sought as often as leaves it most of the time, and once more when it rests', () => {
  let [time, due, repaints] = [0, null, 0];
  const advice = new AdviceInHand(TERMS, () => (repaints += 1), { now: () => (time += 6), start: (act, ms) => { due = [act, ms]; return 1; }, stop: () => { due = null; } });
  const states = [9.9, 9.8, 9.7].map((x) => moved(apart(), '10,0', [x, 0]));
  assert.deepEqual(named(advice.of(states[0])), ['gap a,b true']);
  const first = advice.of(states[0]);
  assert.equal(advice.of(states[1]), first, 'the last answer stands');
  advice.of(states[2]);
  due[0]();
  assert.equal(repaints, 1);
  assert.ok(advice.of(states[2])[0].measure > first[0].measure);
  assert.deepEqual(advice.of(null), []);
});

test('what takes longer than a frame waits until the hand rests, and is asked at once of the next hand', () => {
  let [time, waits] = [0, []];
  const advice = new AdviceInHand(TERMS, () => {}, { now: () => (time += 20), start: (act, ms) => waits.push([act, ms]), stop: () => (waits = []) });
  const states = [9.9, 9.8, 9.7].map((x) => moved(apart(), '10,0', [x, 0]));
  const first = advice.of(states[0]);
  assert.deepEqual(named(first), ['gap a,b true']);
  for (const state of [...states, ...states]) assert.equal(advice.of(state), first, 'however long it moves');
  assert.deepEqual(waits.map(([, ms]) => ms), [100]);
  waits[0][0]();
  assert.ok(advice.of(states[2])[0].measure > first[0].measure);
  assert.deepEqual(advice.of(null), []);
  assert.deepEqual(named(advice.of(states[1])), ['gap a,b true']);
  assert.deepEqual(waits, []);
});

test('a refusal of the server names parcels by their numbers, where they are known', () => {
  const graph = Graph.fromCoverage(coverage({ 'QB1-1': [box(0, 0, 10, 10)], 'QB1-11': [box(10, 0, 20, 10)] }));
  const told = (message, parcels) => refusalText(graph, { message, parcels });
  graph.base.parcels.get('QB1-1').properties.number = '7/2';
  graph.base.parcels.get('QB1-11').properties.number = '8';
  assert.equal(told('Parcels QB1-1 and QB1-11 would overlap by 2.00 m².', ['QB1-1', 'QB1-11']), 'Parcels 7/2 and 8 would overlap by 2.00 m².');
  assert.equal(told('Parcel a.b would be invalid: QB1-1.', ['a.b']), 'Parcel a.b would be invalid: QB1-1.');
});

test('of what is in hand that is told which weighs most', () => {
  assert.equal(toldAtOnce([{ message: 'A and B would overlap by 2.00 m².' }], [{ rule: 'gap', measure: 1 }]), 'A and B would overlap by 2.00 m². It could not be saved');
  assert.equal(toldAtOnce([], [{ rule: 'gap', measure: 1.234 }]), 'opens a gap of 1.23 m²');
  assert.equal(toldAtOnce([], []), '');
});

const set = (rule, setting) => new Judging(['cadastre'], { [rule]: { is_on: true, blocks: false, numbers: {}, ...setting } });
/** The corner of a goes back by 0.3 m, so that b, c keep theirs. */
const opening = () => moved(apart(), '10,0', [9.7, 0]);

test('a rule that is switched off says nothing, neither in the hand nor at rest, and one that blocks refuses', () => {
  const off = set('gap', { is_on: false });
  assert.deepEqual(advisedAtOnce(opening(), off), []);
  assert.deepEqual(judge(moved(apart(), '20.2,0', [20.3, 0]), off).found, []);
  const [refused, ...more] = advisedAtOnce(opening(), set('gap', { blocks: true }));
  assert.deepEqual([refused.rule, refused.parcels, more], ['gap', ['a', 'b'], []]);
  assert.match(toldAtOnce([], [refused]), /would leave a gap of 1\.49 m²\. It could not be saved$/);
  assert.deepEqual(judge(opening(), set('gap', { blocks: true })).violations.map(({ rule }) => rule), ['gap']);
  const over = () => moved(apart(), '9.999,10', [9.9992, 10]);
  assert.deepEqual(named(judge(over(), TERMS).found), ['sliver a,b false']);
  assert.deepEqual(judge(over(), set('sliver', { is_on: false })).found, []);
});

test('the width of gaps and the tolerance of overlaps are those that are set', () => {
  const widened = () => moved(apart(), '20.2,0', [20.3, 0]);
  assert.deepEqual(judge(widened(), set('gap', { numbers: { width_m: 0.1 } })).found, []);
  assert.deepEqual(named(judge(widened(), set('gap', { numbers: { width_m: 0.3 } })).found), ['gap b,c false']);
  const reaching = () => moved(Graph.fromCoverage(coverage({ a: [box(0, 0, 10, 10)], b: [box(9.95, 4, 20, 4.1)] })), '9.95,4.1', [9.951, 4.1]);
  assert.deepEqual(named(judge(reaching(), TERMS).found), ['sliver a,b false']);
  assert.deepEqual(named(judge(reaching(), set('overlap', { numbers: { tolerance_m2: 0.001 } })).found), ['overlap a,b false']);
});

test('what a dry run was judged by holds from then on, and what was judged by the same stays', () => {
  const terms = set('gap', {});
  const graph = opening();
  const before = advisedAtOnce(graph, terms);
  const same = terms.rules;
  terms.renew({ gap: { is_on: true, blocks: false, numbers: {} } });
  terms.renew(undefined);
  assert.equal(terms.rules, same);
  assert.equal(advisedAtOnce(graph, terms), before);
  terms.renew({ gap: { is_on: false, blocks: false, numbers: {} } });
  assert.deepEqual(advisedAtOnce(graph, terms), []);
});
