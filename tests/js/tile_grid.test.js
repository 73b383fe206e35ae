/**
 * Arithmetic of tiles.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { ancestorOf, boxOfTile, DEEPEST_ZOOM, EXTENT, keyOf, placeIn, squareOf, tileAt, tileMeets, tilesOn, tileZoomOf } from '../../static/editor/tiles/tile_grid.js';

const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test('a place is in the tile of the standard grid, and comes back from its units', () => {
  const place = { lon: 2.3212, lat: 48.6701 };
  const { tile, x, y } = tileAt(place, 14);
  assert.equal(keyOf(tile), '14/8297/5649');
  const { lon, lat } = placeIn(tile, x, y);
  near(lon, place.lon);
  near(lat, place.lat);
});

test('a square of the map shows the tile one zoom further out, twice as large', () => {
  assert.deepEqual(squareOf({ z: 15, x: 8297, y: 5644 }), { tile: { z: 14, x: 8297, y: 5644 }, shift: 0, column: 0, row: 0 });
  assert.equal(tileZoomOf(15), 14);
  assert.equal(tileZoomOf(14.5), 14);
});

test('deeper than tiles are cut, many squares share one', () => {
  const { tile, shift, column, row } = squareOf({ z: DEEPEST_ZOOM + 3, x: 4 * 7 + 1, y: 4 * 9 + 3 });
  assert.deepEqual({ tile, shift, column, row }, { tile: { z: DEEPEST_ZOOM, x: 7, y: 9 }, shift: 2, column: 1, row: 3 });
  assert.equal(tileZoomOf(24), DEEPEST_ZOOM);
});

test('the tile further out holds the tile', () => {
  assert.deepEqual(ancestorOf({ z: 16, x: 33190, y: 22577 }, 2), { z: 14, x: 8297, y: 5644 });
});

test('boxes of neighbours meet, and a change just beyond the edge concerns both', () => {
  const tile = { z: 16, x: 33190, y: 22577 };
  const [west, south, east, north] = boxOfTile(tile);
  near(east, boxOfTile({ ...tile, x: tile.x + 1 })[0]);
  near(south, boxOfTile({ ...tile, y: tile.y + 1 })[3]);
  const beyond = (units) => east + ((east - west) * units) / EXTENT;
  assert.equal(tileMeets(tile, [beyond(30), south, beyond(40), north]), true);
  assert.equal(tileMeets(tile, [beyond(80), south, beyond(90), north]), false);
});

test('a box lies on whole tiles', () => {
  const [west, south, east, north] = boxOfTile({ z: 16, x: 33190, y: 22577 });
  const e = (east - west) / 10;
  assert.deepEqual(tilesOn([west + e, south + e, east - e, north - e], 16), [{ z: 16, x: 33190, y: 22577 }]);
  assert.equal(tilesOn([west - e, south - e, east + e, north + e], 16).length, 9);
});
