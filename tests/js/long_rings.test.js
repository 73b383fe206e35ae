/**
 * Rings of thousands of points are looked at in pieces: what comes out is what the whole ring would give.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { differences } from '../../static/editor/difference.js';
import { Graph } from '../../static/editor/graph.js';
import { boxOfRing, isLong, lost, pixelsOf, ringHas, sections } from '../../static/editor/land/long_rings.js';
import { boxHolds, boxOf } from '../../static/editor/storage/geodesy.js';
import { mercator } from '../../static/editor/storage/mercator.js';

const COUNT = 3000;
const round = (value) => Math.round(value * 1e9) / 1e9;
const places = Array.from({ length: COUNT }, (_, i) => {
  const angle = (2 * Math.PI * i) / COUNT;
  const radius = 0.01 + 0.0005 * Math.sin(40 * angle);
  return [round(2.3 + radius * Math.cos(angle)), round(48.7 + radius * Math.sin(angle))];
});
const graph = Graph.fromCoverage({
  srid: 4326, grid: 1e-9, node_within_m: 0.01, points: places.map(([x, y]) => [x, y, x, y]),
  parcels: [{ parcel_id: 'road', number: '1', version: 1, level: 'parcels', kind: 'road', properties: { attributes: {} }, parts: [[places.map((_, i) => i)]] }],
});
const ring = graph.parcel('road').parts[0][0];
const moved = (place, lon, lat) => graph.with({ points: [{ ...graph.point(ring[place]), lon, lat, pair: [lon, lat], at: `${lon},${lat}` }] });

test('a ring that is long knows its points, and its box follows one that moves', () => {
  assert.ok(isLong(ring));
  assert.ok(ringHas(ring, ring[1234]));
  assert.ok(!ringHas(ring, '0,0'));
  assert.deepEqual(boxOfRing(graph, ring), boxOf(graph.places(ring)));
  const far = moved(1234, 2.5, 48.9);
  assert.deepEqual(boxOfRing(far, ring), boxOf(far.places(ring)));
  assert.deepEqual(far.envelope(far.parcel('road')), boxOf(far.places(ring)));
  assert.deepEqual(boxOfRing(graph, ring), boxOf(graph.places(ring)), 'the state before is as it was');
});

test('no point in a box is in a section that is not seen, moved ones included', () => {
  const box = [2.309, 48.699, 2.3105, 48.7012];
  for (const state of [graph, moved(1500, 2.3095, 48.7)]) {
    const all = sections(state, ring, box);
    assert.deepEqual(all.flatMap(({ from, to }) => ring.slice(from, to)), ring);
    const hidden = all.filter(({ isSeen }) => !isSeen);
    assert.ok(hidden.length > all.length / 2, `${hidden.length} of ${all.length}`);
    for (const { from, to } of hidden) for (const point of state.places(ring.slice(from, to))) assert.ok(!boxHolds(box, point));
  }
});

test('what is drawn in a box is the ring to less than a pixel', () => {
  const box = [2.309, 48.699, 2.3105, 48.7012];
  const project = mercator(256 * 2 ** 18, 256 * 2 ** 18 * 0.506, 256 * 2 ** 18 * 0.344);
  const state = moved(10, 2.3098, 48.6999);
  const drawn = pixelsOf(state, ring, box, project, 0.7);
  assert.ok(drawn.length < COUNT / 2);
  for (const point of state.places(ring).filter((each) => boxHolds(box, each))) {
    const [x, y] = project(point);
    assert.ok(Math.min(...drawn.map(([a, b]) => Math.abs(a - x) + Math.abs(b - y))) < 0.71);
  }
  const [x, y] = project(state.point(ring[10]));
  assert.ok(drawn.some(([a, b]) => a === x && b === y), 'a point in hand stands where it is');
});

test('of the old outline only what is not there any more is drawn', () => {
  const state = moved(0, 2.312, 48.7001);
  assert.deepEqual(lost(state, ring, state.parcel('road')), [[ring[COUNT - 1], ring[0], ring[1]]]);
  const without = { ...graph.parcel('road'), parts: [[ring.filter((_, place) => place !== 700 && place !== 701)]] };
  assert.deepEqual(lost(graph.with({ parcels: [without] }), ring, without), [ring.slice(699, 703)]);
  assert.equal(differences(state, ['road'])[0].change, 'geometry');
});
