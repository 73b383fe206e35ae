import assert from 'node:assert/strict';
import test from 'node:test';

import { applyOperation } from '../../static/editor/actions/apply_operation.js';
import { positionOnSegment } from '../../static/editor/actions/position.js';
import { ActionRefused } from '../../static/editor/actions/refused.js';
import { whyNotRemovable } from '../../static/editor/actions/remove_point.js';
import { rings } from '../../static/editor/base.js';
import { distanceM } from '../../static/editor/storage/geodesy.js';
import { Graph } from '../../static/editor/graph.js';
import { coverage, holeAndParts, junction, lonLat, threeLots } from './fabric.js';

const ring = (graph, id, index = 0) => [...rings(graph.parcel(id))][index];
const near = (a, b) => assert.ok(distanceM(a, b) < 1e-6, `${JSON.stringify(a)} is not ${JSON.stringify(b)}`);

test('moving a shared point moves it for all three parcels and nothing else', () => {
  const before = Graph.fromCoverage(threeLots());
  const { graph, touched } = applyOperation(before, { op: 'move_point', at: [10, 10], to: lonLat([11, 12]) });
  assert.deepEqual(touched, ['a', 'b', 'c']);
  near(graph.point('10,10'), lonLat([11, 12]));
  assert.deepEqual(graph.point('10,10').pair, [11, 12]);
  for (const id of ['a', 'b', 'c']) assert.deepEqual(ring(graph, id), ring(before, id));
  for (const [id, point] of before.base.points) if (id !== '10,10') assert.equal(graph.point(id), point);
});

test('a moved point is called by its first name and by the place it was given', () => {
  const to = lonLat([11, 12]);
  const { graph } = applyOperation(Graph.fromCoverage(threeLots()), { op: 'move_point', at: [10, 10], to });
  assert.equal(graph.resolve([10, 10])?.id, '10,10');
  assert.equal(graph.resolve(to)?.id, '10,10');
  const again = applyOperation(graph, { op: 'move_point', at: to, to: lonLat([9, 9]) });
  near(again.graph.point('10,10'), lonLat([9, 9]));
});

test('a move onto another point joins it in every ring', () => {
  const start = Graph.fromCoverage(coverage({
    a: [[[0, 0], [10, 0], [10, 10], [0, 10]]],
    b: [[[10.5, 0], [20, 0], [20, 10], [10.5, 10]]],
  }));
  const { graph, touched } = applyOperation(start, { op: 'move_point', at: [10.5, 10], to: [10, 10] });
  assert.deepEqual(touched, ['b']);
  assert.deepEqual(ring(graph, 'b'), ['10.5,0', '20,0', '20,10', '10,10']);
  assert.equal(graph.resolve([10.5, 10])?.id, '10,10');
  assert.deepEqual(graph.parcelsWith('10,10').map((parcel) => parcel.id), ['a', 'b']);
});

test('a join with the next point of the ring leaves one point, not two', () => {
  const { graph } = applyOperation(Graph.fromCoverage(threeLots()), { op: 'move_point', at: [20, 20], to: [20, 10] });
  assert.deepEqual(ring(graph, 'c'), ['0,10', '10,10', '20,10', '0,20']);
});

test('a join that would collapse a ring is refused and changes nothing', () => {
  const start = Graph.fromCoverage(coverage({ a: [[[0, 0], [10, 0], [0, 10]]] }));
  assert.throws(
    () => applyOperation(start, { op: 'move_point', at: [10, 0], to: [0, 0] }),
    (error) => error instanceof ActionRefused && error.kind === 'collapsed' && /parcel A/.test(error.message),
  );
});

test('a T-junction moves as one: the passing boundary gets the point and follows', () => {
  const { graph, touched } = applyOperation(Graph.fromCoverage(junction()), {
    op: 'move_point', at: [10, 10], to: lonLat([10, 11]),
  });
  assert.deepEqual(ring(graph, 'c'), ['0,10', '10,10', '20,10', '20,20', '0,20']);
  assert.deepEqual(touched, ['a', 'b', 'c']);
  assert.ok(Math.abs(graph.areaM2(graph.parcel('c')) - 190) < 1e-3);
});

test('a neighbour’s point on the segments about to change is noded first, so no gap opens', () => {
  const start = Graph.fromCoverage(junction());
  const { graph, touched } = applyOperation(start, { op: 'move_point', at: [0, 10], to: lonLat([0, 12]) });
  assert.deepEqual(ring(graph, 'c'), ['0,10', '10,10', '20,10', '20,20', '0,20']);
  assert.deepEqual(touched, ['a', 'c']);
  near(graph.point('10,10'), lonLat([10, 10]));
});

