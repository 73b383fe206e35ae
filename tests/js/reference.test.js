/** Reference layers: what is snapped to is the very pair that the server answered. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { movePointOperation } from '../../static/editor/actions/move_point.js';
import { insertPointOperation } from '../../static/editor/actions/insert_point.js';
import { pointPosition } from '../../static/editor/actions/position.js';
import { Graph } from '../../static/editor/graph.js';
import { ReferenceApi } from '../../static/editor/reference/reference_api.js';
import { isReference, layerOf, snapPoints } from '../../static/editor/reference/reference_layer.js';
import { Session } from '../../static/editor/session.js';
import { linePosition } from '../../static/editor/tools/line_position.js';
import { snapAt, snapIndex } from '../../static/editor/tools/snapping.js';

const content = {
  id: 7, name: 'survey.csv', crs: 'RGF93', left_out: 0, why: [],
  points: [[1012.3457, 2009.8766, 2.30012, 48.60009], [1020, 2000, 2.3003, 48.6], [1050.5, 2000.25, 2.3006, 48.6]],
  features: [{ name: 'M14', kind: 'point', parts: [[0]] }, { name: 'ditch', kind: 'line', parts: [[0, 1, 2]] }],
};
const coverage = {
  srid: 2154, grid: 1e-4, is_geographic: false, metres_per_unit: 1,
  points: [[1000, 2000, 2.3, 48.6], [1020, 2000, 2.3003, 48.6], [1020, 2020, 2.3003, 48.6002], [1000, 2020, 2.3, 48.6002]],
  parcels: [{ parcel_id: 'A', number: '1', version: 1, level: 'parcels', kind: 'lot', parts: [[[0, 1, 2, 3]]], properties: {} }],
};
/** A pixel is 1e-6 degrees. */
const project = ({ lon, lat }) => [(lon - 2.3) * 1e6, (48.6003 - lat) * 1e6];
const placeOf = ([x, y]) => ({ lon: 2.3 + x / 1e6, lat: 48.6003 - y / 1e6 });
const BOX = [2.2999, 48.5999, 2.301, 48.6003];

function bench(layers = [layerOf(content, true)]) {
  const session = new Session({ canEdit: true, tool: 'draw' });
  session.load(coverage, BOX);
  session.set({ references: layers });
  return { session, view: { box: BOX, projection: () => project, placeOf }, snapPx: 12, pick: () => null };
}

test('points and lines are those that the server answered', () => {
  const layer = layerOf(content, true);
  assert.deepEqual(layer.points.map(({ name }) => name), content.points.map(([x, y]) => [x, y]));
  assert.ok(layer.points.every(isReference));
  assert.deepEqual(layer.features[1].parts[0].map(({ lon }) => lon), [2.30012, 2.3003, 2.3006]);
  assert.ok(!isReference(Graph.fromCoverage(coverage).point('1020,2000')));
});

test('a line that is drawn takes the exact pair of a reference point; the pair of a corner stays that corner', () => {
  const [x, y] = project({ lon: 2.30012, lat: 48.60009 });
  const found = linePosition(bench(), [x + 5, y - 4], false, null);
  assert.deepEqual([found.token, found.point, found.lon], [[1012.3457, 2009.8766], null, 2.30012]);
  const corner = linePosition(bench(), project({ lon: 2.3003, lat: 48.6 }), false, null);
  assert.equal(corner.point, '1020,2000', 'where both are it is the parcel’s');
});

test('what is switched off, freed or given up is not snapped to', () => {
  const [x, y] = project({ lon: 2.30012, lat: 48.60009 });
  assert.deepEqual(Object.keys(linePosition(bench([layerOf(content, false)]), [x, y], false, null).token), ['lon', 'lat']);
  assert.deepEqual(Object.keys(linePosition(bench(), [x, y], true, null).token), ['lon', 'lat']);
  const shared = bench();
  linePosition(shared, [x, y], false, null);
  shared.session.set({ references: [] });
  assert.deepEqual(Object.keys(linePosition(shared, [x, y], false, null).token), ['lon', 'lat'], 'the index is made anew');
});

test('moving and inserting send the exact pair, and the graph stands there', () => {
  const { session } = bench();
  const [monument] = snapPoints(session.state.references);
  const move = movePointOperation(session.graph.point('1020,2000'), pointPosition(monument), {});
  assert.deepEqual(move.to, [1012.3457, 2009.8766]);
  assert.ok(session.perform(move));
  assert.deepEqual(session.graph.pairOf(session.graph.point('1020,2000')), [1012.3457, 2009.8766]);
  const [a, b] = ['1020,2020', '1000,2020'].map((id) => session.graph.point(id));
  const far = layerOf({ ...content, points: [[1010.1234, 2020.0002, 2.30015, 48.60021]], features: [] }, true).points[0];
  assert.deepEqual(insertPointOperation(a, b, pointPosition(far)).at, [1010.1234, 2020.0002]);
});

test('of a county of survey points only those in view are looked at', () => {
  const graph = Graph.fromCoverage(coverage);
  const far = layerOf({ ...content, points: [...content.points, [9000, 9000, 2.9, 48.9]] }, true);
  const index = snapIndex(graph, { box: BOX, project, exclude: null, also: far.points });
  assert.equal(index.points.length, 3 + 4);
  assert.equal(snapAt(index, ...project({ lon: 2.9, lat: 48.9 }), 12), null);
});

test('the list of points is the same while the layers are', () => {
  const layers = [layerOf(content, true), layerOf({ ...content, id: 8 }, false)];
  assert.equal(snapPoints(layers).length, 3);
  assert.equal(snapPoints(layers), snapPoints(layers));
});

test('a file goes as a form, with the token and without what nobody chose', async () => {
  const sent = [];
  const api = { urls: { references: '/api/references' }, token: 'T', read: async (url, init) => sent.push([url, init]), write: async (...given) => sent.push(given) };
  const references = new ReferenceApi(api);
  const file = new File(['x'], 'a.csv');
  await references.look(file, { delimiter: ';' });
  await references.load(file, { crs: 'EPSG:2154', name: '' });
  await references.remove(7);
  assert.deepEqual(sent.map(([first]) => first), ['/api/references?look=1', '/api/references', 'DELETE']);
  assert.deepEqual([...sent[1][1].body.keys()], ['crs', 'file']);
  assert.equal(sent[0][1].headers['X-CSRFToken'], 'T');
});
