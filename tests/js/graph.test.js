import assert from 'node:assert/strict';
import test from 'node:test';

import { baseFromCoverage, mergeBases } from '../../static/editor/base.js';
import { Graph } from '../../static/editor/graph.js';
import { holeAndParts, threeLots, coverage } from './fabric.js';

test('a point shared by three parcels is one point', () => {
  const graph = Graph.fromCoverage(threeLots());
  assert.deepEqual(graph.parcelsWith('10,10').map((parcel) => parcel.id), ['a', 'b', 'c']);
  assert.equal(graph.base.points.size, 8);
});

test('a coordinate with many digits keeps every bit as the name of its point', () => {
  const x = 649780.3812345678;
  const graph = Graph.fromCoverage(coverage({ a: [[[x, 0.1 + 0.2], [x + 1, 0], [x, 1]]] }));
  assert.deepEqual(graph.resolve([x, 0.1 + 0.2])?.name, [x, 0.30000000000000004]);
  assert.equal(graph.resolve([x, 0.3]), null);
});

test('a coverage that names a point it does not list is refused', () => {
  const broken = threeLots();
  broken.points.length = 3;
  assert.throws(() => Graph.fromCoverage(broken), /names point 3 but lists 3 points/);
});

test('a changed state leaves the one it came from untouched', () => {
  const before = Graph.fromCoverage(threeLots());
  const point = before.point('10,10');
  const after = before.with({ points: [{ ...point, lon: point.lon + 0.001 }] });
  assert.equal(before.point('10,10').lon, point.lon);
  assert.notEqual(after.point('10,10').lon, point.lon);
  assert.deepEqual([...after.changed()].sort(), ['a', 'b', 'c']);
  assert.equal(before.changed().size, 0);
  assert.equal(after.base, before.base);
});

test('the envelope follows a moved point and stays for the others', () => {
  const before = Graph.fromCoverage(threeLots());
  const corner = before.point('0,0');
  const after = before.with({ points: [{ ...corner, lon: corner.lon - 0.01 }] });
  const box = (graph, id) => graph.envelope(graph.parcel(id));
  assert.equal(box(after, 'a')[0], corner.lon - 0.01);
  assert.deepEqual(box(after, 'b'), box(before, 'b'));
});

test('area counts holes and all parts', () => {
  const graph = Graph.fromCoverage(holeAndParts());
  const area = (id) => graph.areaM2(graph.parcel(id));
  assert.ok(Math.abs(area('ring') - 800) < 1e-3);
  assert.ok(Math.abs(area('core') - 100) < 1e-3);
  assert.ok(Math.abs(area('twin') - 200) < 1e-3);
});

test('a newly loaded base keeps the parcels under edit as their author saw them', () => {
  const old = baseFromCoverage(threeLots());
  const fresh = threeLots();
  for (const parcel of fresh.parcels) parcel.version = 2;
  fresh.parcels = fresh.parcels.filter((parcel) => parcel.parcel_id !== 'c');
  const merged = mergeBases(old, baseFromCoverage(fresh), ['a', 'c', 'gone']);
  assert.deepEqual(
    [...merged.parcels.values()].map((parcel) => [parcel.id, parcel.version]).sort(),
    [['a', 1], ['b', 2], ['c', 1]],
  );
  assert.deepEqual([...(merged.users.get('10,10') ?? [])].sort(), ['a', 'b', 'c']);
  assert.ok(merged.points.has('20,20'));
});