test('a point moved onto a foreign edge is inserted there, and that parcel is not counted as touched', () => {
  const start = Graph.fromCoverage(coverage({
    a: [[[0, 0], [10, 0], [10, 10], [0, 10]]],
    d: [[[12, -5], [22, -5], [22, 15], [12, 15]]],
  }));
  const to = positionOnSegment(start.point('12,15'), start.point('12,-5'), 0.5);
  assert.deepEqual(to.token, [12, 5]);
  const { graph, touched } = applyOperation(start, { op: 'move_point', at: [10, 10], to: to.token });
  assert.deepEqual(ring(graph, 'd'), ['12,-5', '22,-5', '22,15', '12,15', '10,10']);
  assert.deepEqual(touched, ['a']);
  assert.deepEqual(graph.point('10,10').pair, [12, 5]);
  near(graph.point('10,10'), lonLat([12, 5]));
});

test('noding stays within one level', () => {
  const stacked = coverage({
    a: [[[0, 0], [10, 0], [10, 10], [0, 10]]],
    easement: { level: 'easements', parts: [[[[-5, 10], [20, 10], [20, 12], [-5, 12]]]] },
  });
  const { graph, touched } = applyOperation(Graph.fromCoverage(stacked), { op: 'move_point', at: [10, 10], to: lonLat([10, 9]) });
  assert.deepEqual(touched, ['a']);
  assert.equal(ring(graph, 'easement').length, 4);
});

test('a point that parcels of two levels share moves in both', () => {
  const stacked = coverage({
    a: [[[0, 0], [10, 0], [10, 10], [0, 10]]],
    unit: { level: 'units', parts: [[[[0, 0], [10, 0], [10, 10], [0, 10]]]] },
  });
  const { touched } = applyOperation(Graph.fromCoverage(stacked), { op: 'move_point', at: [10, 10], to: lonLat([10, 9]) });
  assert.deepEqual(touched, ['a', 'unit']);
});

test('an inserted point stands on both sides of the shared boundary, in ring order', () => {
  const start = Graph.fromCoverage(threeLots());
  const { graph, touched } = applyOperation(start, { op: 'insert_point', between: [[10, 10], [10, 0]], at: [10, 5] });
  assert.deepEqual(ring(graph, 'a'), ['0,0', '10,0', '10,5', '10,10', '0,10']);
  assert.deepEqual(ring(graph, 'b'), ['10,0', '20,0', '20,10', '10,10', '10,5']);
  assert.deepEqual(touched, ['a', 'b']);
  near(graph.point('10,5'), lonLat([10, 5]));
});

test('a point is inserted between the last and the first point of a ring', () => {
  const { graph } = applyOperation(Graph.fromCoverage(threeLots()), {
    op: 'insert_point', between: [[0, 10], [0, 0]], at: lonLat([-1, 5]),
  });
  assert.equal(ring(graph, 'a').length, 5);
  assert.equal(ring(graph, 'a')[4].startsWith('@'), true);
});

test('a point inserted by lon/lat is named by that same token in the next step', () => {
  const at = lonLat([10, 5]);
  const first = applyOperation(Graph.fromCoverage(threeLots()), { op: 'insert_point', between: [[10, 0], [10, 10]], at });
  const { graph, touched } = applyOperation(first.graph, { op: 'move_point', at, to: lonLat([12, 5]) });
  assert.deepEqual(touched, ['a', 'b']);
  assert.ok(Math.abs(graph.areaM2(graph.parcel('a')) - 110) < 1e-3);
});

test('a point inserted on a line that a neighbour has divided falls into the right piece', () => {
  const { graph, touched } = applyOperation(Graph.fromCoverage(junction()), {
    op: 'insert_point', between: [[0, 10], [20, 10]], at: [15, 10],
  });
  assert.deepEqual(ring(graph, 'c'), ['0,10', '10,10', '15,10', '20,10', '20,20', '0,20']);
  assert.deepEqual(ring(graph, 'b'), ['10,0', '20,0', '20,10', '15,10', '10,10']);
  assert.deepEqual(touched, ['c']);
});

test('three parcels at a point count by level: a unit on the same corner does not forbid removing it', () => {
  const stacked = coverage({
    a: [[[0, 0], [10, 0], [10, 5], [10, 10], [0, 10]]],
    b: [[[10, 0], [20, 0], [20, 10], [10, 10], [10, 5]]],
    unit: { level: 'units', parts: [[[[0, 0], [10, 0], [10, 5], [10, 10], [0, 10]]]] },
  });
  const { graph, touched } = applyOperation(Graph.fromCoverage(stacked), { op: 'remove_point', at: [10, 5] });
  assert.deepEqual(touched, ['a', 'b', 'unit']);
  assert.equal(ring(graph, 'unit').length, 4);
});

