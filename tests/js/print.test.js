/** A sheet: what stands where, in millimetres. The server's part is played by coordinates that PROJ gave. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { Graph } from '../../static/editor/graph.js';
import { gridLines, roundCoordinates, scaleBar } from '../../static/editor/print/grid_lines.js';
import { PAPERS, SCALES, scaleFitting, scaleInView, scaleName, sheetOf } from '../../static/editor/print/paper.js';
import { contentOf, cut, listed } from '../../static/editor/print/sheet_content.js';
import { frameCorners, groundOf, groundPlaces, placeBeside, toSheet } from '../../static/editor/print/sheet_ground.js';
import { placeLength, placeNumber, Taken, widthOf } from '../../static/editor/print/text_places.js';
import { distanceM } from '../../static/editor/storage/geodesy.js';

const A4 = sheetOf('A4', true);
const CENTRE = { lon: 2.30461, lat: 48.67812 };
/** groundPlaces of 6° E, 48° N in EPSG:32631, three degrees east of its meridian, with convergence and scale factor, all by PROJ. */
const UTM = [[723775.91539678, 5320655.789191568], [723780.2435115123, 5320544.659182609], [723771.5872134815, 5320766.919214662]];
const CONVERGENCE = 2.23035512512211;
const FACTOR = 1.0002153522434267;

/** A coverage of squares side by side, 20 m wide. */
function squares(columns, rows) {
  const points = [];
  const parcels = [];
  const index = (column, row) => row * (columns + 1) + column;
  for (let row = 0; row <= rows; row += 1) for (let column = 0; column <= columns; column += 1) points.push([1000 + column * 20, 2000 + row * 20, column * 1e-4, row * 1e-4]);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const ring = [index(column, row), index(column + 1, row), index(column + 1, row + 1), index(column, row + 1)];
      parcels.push({ parcel_id: `${column}/${row}`, number: `${100 * row + column + 100}`, version: 1, level: 'parcels', kind: 'lot', parts: [[ring]], properties: {} });
    }
  }
  return { srid: 2154, grid: 1e-4, points, parcels, is_geographic: false, metres_per_unit: 1 };
}

const GROUND = { centre: { lon: 0, lat: 0 }, origin: [1000, 2000], unit: { x: 1, y: 1 }, factor: 1, trueNorth: 0 };
const ALL = { numbers: true, sides: 'all', zoning: true, findings: true };

test('map and title block lie on every paper without meeting', () => {
  for (const paper of Object.keys(PAPERS)) {
    for (const isLandscape of [true, false]) {
      const { width, height, map, title } = sheetOf(paper, isLandscape);
      assert.equal(width > height, isLandscape);
      assert.ok(map.x > 0 && map.x + map.width < width && map.y > 0);
      assert.ok(map.y + map.height < title.y && title.y + title.height < height);
    }
  }
});

test('the scale that is proposed is the largest at which all is on the sheet', () => {
  const metres = { width: 200, height: 60 };
  const scale = scaleFitting(A4, metres);
  const fits = (each) => 200 <= (A4.map.width * each) / 1000 && 60 <= (A4.map.height * each) / 1000;
  assert.equal(scale, 1000);
  assert.ok(fits(scale) && !fits(SCALES[SCALES.indexOf(scale) - 1]));
  assert.equal(scaleFitting(A4, { width: 1e6, height: 1 }), null);
  assert.equal(scaleInView(A4, { width: 300, height: 300 }), 1000);
  assert.equal(scaleInView(A4, { width: 1, height: 1 }), 100);
  assert.equal(scaleName(10_000), '1 : 10\u202f000');
});

test('a millimetre of the sheet is its scale in millimetres of the grid, upwards to the north', () => {
  const at = toSheet(GROUND, A4, 500);
  const [x, y] = at([1000, 2000]);
  assert.deepEqual(at([1010, 2000]), [x + 20, y]);
  assert.deepEqual(at([1000, 2005]), [x, y - 10]);
  const feet = toSheet({ ...GROUND, unit: { x: 0.3048, y: 0.3048 } }, A4, 100);
  assert.ok(Math.abs(feet([1001, 2000])[0] - x - 3.048) < 1e-9);
});

