import assert from 'node:assert/strict';
import test from 'node:test';

import { applyOperation } from '../../static/editor/actions/apply_operation.js';
import { Graph } from '../../static/editor/graph.js';
import { Cells } from '../../static/editor/snapping/cells.js';
import { crossedAt, lockedPair } from '../../static/editor/snapping/lock.js';
import { snapAt } from '../../static/editor/snapping/snap.js';
import { nearestPoint, snapIndex } from '../../static/editor/snapping/snap_index.js';
import { positionOf } from '../../static/editor/snapping/snap_position.js';
import { coverage, lonLat, threeLots } from './fabric.js';

const origin = lonLat([0, 0]);
const unit = { lon: lonLat([1, 0]).lon - origin.lon, lat: lonLat([0, 1]).lat - origin.lat };
/** ten pixels a metre, y downward */
const project = ({ lon, lat }) => [((lon - origin.lon) / unit.lon) * 10, ((origin.lat - lat) / unit.lat) * 10];
const corner = (x, y) => [origin.lon + x * unit.lon, origin.lat + y * unit.lat];
const BOX = [...corner(-50, -50), ...corner(80, 80)];
const index = (graph = Graph.fromCoverage(threeLots()), exclude = [], extra = []) => snapIndex(graph, { box: BOX, project, exclude: new Set(exclude), extra });
const snap = (found, x, y, reach, about = {}) => snapAt(found, [x, y], reach, { project, ...about });

test('a point within reach wins over a nearer edge', () => {
  const found = snap(index(), 108, -99, 10);
  assert.equal(found?.kind === 'point' && found.point.id, '10,10');
});

test('an edge is taken where no point is within reach, at the nearest place', () => {
  const found = snap(index(), 104, -30, 10);
  assert.equal(found?.kind, 'edge');
  if (found?.kind !== 'edge') return;
  assert.deepEqual([found.a.id, found.b.id].sort(), ['10,0', '10,10']);
  assert.ok(Math.abs(found.t - 0.3) < 1e-6);
});

test('nothing is taken out of reach', () => {
  assert.equal(snap(index(), 50, -50, 10), null);
});

test('the moving point and its own edges are no targets', () => {
  const found = index(Graph.fromCoverage(threeLots()), ['10,10']);
  assert.equal(snap(found, 100, -100, 10), null);
  assert.ok(found.edges.every(([a, b]) => a.id !== '10,10' && b.id !== '10,10'));
});

test('the nearest of two points is taken', () => {
  const found = snap(index(), 195, -97, 100);
  assert.equal(found?.kind === 'point' && found.point.id, '20,10');
});

test('a shared edge stands in the index once', () => {
  assert.equal(index().edges.length, 10);
});

test('a moved point is offered where it is now', () => {
  const { graph } = applyOperation(Graph.fromCoverage(threeLots()), { op: 'move_point', at: [10, 10], to: lonLat([13, 13]) });
  const found = snap(index(graph), 131, -131, 10);
  assert.equal(found?.kind === 'point' && found.point.id, '10,10');
});

test('parcels outside the view are not looked at', () => {
  const far = snapIndex(Graph.fromCoverage(threeLots()), { box: [9, 9, 10, 10], project, exclude: new Set() });
  assert.deepEqual([far.points.length, far.edges.length], [0, 0]);
});

test('the middle of an edge is taken before the edge, and lies there to the bit', () => {
  const graph = Graph.fromCoverage(threeLots());
  const found = snap(index(graph), 104, -54, 10);
  assert.equal(found?.kind, 'midpoint');
  assert.deepEqual(positionOf(graph, found).token, [10, 5]);
});

test('a perpendicular is dropped from what is measured from', () => {
  const graph = Graph.fromCoverage(threeLots());
  const from = { ...lonLat([3.25, 4]), pair: /** @type {[number, number]} */ ([3.25, 4]) };
  const found = snap(index(graph), 35, 4, 10, { anchors: { from: [from], guides: [] } });
  assert.equal(found?.kind, 'perpendicular');
  assert.deepEqual(positionOf(graph, found).token, [3.25, 0]);
});

test('an edge is prolonged as far as somebody would look along it, and one at hand across the view', () => {
  const graph = Graph.fromCoverage(threeLots());
  const beyond = snap(index(graph), 204, -250, 10);
  assert.equal(beyond?.kind, 'extension');
  const [x, y] = positionOf(graph, beyond).token;
  assert.ok(x === 20 && Math.abs(y - 25) < 1e-6);
  assert.equal(snap(index(graph), 204, -550, 10), null);
  const guides = [[graph.point('20,10'), graph.point('20,20')]];
  assert.equal(snap(index(graph), 204, -550, 10, { anchors: { from: [], guides } })?.kind, 'extension');
});