test('an insert between points that are no neighbours is refused', () => {
  assert.throws(
    () => applyOperation(Graph.fromCoverage(threeLots()), { op: 'insert_point', between: [[0, 0], [10, 10]], at: [5, 5] }),
    /no longer neighbours/,
  );
});

test('an operation on a point that is not there is refused as unknown_point', () => {
  for (const operation of [
    { op: 'move_point', at: [1, 2], to: [3, 4] },
    { op: 'remove_point', at: [1, 2] },
    { op: 'insert_point', between: [[1, 2], [0, 0]], at: [3, 4] },
  ]) {
    assert.throws(
      () => applyOperation(Graph.fromCoverage(threeLots()), operation),
      (error) => error instanceof ActionRefused && error.kind === 'unknown_point',
    );
  }
});

test('a hole and the lot that fills it share the point that is moved, inserted and removed', () => {
  let state = Graph.fromCoverage(holeAndParts());
  state = applyOperation(state, { op: 'insert_point', between: [[10, 10], [20, 10]], at: [15, 10] }).graph;
  assert.deepEqual(ring(state, 'ring', 1), ['10,10', '10,20', '20,20', '20,10', '15,10']);
  state = applyOperation(state, { op: 'move_point', at: [15, 10], to: lonLat([15, 8]) }).graph;
  assert.ok(Math.abs(state.areaM2(state.parcel('core')) - 110) < 1e-3);
  assert.ok(Math.abs(state.areaM2(state.parcel('ring')) - 790) < 1e-3);
  state = applyOperation(state, { op: 'remove_point', at: [15, 10] }).graph;
  assert.ok(Math.abs(state.areaM2(state.parcel('ring')) - 800) < 1e-3);
});

test('moving a point of one part leaves the other part as it was', () => {
  const before = Graph.fromCoverage(holeAndParts());
  const { graph } = applyOperation(before, { op: 'move_point', at: [60, 10], to: lonLat([61, 11]) });
  assert.deepEqual(graph.parcel('twin').parts[0], before.parcel('twin').parts[0]);
  assert.equal(graph.parcel('twin').parts.length, 2);
});

test('a point where three parcels meet cannot be removed, and the reason names them', () => {
  const graph = Graph.fromCoverage(threeLots());
  assert.match(whyNotRemovable(graph, '10,10') ?? '', /A, B and C meet/);
  assert.throws(() => applyOperation(graph, { op: 'remove_point', at: [10, 10] }), /A, B and C meet/);
});

test('a point that a neighbour’s boundary passes without having it cannot be removed', () => {
  assert.match(whyNotRemovable(Graph.fromCoverage(junction()), '10,10') ?? '', /C passes here without this point/);
});

test('a triangle keeps its three points', () => {
  const graph = Graph.fromCoverage(coverage({ a: [[[0, 0], [10, 0], [0, 10]]] }));
  assert.match(whyNotRemovable(graph, '0,0') ?? '', /fewer than three/);
});

test('removing what was inserted gives the rings back', () => {
  const start = Graph.fromCoverage(threeLots());
  const inserted = applyOperation(start, { op: 'insert_point', between: [[10, 10], [10, 0]], at: [10, 5] }).graph;
  const { graph, touched } = applyOperation(inserted, { op: 'remove_point', at: [10, 5] });
  assert.deepEqual(ring(graph, 'a'), ring(start, 'a'));
  assert.deepEqual(ring(graph, 'b'), ring(start, 'b'));
  assert.deepEqual(touched, ['a', 'b']);
});

test('an update merges properties and leaves the geometry object alone', () => {
  const start = Graph.fromCoverage(coverage({
    a: { parts: [[[[0, 0], [10, 0], [10, 10]]]], properties: { land_use: 'orchard', attributes: { zone: 'R1', owner: { name: 'x', since: 1 } } } },
  }));
  const { graph, touched } = applyOperation(start, {
    op: 'update', parcel_id: 'a', properties: { number: '7/2', land_use: null, attributes: { zone: null, owner: { since: 2 } } },
  });
  const parcel = graph.parcel('a');
  assert.equal(parcel.parts, start.parcel('a').parts);
  assert.equal(parcel.properties.number, '7/2');
  assert.equal(parcel.properties.land_use, null);
  assert.deepEqual(parcel.properties.attributes, { owner: { name: 'x', since: 2 } });
  assert.deepEqual(touched, ['a']);
});

test('an update of what may not be edited is refused by name', () => {
  assert.throws(
    () => applyOperation(Graph.fromCoverage(threeLots()), { op: 'update', parcel_id: 'a', properties: { area_m2: 1 } }),
    /area_m2 cannot be edited/,
  );
});