test('where degrees are stored the plane touches the ellipsoid in the middle', () => {
  const [centre, south, north] = groundPlaces(CENTRE).map(({ lon, lat }) => [lon, lat]);
  const ground = groundOf(CENTRE, [centre, south, north], { isGeographic: true, metresPerUnit: 1 });
  const at = toSheet(ground, A4, 1000);
  const [[ax, ay], [bx, by]] = [at(centre), at([2.30561, 48.67862])];
  const paper = Math.hypot(bx - ax, by - ay);
  assert.ok(Math.abs(paper / distanceM(CENTRE, { lon: 2.30561, lat: 48.67862 }) - 1) < 1e-5);
  assert.deepEqual([ground.factor, ground.trueNorth], [1, 0]);
});

test('the convergence and the scale factor of the grid are read off three places', () => {
  const ground = groundOf({ lon: 6, lat: 48 }, UTM, { isGeographic: false, metresPerUnit: 1 });
  assert.ok(Math.abs((ground.trueNorth * 180) / Math.PI + CONVERGENCE) < 1e-3, String((ground.trueNorth * 180) / Math.PI));
  assert.ok(Math.abs(ground.factor - FACTOR) < 2e-6, String(ground.factor));
  const north = placeBeside(ground, [100 * Math.sin(ground.trueNorth), 100 * Math.cos(ground.trueNorth)]);
  assert.ok(Math.abs(north.lon - 6) < 1e-9 && north.lat > 48);
  const [a, b, c] = frameCorners(ground, A4, 1000);
  assert.ok(Math.abs(distanceM(a, b) * ground.factor - A4.map.width) < 0.02);
  assert.ok(Math.abs(distanceM(b, c) * ground.factor - A4.map.height) < 0.02);
});

test('grid lines stand at round coordinates, far enough apart to be read', () => {
  const { east, north } = gridLines([649780.38, 6842403.04], { x: 1, y: 1 }, A4.map, false);
  assert.deepEqual(east.map(({ text }) => text), [650, 700, 750, 800, 850, 900].map((metres) => `E 649\u202f${metres}`));
  assert.ok(Math.abs(east[2].at - (A4.map.x + A4.map.width / 2 - 30.38)) < 1e-6);
  assert.ok(north.every(({ at }) => at >= A4.map.y && at <= A4.map.y + A4.map.height));
  assert.deepEqual(gridLines([-2.3046, 48.6781], { x: 1e5, y: 1.5e5 }, A4.map, true).east.map(({ text }) => text)[0], '2.3055° W');
  for (const mmPerUnit of [0.1, 0.37, 1, 2.5, 10]) {
    const lines = roundCoordinates(1234.5, mmPerUnit, 270);
    assert.ok(lines.length >= 2);
    assert.ok(lines[1].at - lines[0].at >= 45 - 1e-6);
  }
});

test('the scale bar is a round length that fits into the title block', () => {
  for (const scale of SCALES) {
    const { metres } = scaleBar(scale);
    const paper = (metres * 1000) / scale;
    assert.ok(paper > 23 && paper <= 60, `${scale}: ${paper}`);
  }
});

test('a number stands inside its parcel and in the window, smaller where there is less room, else nowhere', () => {
  const ring = (x, y, w, h) => [[[x, y], [x + w, y], [x + w, y + h], [x, y + h]]];
  const taken = new Taken();
  const large = placeNumber(ring(50, 50, 30, 20), '130', [2.5, 1.6], A4.map, taken);
  assert.deepEqual([large.size, large.x, large.y], [2.5, 65, 60]);
  assert.equal(placeNumber(ring(100, 50, 4, 10), '130', [2.5, 1.6], A4.map, taken).size, 1.6);
  assert.equal(placeNumber(ring(120, 50, 2, 10), '130', [2.5, 1.6], A4.map, taken), null);
  const half = placeNumber(ring(-200, 60, 260, 20), '7', [2.5], A4.map, taken);
  assert.ok(half.x > A4.map.x && half.x < 60, 'of a parcel that leaves the window, in what is seen of it');
});