test('two extensions cross, and an extension crosses an edge on that edge', () => {
  const apart = coverage({ a: [[[0, 0], [10, 0], [9, 10], [0, 10]]], b: [[[20, -4], [30, -8], [30, 20], [20, 20]]], c: [[[-10, 30], [40, 31], [40, 40], [-10, 40]]] });
  const graph = Graph.fromCoverage(apart);
  const both = snap(index(graph), 103, 2, 10);
  assert.equal(both?.kind, 'point');
  const found = snap(index(graph), 201, -102, 10, { anchors: { from: [], guides: [[graph.point('0,10'), graph.point('9,10')]] } });
  assert.equal(found?.kind, 'crossing');
  assert.deepEqual(positionOf(graph, found).token, [20, 10]);
  const along = snap(index(graph), 200, -305, 10);
  assert.equal(along?.kind, 'crossing');
  const [x, y] = positionOf(graph, along).token;
  assert.ok(Math.hypot(x - 20, y - 30.6) < 1e-9, `${x} ${y}`);
});

test('a point is that very point, and an exact place from outside goes by its own pair', () => {
  const graph = Graph.fromCoverage(threeLots());
  const extra = [{ ...lonLat([4, 4]), pair: /** @type {[number, number]} */ ([4.00012345, 4]), name: 'PM 14' }, { ...lonLat([10, 10]), pair: /** @type {[number, number]} */ ([10, 10]), name: 'PM 15' }];
  const found = index(graph, [], extra);
  const there = snap(found, 42, -38, 10);
  assert.ok(there?.kind === 'point' && there.point.isExtra && there.point.label === 'PM 14');
  assert.deepEqual(positionOf(graph, there).token, [4.00012345, 4]);
  const corner = snap(found, 102, -102, 10);
  assert.ok(corner?.kind === 'point' && !corner.point.isExtra);
  assert.equal(positionOf(graph, corner).token, graph.point('10,10').name);
});

test('what was caught holds a little longer than it catches', () => {
  const found = index();
  const caught = snap(found, 108, -99, 10);
  assert.equal(caught?.kind, 'point');
  assert.notEqual(snap(found, 111.5, -99, 10)?.kind, 'point');
  assert.equal(snap(found, 111.5, -99, 10, { last: caught })?.kind, 'point');
  assert.notEqual(snap(found, 114, -99, 10, { last: caught })?.kind, 'point');
});

test('the cells find everything within reach, each once', () => {
  const cells = new Cells([0, 0, 400, 300]);
  cells.add(0, 10, 10, 390, 290);
  cells.add(1, 200, 150);
  cells.add(2, -500, -500);
  /** @type {number[]} */
  const near = [];
  cells.near(200, 150, 60, (item) => near.push(item));
  assert.deepEqual(near.sort(), [0, 1]);
  assert.equal(nearestPoint(index(), 1e6, 1e6, 10), null);
});

test('a ray or a circle that is locked is held to, and its crossing with an edge found', () => {
  const graph = Graph.fromCoverage(threeLots());
  const { grid } = graph.base;
  assert.deepEqual(lockedPair(grid, { metres: null, degrees: 90 }, [0, 5], [8, 9]).map((value) => Math.round(value * 1e9) / 1e9), [8, 5]);
  assert.deepEqual(lockedPair(grid, { metres: null, degrees: 90 }, [0, 5], [-8, 9]), [0, 5]);
  const [x, y] = lockedPair(grid, { metres: 5, degrees: null }, [0, 0], [30, 40]);
  assert.ok(Math.hypot(x - 3, y - 4) < 1e-12);
  assert.deepEqual(lockedPair(grid, { metres: 7, degrees: 180 }, [1, 1], [50, 50]), [1, -6]);
  const [a, b] = [graph.point('10,0'), graph.point('10,10')];
  assert.deepEqual(crossedAt(graph, { metres: null, degrees: 90 }, [0, 5], a, b), [0.5]);
  assert.deepEqual(crossedAt(graph, { metres: null, degrees: 270 }, [0, 5], a, b), []);
  assert.deepEqual(crossedAt(graph, { metres: 10, degrees: null }, [4, 0], a, b), [0.8]);
  assert.deepEqual(crossedAt(graph, { metres: 3, degrees: null }, [0, 0], a, b), []);
});

test('beside the place that is left nothing is aligned with it: a small move stays possible', () => {
  const graph = Graph.fromCoverage(threeLots());
  const found = index(graph, ['10,10']);
  const anchors = { from: [], guides: [[graph.point('0,10'), graph.point('10,10')], [graph.point('10,0'), graph.point('10,10')]] };
  const origin = project(graph.point('10,10'));
  assert.equal(snap(found, 103, -97, 10, { anchors })?.kind, 'extension');
  assert.equal(snap(found, 103, -97, 10, { anchors, origin }), null);
  assert.equal(snap(found, 103, -65, 10, { anchors, origin })?.kind, 'extension');
});
