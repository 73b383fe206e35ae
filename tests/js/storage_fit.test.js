/**
 * Between lon/lat and storage coordinates near loaded points. The reference is a conformal conic projection of the ellipsoid
 * with another datum behind it (a shift, a turn and a scale): what such a projection bends, a real one bends as much.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { baseFromCoverage } from '../../static/editor/base.js';
import { metresPerDegree } from '../../static/editor/storage/geodesy.js';
import { lonLatOf, storageOf } from '../../static/editor/storage/storage_fit.js';

const RAD = Math.PI / 180;
const ORIGIN = { lon: 2.32, lat: 48.67 };
const SCALE = metresPerDegree(ORIGIN.lat);
const TURN = 7e-6;

/** Latitude as conformal projections of the ellipsoid take it (Snyder 1987, eq. 7-7). */
function isometric(lat) {
  const [e, sine] = [0.0818191908426, Math.sin(lat * RAD)];
  return Math.atanh(sine) - e * Math.atanh(e * sine);
}

function project({ lon, lat }) {
  const n = Math.sin(46.5 * RAD);
  const rho = (6379000 / Math.tan(46.5 * RAD)) * Math.exp(n * (isometric(46.5) - isometric(lat)));
  const [x, y] = [700000 + rho * Math.sin(n * (lon - 3) * RAD), 12600000 - rho * Math.cos(n * (lon - 3) * RAD)];
  return [x + 63.2 + TURN * y, y - 118.4 - TURN * x];
}

const at = (east, north) => ({ lon: ORIGIN.lon + east / SCALE.lon, lat: ORIGIN.lat + north / SCALE.lat });
const round = (value) => Math.floor(value * 1e4 + 0.5) / 1e4;

/** Points as the server gives them: the stored pair on the grid, lon/lat of that very pair (by Newton's steps here). */
function baseOf(places) {
  const points = places.map(([east, north]) => {
    const place = at(east, north);
    const pair = project(place).map(round);
    for (let step = 0; step < 4; step += 1) {
      const [x, y] = project(place);
      place.lon += (pair[0] - x) / SCALE.lon;
      place.lat += (pair[1] - y) / SCALE.lat;
    }
    return [...pair, place.lon, place.lat];
  });
  return baseFromCoverage({ srid: 2154, grid: 1e-4, points, parcels: [] });
}

const errorM = (base, place) => Math.hypot(...storageOf(base, place).map((value, axis) => value - project(place)[axis]));
const block = [0, 40, 80, 120, 160, 200].flatMap((x) => [0, 30, 60, 90].map((y) => [x + (y % 7), y + (x % 11)]));

test('in a block of houses and around it the place is told to a tenth of a millimetre', () => {
  const base = baseOf(block);
  for (const [east, north] of [[50, 50], [-100, 40], [260, 120], [100, -80]]) assert.ok(errorM(base, at(east, north)) < 1e-4, `${east} ${north}`);
});

test('one lot alone tells it to a millimetre, and a line of points does not mislead', () => {
  assert.ok(errorM(baseOf([[0, 0], [30, 2], [29, 40], [1, 38]]), at(45, -10)) < 1e-3);
  assert.ok(errorM(baseOf([[0, 0], [10, 0.1], [20, 0.2], [60, 0.6]]), at(30, 40)) < 5e-3);
});

test('there and back again is the same place', () => {
  const base = baseOf(block);
  const place = at(77, 33);
  const back = lonLatOf(base, storageOf(base, place));
  assert.ok(Math.abs(back.lon - place.lon) * SCALE.lon < 2e-4);
  assert.ok(Math.abs(back.lat - place.lat) * SCALE.lat < 2e-4);
});

test('where nothing is loaded nothing is told', () => {
  const base = baseOf([]);
  assert.equal(storageOf(base, ORIGIN), null);
  assert.equal(lonLatOf(base, [0, 0]), null);
});