test('no text covers another', () => {
  const taken = new Taken();
  const first = placeLength([100, 100], [130, 100], '30.00', 1.7, taken);
  const second = placeLength([100, 100], [130, 100], '30.00', 1.7, taken);
  assert.ok(first.y < 100 && second.y > 100);
  assert.equal(placeLength([100, 100], [130, 100], '30.00', 1.7, taken), null);
  assert.equal(placeLength([10, 10], [12, 10], '30.00', 1.7, new Taken()), null);
  assert.ok(Math.abs(placeLength([200, 130], [200, 100], '30.00', 1.7, taken).angle + Math.PI / 2) < 1e-9, 'read from the right');
});

test('every side has its length once, every parcel its number, and what found no room is counted', () => {
  const graph = Graph.fromCoverage(squares(3, 2));
  const data = { graph, selected: new Set(['1/0']), districts: [], findings: [], ground: GROUND, scale: 500, drawn: ALL };
  const content = contentOf(A4, data);
  assert.equal(content.outlines.length, 6);
  assert.equal(content.numbers.length, 6);
  assert.equal(content.lengths.length, 14, 'of seventeen; three lie above the sheet');
  assert.ok(content.lengths.every(({ text }) => text === '20.00'));
  assert.equal(content.corners.length, 4);
  const chosen = contentOf(A4, { ...data, drawn: { ...ALL, sides: 'selected' } });
  assert.equal(chosen.lengths.length, 4);
  const far = contentOf(A4, { ...data, scale: 10_000 });
  assert.equal(far.numbers.length + far.lengths.length, 0);
  assert.deepEqual(far.omitted, { numbers: 6, lengths: 17 });
});

test('thousands of texts are placed without comparing each with all', () => {
  const graph = Graph.fromCoverage(squares(30, 30));
  const sheet = sheetOf('A3', true);
  const ground = { ...GROUND, origin: [1300, 2300] };
  const content = contentOf(sheet, { graph, selected: new Set(), districts: [], findings: [], ground, scale: 2500, drawn: ALL });
  assert.equal(content.outlines.length, 900);
  assert.ok(content.numbers.length > 800, String(content.numbers.length));
});

test('districts and findings lie on the sheet where they are', () => {
  const graph = Graph.fromCoverage(squares(3, 2));
  const parts = [[[[900, 1900], [1100, 1900], [1100, 2100], [900, 2100], [900, 1900]]]];
  const finding = (status, place) => ({ id: 1, rule: 'gap', status, parcels: [], measure: null, place });
  const findings = [finding('open', { type: 'Point', coordinates: [1e-4, 1e-4] }), finding('fixed', { type: 'Point', coordinates: [1e-4, 1e-4] }), finding('open', null),
    finding('accepted', { type: 'Point', coordinates: [1, 1] })];
  const content = contentOf(A4, { graph, selected: new Set(), districts: [{ code: 'R1', name: 'Homes', parts }], findings, ground: GROUND, scale: 1000, drawn: ALL });
  assert.deepEqual(content.codes.map(({ text }) => text), ['R1']);
  assert.equal(content.findings.length, 1);
  const [x, y] = toSheet(GROUND, A4, 1000)([1020, 2020]);
  assert.ok(Math.hypot(content.findings[0].at[0] - x, content.findings[0].at[1] - y) < 0.01);
});

test('long texts are cut to their room, and lists say how many more there are', () => {
  assert.equal(cut('short', 2, 50), 'short');
  assert.match(cut('x'.repeat(90), 2, 50), /^x+…$/);
  assert.ok(widthOf(cut('x'.repeat(90), 2, 50), 2) <= 50);
  assert.equal(listed(['130', '395'], 2, 50), '130, 395');
  assert.match(listed(Array.from({ length: 40 }, (_, index) => String(index)), 2, 50), /^0, 1.* and \d+ more$/);
});
