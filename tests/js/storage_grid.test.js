/**
 * Storage coordinates between the places that the server transformed.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { gridPlaces, storageAt } from '../../static/editor/storage/storage_grid.js';

const R = 6378137;
const N = 0.7;

/** A conic projection about 46 degrees, as bent as any that a survey uses. */
function project({ lon, lat }) {
  const t = (degrees) => Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360);
  const radius = (R * t(46) ** N) / N / t(lat) ** N;
  const angle = (N * (lon - 3) * Math.PI) / 180;
  return [700000 + radius * Math.sin(angle), 6600000 - radius * Math.cos(angle)];
}

for (const [degrees, name, most] of [[0.005, 'a block', 1e-6], [0.2, 'a town', 1e-4], [4, 'a state', 5]]) {
  test(`over ${name} the error is below ${most} m`, () => {
    const box = [2, 48, 2 + degrees, 48 + degrees];
    const grid = { box, pairs: gridPlaces(box).map(project) };
    let worst = 0;
    for (let u = 0.03; u < 1; u += 0.07) {
      for (let v = 0.05; v < 1; v += 0.07) {
        const place = { lon: 2 + u * degrees, lat: 48 + v * degrees };
        const [[x, y], [ex, ey]] = [storageAt(grid, place), project(place)];
        worst = Math.max(worst, Math.hypot(x - ex, y - ey));
      }
    }
    assert.ok(worst < most, `${worst}`);
  });
}

test('where the server answered, its answer stands', () => {
  const box = [2, 48, 2.1, 48.1];
  const places = gridPlaces(box);
  const grid = { box, pairs: places.map(project) };
  const [x, y] = storageAt(grid, places[7]);
  const [ex, ey] = grid.pairs[7];
  assert.ok(Math.abs(x - ex) < 1e-8 && Math.abs(y - ey) < 1e-8);
});
