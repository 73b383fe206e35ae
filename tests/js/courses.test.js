/** Lengths and bearings of sides: arithmetic, notation, neighbours, and where they stand on the screen. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { bearingText, courseText } from '../../static/editor/numbers/bearing.js';
import { componentsOf, courseBetween, courseOf, meaningOf, pairBeside } from '../../static/editor/numbers/course.js';
import { boxesOverlap, placeEdgeLabels } from '../../static/editor/paint/edge_labels.js';
import { edgeKey, edgeOf, edgesAt, sidesOf } from '../../static/editor/land/edges.js';
import { Graph } from '../../static/editor/graph.js';
import { holeAndParts, junction, threeLots } from './fabric.js';

const edgesOf = (graph, parcel) => sidesOf(graph, parcel).map((side) => edgeOf(graph, parcel, side));
const PLANE = { steps: 10000, isLonLat: false, isGeographic: false, metresPerUnit: 1, nodeWithinM: 0 };
const FEET = { ...PLANE, metresPerUnit: 1200 / 3937 };
const DEGREES = { ...PLANE, isLonLat: true, isGeographic: true };

test('bearings in every notation are carried over, never 60 seconds', () => {
  const quadrant = [0, 51.35, 90, 90.0001, 123, 180, 231.35, 270, 359.99999].map((degrees) => bearingText(degrees, 'quadrant'));
  assert.deepEqual(quadrant, [
    'N 00°00′00″ E', 'N 51°21′00″ E', 'N 90°00′00″ E', 'N 90°00′00″ E', 'S 57°00′00″ E', 'S 00°00′00″ E', 'S 51°21′00″ W', 'N 90°00′00″ W', 'N 00°00′00″ E',
  ]);
  assert.equal(bearingText(231.35, 'azimuth'), '231°21′00″');
  assert.equal(bearingText(59.99999, 'azimuth'), '060°00′00″');
  assert.equal(bearingText(231.35, 'gon'), '257.0556 gon');
  assert.equal(bearingText(359.999999, 'gon'), '0.0000 gon');
  assert.equal(courseText({ metres: 28.69, degrees: 231.35 }, 'quadrant'), '28.69 m · S 51°21′00″ W');
});

test('a course of the grid is that of its coordinates, in metres whatever the unit', () => {
  assert.deepEqual(courseBetween(PLANE, [0, 0], [3, 4]), courseOf(3, 4));
  assert.equal(courseBetween(PLANE, [10, 10], [10, 0]).degrees, 180);
  assert.ok(Math.abs(courseBetween(FEET, [0, 0], [0, 3937]).metres - 1200) < 1e-9);
});

test('right angles lead exactly along an axis', () => {
  assert.deepEqual([0, 90, 180, 270].map((degrees) => componentsOf({ metres: 7, degrees }).map((value) => value + 0)), [[0, 7], [7, 0], [0, -7], [-7, 0]]);
});

test('a course leads back to where it was measured, in the plane and on the ellipsoid', () => {
  for (const [grid, from, to] of [[PLANE, [649780, 6842403], [649802.4, 6842421.3]], [FEET, [100, 100], [180, 31]], [DEGREES, [2.32, 48.67], [2.3213, 48.6691]], [DEGREES, [-70, -55], [-70.01, -55.004]]]) {
    const pair = pairBeside(grid, from, componentsOf(courseBetween(grid, from, to)));
    assert.ok(Math.hypot(pair[0] - to[0], pair[1] - to[1]) < (grid.isGeographic ? 1e-13 : 1e-8), `${pair} is ${to}`);
    const back = courseBetween(grid, to, from);
    assert.ok(Math.abs(((back.degrees + 180) % 360) - courseBetween(grid, from, to).degrees) < 1e-9);
  }
});

test('the length where degrees are stored is that of the geodesic', () => {
  // GeographicLib, WGS 84: from 48.67, 2.32 to 48.68, 2.33 (pyproj.Geod).
  const { metres } = courseBetween(DEGREES, [2.32, 48.67], [2.33, 48.68]);
  assert.ok(Math.abs(metres - 1333.793042997837) < 1e-4, String(metres));
});

test('which north and which length are said', () => {
  assert.match(meaningOf({ isGeographic: false, srid: 2154 }), /grid north.*grid of EPSG:2154/);
  assert.match(meaningOf({ isGeographic: true, srid: 4326 }), /true north.*ellipsoid/);
});

test('the sides of a parcel have their neighbours, those of holes and parts as well', () => {
  const graph = Graph.fromCoverage(threeLots());
  const sides = edgesOf(graph, graph.parcel('a')).map(({ course, neighbours }) => [Math.round(course.metres), Math.round(course.degrees), neighbours.map(({ id }) => id).join()]);
  assert.deepEqual(sides, [[10, 90, ''], [10, 0, 'b'], [10, 270, 'c'], [10, 180, '']]);
  const hole = Graph.fromCoverage(holeAndParts());
  assert.equal(edgesOf(hole, hole.parcel('ring')).length, 8);
  assert.equal(edgesOf(hole, hole.parcel('ring')).filter(({ neighbours }) => neighbours[0]?.id === 'core').length, 4);
  assert.equal(edgesOf(hole, hole.parcel('twin')).length, 8);
  // Where the neighbour's side runs past, it is another side.
  const t = Graph.fromCoverage(junction());
  assert.deepEqual(edgesOf(t, t.parcel('a'))[2]?.neighbours, []);
});

test('the sides that move with a point are told once, however many parcels have them', () => {
  const graph = Graph.fromCoverage(threeLots());
  const sides = edgesAt(graph, ['10,10', '10,0']).map(({ a, b }) => edgeKey(a.id, b.id)).sort();
  assert.deepEqual(sides, ['0,0|10,0', '0,10|10,10', '10,0|10,10', '10,0|20,0', '10,10|20,10'].sort());
});

test('texts stand beside their lines, read from below or the right, and never over each other', () => {
  const widthOf = () => 80;
  const [level] = placeEdgeLabels([{ from: [200, 50], to: [0, 50], text: 'x' }], widthOf, 14);
  assert.deepEqual([level?.x, Math.round(level?.y ?? 0), Math.round(level?.angle ?? 9)], [100, 40, 0]);
  const lines = Array.from({ length: 6 }, (_, index) => ({ from: [0, 20 * index], to: [150, 20 * index + 9], text: 'x' }));
  const placed = placeEdgeLabels(lines, widthOf, 14);
  assert.ok(placed.length >= 4);
  for (const one of placed) for (const other of placed) assert.ok(one === other || !boxesOverlap(one, other));
  for (const angle of [0.3, 1.5, 2.9, 4, 6]) {
    const [text] = placeEdgeLabels([{ from: [0, 0], to: [200 * Math.cos(angle), 200 * Math.sin(angle)], text: 'x' }], widthOf, 14);
    assert.ok(text && text.angle >= -Math.PI / 2 - 1e-2 && text.angle < Math.PI / 2);
  }
});

test('a side too short for its text has none, but for one that is wanted: level beside it', () => {
  const short = { from: [0, 0], to: [30, 30], text: 'x' };
  assert.deepEqual(placeEdgeLabels([short], () => 80, 14), []);
  const sized = placeEdgeLabels([{ ...short, text: 'long text', short: 'ab' }], (text) => 10 * text.length, 14);
  assert.equal(sized[0]?.text, 'ab');
  const [label] = placeEdgeLabels([{ ...short, isWanted: true }], () => 80, 14);
  assert.equal(label?.angle, 0);
  assert.deepEqual(placeEdgeLabels([{ ...short, isWanted: true }], () => 80, 14, [{ x: 15, y: 15, angle: 0, halfWidth: 300, halfHeight: 300 }]), []);
});
