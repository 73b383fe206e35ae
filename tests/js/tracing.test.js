import assert from 'node:assert/strict';
import test from 'node:test';

import { pathsBetween } from '../../static/editor/land/tracing.js';
import { Graph } from '../../static/editor/graph.js';
import { coverage, threeLots } from './fabric.js';

test('both ways round a parcel are found, the shortest first', () => {
  const graph = Graph.fromCoverage(threeLots());
  const paths = pathsBetween(graph, '0,10', '0,20');
  assert.deepEqual(paths[0], ['0,10', '0,20']);
  assert.deepEqual(paths[1], ['0,10', '10,10', '20,10', '20,20', '0,20']);
});

test('a way along several parcels is found where no ring has both points', () => {
  const graph = Graph.fromCoverage(threeLots());
  const [path] = pathsBetween(graph, '0,0', '20,0');
  assert.deepEqual(path, ['0,0', '10,0', '20,0']);
  const [, other] = pathsBetween(graph, '0,0', '20,0');
  assert.deepEqual(other, ['0,0', '0,10', '10,10', '20,10', '20,0']);
});

test('no boundary leads to what is apart, nor to the point itself', () => {
  const graph = Graph.fromCoverage(coverage({ a: [[[0, 0], [10, 0], [10, 10]]], b: [[[50, 0], [60, 0], [60, 10]]] }));
  assert.deepEqual(pathsBetween(graph, '0,0', '50,0'), []);
  assert.deepEqual(pathsBetween(graph, '0,0', '0,0'), []);
});
