/** Reference layers: what is snapped to is the very pair that the server answered. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { movePointOperation } from '../../static/editor/actions/move_point.js';
import { insertPointOperation } from '../../static/editor/actions/insert_point.js';
import { pointPosition } from '../../static/editor/actions/position.js';
import { Graph } from '../../static/editor/graph.js';
import { ReferenceApi } from '../../static/editor/reference/reference_api.js';
import { layerOf, snapPlaces } from '../../static/editor/reference/reference_layer.js';
import { Judging } from '../../static/editor/rules/rule_book.js';
import { Session } from '../../static/editor/session.js';
import { snapAt } from '../../static/editor/snapping/snap.js';
import { snapIndex } from '../../static/editor/snapping/snap_index.js';
import { Snapper } from '../../static/editor/snapping/snapper.js';

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
  const session = new Session({ canEdit: true, tool: 'draw', terms: new Judging([]) });
  session.load(coverage, BOX);
  session.set({ references: layers });
  const snapper = new Snapper(session, { box: BOX, projection: () => project, placeOf, pixelOf: project }, 12);
  return { session, snapper, source: snapper.addSource(() => snapPlaces(session.state.references)) };
}

test('points and lines are those that the server answered', () => {
  const layer = layerOf(content, true);
  assert.deepEqual(layer.points.map(({ name }) => name), content.points.map(([x, y]) => [x, y]));
  assert.deepEqual(layer.features[1].parts[0].map(({ lon }) => lon), [2.30012, 2.3003, 2.3006]);
});

test('a line that is drawn takes the exact pair of a reference point; the pair of a corner stays that corner', () => {
  const [x, y] = project({ lon: 2.30012, lat: 48.60009 });
  const found = bench().snapper.at([x + 5, y - 4], false);
  assert.deepEqual([found.token, found.point, found.lon], [[1012.3457, 2009.8766], null, 2.30012]);
  const corner = bench().snapper.at(project({ lon: 2.3003, lat: 48.6 }), false);
  assert.equal(corner.point, '1020,2000', 'where both are it is the parcel’s');
});

test('what is switched off, freed or given up is not snapped to', () => {
  const [x, y] = project({ lon: 2.30012, lat: 48.60009 });
  assert.deepEqual(Object.keys(bench([layerOf(content, false)]).snapper.at([x, y], false).token), ['lon', 'lat']);
  assert.deepEqual(Object.keys(bench().snapper.at([x, y], true).token), ['lon', 'lat']);
  const shared = bench();
  shared.snapper.at([x, y], false);
  shared.session.set({ references: [] });
  shared.source.changed();
  assert.deepEqual(Object.keys(shared.snapper.at([x, y], false).token), ['lon', 'lat'], 'the index is made anew');
});

test('moving and inserting send the exact pair, and the graph stands there', () => {
  const { session } = bench();
  const [monument] = session.state.references[0].points;
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
  const index = snapIndex(graph, { box: BOX, project, exclude: new Set(), extra: snapPlaces([far]) });
  assert.equal(index.points.length, 2 + 4, 'where both are it is the parcel’s');
  assert.equal(snapAt(index, project({ lon: 2.9, lat: 48.9 }), 12, { project }), null);
});

test('the list of points is the same while the layers are', () => {
  const layers = [layerOf(content, true), layerOf({ ...content, id: 8 }, false)];
  assert.deepEqual(snapPlaces(layers).map(({ name }) => name), ['M14', 'survey.csv', 'survey.csv']);
  assert.equal(snapPlaces(layers), snapPlaces(layers));
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
