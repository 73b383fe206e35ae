import assert from 'node:assert/strict';
import test from 'node:test';

import { Graph } from '../../static/editor/graph.js';
import { labelPlace, parcelAt } from '../../static/editor/paint/label_place.js';
import { coverage, holeAndParts, lonLat, threeLots } from './fabric.js';

test('a place lies in the parcel whose ring goes round it', () => {
  const graph = Graph.fromCoverage(threeLots());
  assert.equal(parcelAt(graph, lonLat([5, 5]))?.id, 'a');
  assert.equal(parcelAt(graph, lonLat([15, 15]))?.id, 'c');
  assert.equal(parcelAt(graph, lonLat([50, 50])), null);
});

test('a hole belongs to the parcel that fills it, and every part to its own', () => {
  const graph = Graph.fromCoverage(holeAndParts());
  assert.equal(parcelAt(graph, lonLat([15, 15]))?.id, 'core');
  assert.equal(parcelAt(graph, lonLat([5, 15]))?.id, 'ring');
  assert.equal(parcelAt(graph, lonLat([55, 5]))?.id, 'twin');
  assert.equal(parcelAt(graph, lonLat([45, 5])), null);
});

test('of parcels that lie over each other the smallest is meant', () => {
  const graph = Graph.fromCoverage(coverage({
    ground: [[[0, 0], [20, 0], [20, 20], [0, 20]]],
    unit: { level: 'units', parts: [[[[5, 5], [10, 5], [10, 10], [5, 10]]]] },
  }));
  assert.equal(parcelAt(graph, lonLat([7, 7]))?.id, 'unit');
});

test('the number stands inside the parcel, also of an L and round a hole', () => {
  const graph = Graph.fromCoverage(coverage({
    ell: [[[0, 0], [30, 0], [30, 5], [5, 5], [5, 30], [0, 30]]],
    ring: [[[100, 0], [130, 0], [130, 30], [100, 30]], [[105, 5], [125, 5], [125, 25], [105, 25]]],
  }));
  for (const id of ['ell', 'ring']) assert.equal(parcelAt(graph, labelPlace(graph, graph.parcel(id)))?.id, id);
});
