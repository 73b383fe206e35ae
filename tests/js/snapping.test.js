import assert from 'node:assert/strict';
import test from 'node:test';

import { applyOperation } from '../../static/editor/actions/apply_operation.js';
import { Graph } from '../../static/editor/graph.js';
import { snapAt, snapIndex } from '../../static/editor/tools/snapping.js';
import { lonLat, threeLots } from './fabric.js';

const origin = lonLat([0, 0]);
const unit = { lon: lonLat([1, 0]).lon - origin.lon, lat: lonLat([0, 1]).lat - origin.lat };
/** ten pixels a metre, y downward */
const project = ({ lon, lat }) => [((lon - origin.lon) / unit.lon) * 10, ((origin.lat - lat) / unit.lat) * 10];
const BOX = [origin.lon - 1, origin.lat - 1, origin.lon + 1, origin.lat + 1];
const index = (graph = Graph.fromCoverage(threeLots()), exclude = null) => snapIndex(graph, { box: BOX, project, exclude });

test('a point within reach wins over a nearer edge', () => {
  const snap = snapAt(index(), 108, -99, 10);
  assert.equal(snap?.kind === 'point' && snap.point.id, '10,10');
});

test('an edge is taken where no point is within reach, at the nearest place', () => {
  const snap = snapAt(index(), 104, -50, 10);
  assert.equal(snap?.kind, 'edge');
  if (snap?.kind !== 'edge') return;
  assert.deepEqual([snap.a.id, snap.b.id].sort(), ['10,0', '10,10']);
  assert.ok(Math.abs(snap.t - 0.5) < 1e-6);
});

test('nothing is taken out of reach', () => {
  assert.equal(snapAt(index(), 50, -50, 10), null);
});

test('the moving point and its own edges are no targets', () => {
  const found = index(Graph.fromCoverage(threeLots()), '10,10');
  assert.equal(snapAt(found, 100, -100, 10), null);
  assert.ok(found.edges.every(([a, b]) => a.id !== '10,10' && b.id !== '10,10'));
});

test('the nearest of two points is taken', () => {
  const snap = snapAt(index(), 195, -97, 100);
  assert.equal(snap?.kind === 'point' && snap.point.id, '20,10');
});

test('a shared edge stands in the index once', () => {
  assert.equal(index().edges.length, 10);
});

test('a moved point is offered where it is now', () => {
  const { graph } = applyOperation(Graph.fromCoverage(threeLots()), { op: 'move_point', at: [10, 10], to: lonLat([13, 13]) });
  const snap = snapAt(index(graph), 131, -131, 10);
  assert.equal(snap?.kind === 'point' && snap.point.id, '10,10');
});

test('parcels outside the view are not looked at', () => {
  const far = snapIndex(Graph.fromCoverage(threeLots()), { box: [9, 9, 10, 10], project, exclude: null });
  assert.deepEqual([far.points.length, far.edges.length], [0, 0]);
});
