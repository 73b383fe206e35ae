/**
 * Reading tiles, and finding parcels in them.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { averaged, countsOf } from '../../static/editor/paint/paint_density.js';
import { decodeTile } from '../../static/editor/tiles/tile_decoding.js';
import { boxOfTile } from '../../static/editor/tiles/tile_grid.js';
import { holdsBox, joined, stretchOf } from '../../static/editor/tiles/stretches.js';
import { contentOf, inView, parcelInTile, parcelsWithin } from '../../static/editor/tiles/tile_picking.js';
import { encodeTile, square } from './tile_fixture.js';

const yard = {
  type: 'polygon',
  geometry: [[[0, 0], [1000, 0], [1000, 1000], [0, 1000]], [[400, 400], [400, 600], [600, 600], [600, 400]]],
  properties: { parcel_id: 'yard', number: '7', level: 'parcels', kind: 'lot', version: 3, findings: 1 },
};

test('a parcel is read with its numbers, rings and box', () => {
  const tile = decodeTile(encodeTile({ parcels: [yard] }));
  const parcel = tile.byId.get('yard');
  assert.deepEqual(
    { number: parcel.number, kind: parcel.kind, version: parcel.version, box: parcel.box },
    { number: '7', kind: 'lot', version: 3, box: [0, 0, 1000, 1000] },
  );
  assert.deepEqual(parcel.rings, [[0, 0, 1000, 0, 1000, 1000, 0, 1000], [400, 400, 400, 600, 600, 600, 600, 400]]);
});

test('a parcel without a number and a tile without a byte are no errors', () => {
  const bare = { ...yard, properties: { parcel_id: 'bare', kind: 'lot' } };
  assert.equal(decodeTile(encodeTile({ parcels: [bare] })).byId.get('bare').number, '');
  assert.deepEqual(decodeTile(new ArrayBuffer(0)).parcels, []);
});

test('findings are points, and cells of one count come one by one', () => {
  const tile = decodeTile(encodeTile({
    findings: [{ type: 'point', geometry: [[[70, 80]]], properties: { id: 5, rule: 'overlap', severity: 'blocking' } }],
    density: [{ type: 'polygon', geometry: [square('', 0, 0, 64).geometry[0], square('', 128, 64, 64).geometry[0]], properties: { parcels: 9 } }],
  }));
  assert.deepEqual(tile.findings, [{ id: 5, rule: 'overlap', severity: 'blocking', x: 70, y: 80 }]);
  assert.deepEqual(tile.cells, [{ parcels: 9, findings: 0, box: [0, 0, 64, 64] }, { parcels: 9, findings: 0, box: [128, 64, 192, 128] }]);
  const counts = countsOf(tile.cells);
  assert.equal(counts[0], 9);
  assert.equal(counts[64 + 2], 9);
  assert.equal(averaged(counts)[64 + 1], 2);
  assert.equal(averaged(counts)[0], 9 / 4);
});

test('the parcel at a place is the smallest of several, and a hole is not part of it', () => {
  const tile = decodeTile(encodeTile({ parcels: [square('unit', 50, 50, 100, { kind: 'unit' }), yard, square('far', 2000, 2000, 50)] }));
  assert.equal(parcelInTile(tile, 100, 100).id, 'unit');
  assert.equal(parcelInTile(tile, 200, 200).id, 'yard');
  assert.equal(parcelInTile(tile, 500, 500), null);
  assert.equal(parcelInTile(tile, 1500, 1500), null);
});

test('a number stands on the widest stretch through the middle, beside a hole', () => {
  const parcel = decodeTile(encodeTile({ parcels: [yard] })).byId.get('yard');
  const { x, y, width } = stretchOf(parcel);
  assert.equal(y, 500);
  assert.equal(width, 400);
  assert.ok(x === 200 || x === 800);
  assert.equal(holdsBox(parcel, [20, 450, 380, 550]), true);
  assert.equal(holdsBox(parcel, [20, 450, 420, 550]), false);
  assert.equal(holdsBox(parcel, [-20, 450, 380, 550]), false);
});

test('where a parcel is narrow a number stands upright, on the longest stretch through the middle', () => {
  const parcel = decodeTile(encodeTile({ parcels: [yard] })).byId.get('yard');
  const { x, y, height, width } = stretchOf(parcel, true);
  assert.deepEqual([x, height, width], [500, 400, 1000]);
  assert.ok(y === 200 || y === 800);
  assert.equal(holdsBox(parcel, [450, 20, 550, 380], true), true);
  assert.equal(holdsBox(parcel, [450, 20, 550, 420], true), false);
});

test('a parcel that the edge of a tile cuts has its number where it would have it without that edge', () => {
  const piece = (top, bottom) => ({ ...yard, geometry: [[[100, top], [500, top], [500, bottom], [100, bottom]]] });
  const [above, below] = [piece(3796, 4160), piece(-64, 300)].map((each) => decodeTile(encodeTile({ parcels: [each] })).byId.get('yard'));
  const cuts = [{ shape: above, left: 10.4, top: 20.2, scale: 0.125 }, { shape: below, left: 10.4, top: 532.2, scale: 0.125 }];
  const { shape, left, top } = joined(cuts);
  assert.deepEqual([left, top, shape.box], [10.4, 20.2, [100, 3796, 500, 4396]]);
  assert.deepEqual(stretchOf(shape, true), { x: 300, y: 4096, width: 400, height: 600 });
  assert.equal(holdsBox(shape, [250, 3800, 350, 4390], true), true);
  assert.equal(holdsBox(above, [250, 3800, 350, 4390], true), false);
  assert.equal(joined(cuts).shape, shape, 'put together once');
  assert.equal(joined([cuts[0], { ...cuts[1], scale: 0.25 }]).shape, above, 'tiles of two zooms');
});

test('districts are read, and a legend names those in view once, in the order of their codes', () => {
  const name = { z: 16, x: 33190, y: 22530 };
  const district = (code, left, width) => ({ type: 'polygon', geometry: square('', left, 0, width).geometry, properties: { code, name: `Zone ${code}` } });
  const tile = decodeTile(encodeTile({
    zoning: [district('R10', 0, 500), district('R2', 600, 100), district('R2', 0, 4096), district('C1', 3000, 500)],
    findings: [{ type: 'point', geometry: [[[70, 80]]], properties: { id: 5, rule: 'gap' } }, { type: 'point', geometry: [[[-8, 80]]], properties: { id: 6, rule: 'gap' } }],
  }));
  assert.deepEqual(tile.zoning.map(({ code, box }) => [code, box[2]]), [['R2', 4096], ['R10', 500], ['C1', 3500], ['R2', 700]]);
  const [west, south, east, north] = boxOfTile(name);
  const { districts, rules } = inView([{ name, tile }], [west, south, west + (east - west) / 2, north]);
  assert.deepEqual(districts, [{ code: 'R2', name: 'Zone R2' }, { code: 'R10', name: 'Zone R10' }]);
  assert.deepEqual([...rules], [['gap', 1]]);
});

test('a box holds the parcels of which no piece leaves it', () => {
  const name = { z: 16, x: 33190, y: 22530 };
  const lot = (id, left, width) => ({ ...yard, geometry: square('', left, 1000, width).geometry, properties: { ...yard.properties, parcel_id: id } });
  const here = decodeTile(encodeTile({ parcels: [lot('in', 1000, 400), lot('half', 3000, 400), lot('on', 3900, 260)] }));
  const next = decodeTile(encodeTile({ parcels: [lot('on', -64, 500)] }));
  const [west, south, east, north] = boxOfTile(name);
  const box = [west + (east - west) * 0.2, south, west + (east - west) * 0.8, north];
  const tiles = [{ name, tile: here }, { name: { ...name, x: name.x + 1 }, tile: next }];
  assert.deepEqual(parcelsWithin(tiles, box), ['in']);
  assert.deepEqual(parcelsWithin(tiles, [box[0], south, east + (east - west) * 0.05, north]), ['in', 'half']);
  assert.deepEqual(parcelsWithin(tiles, [box[0], south, east + (east - west) * 0.2, north]), ['in', 'half', 'on']);
});

test('a number that a bend would leave does not fit', () => {
  const bend = { ...yard, geometry: [[[0, 0], [60, 0], [60, 440], [1000, 440], [1000, 500], [0, 500]]] };
  const parcel = decodeTile(encodeTile({ parcels: [bend] })).byId.get('yard');
  assert.equal(holdsBox(parcel, [10, 240, 50, 260]), true);
  assert.equal(holdsBox(parcel, [10, 430, 200, 490]), false);
});

test('what lies in a box is counted once over all tiles, and by cells further out', () => {
  const [left, right] = [{ z: 16, x: 33190, y: 22530 }, { z: 16, x: 33191, y: 22530 }];
  const here = decodeTile(encodeTile({ parcels: [square('a', 100, 100, 50), square('both', 4000, 100, 96)] }));
  const there = decodeTile(encodeTile({ parcels: [square('both', -60, 100, 100), square('b', 3000, 100, 50)] }));
  const tiles = [{ name: left, tile: here }, { name: right, tile: there }];
  const [west, south, , north] = boxOfTile(left);
  const [, , east] = boxOfTile(right);
  assert.deepEqual(contentOf(tiles, [west, south, east, north]), { parcels: 3, points: 16 });
  assert.equal(contentOf(tiles, [west, south, west + (east - west) * 0.6, north]).parcels, 2);
  const far = decodeTile(encodeTile({ density: [{ type: 'polygon', geometry: square('', 0, 0, 64).geometry, properties: { parcels: 40 } }] }));
  assert.equal(contentOf([{ name: left, tile: far }], boxOfTile(left)).parcels, 40);
});
