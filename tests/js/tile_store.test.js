/**
 * Asking for tiles: once while they are wanted, again where they changed, quietly after a lost connection.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem, NoAnswer } from '../../static/editor/api.js';
import { boxOfTile, keyOf } from '../../static/editor/tiles/tile_grid.js';
import { TileStore } from '../../static/editor/tiles/tile_store.js';
import { encodeTile, square } from './tile_fixture.js';

globalThis.window = globalThis;

const A = { z: 16, x: 33190, y: 22577 };
const B = { ...A, x: A.x + 2 };
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A store over a server that answers as told. */
function storeOver(answer) {
  const asked = [];
  const came = [];
  const conditions = [];
  const store = new TileStore(
    async (name, signal) => {
      asked.push(keyOf(name));
      const bytes = await answer(name, asked.length);
      signal.throwIfAborted();
      return bytes;
    },
    { onTile: (name) => came.push(keyOf(name)), onCondition: (condition) => conditions.push(condition) },
  );
  return { store, asked, came, conditions };
}

const always = () => encodeTile({ parcels: [square('a', 0, 0, 100)] });

test('a tile is asked for once, however many squares show it, and kept when none does', async () => {
  const { store, asked, came } = storeOver(always);
  store.take(A);
  store.take(A);
  await settle();
  store.release(A);
  store.release(A);
  store.take(A);
  assert.deepEqual([asked, came], [[keyOf(A)], [keyOf(A)]]);
  assert.equal(store.get(A).parcels.length, 1);
});

test('a request that nobody waits for is given up', async () => {
  const { store, asked, came } = storeOver(always);
  store.take(A);
  store.release(A);
  await settle();
  assert.deepEqual([asked.length, came.length], [1, 0]);
  assert.equal(store.get(A), null);
});

test('exactly the tiles that changed are asked for again, and stay shown meanwhile', async () => {
  const { store, asked } = storeOver(always);
  store.take(A);
  store.take(B);
  await settle();
  const [west, south, east, north] = boxOfTile(A);
  store.refresh([[west + (east - west) / 3, south + (north - south) / 3, east - (east - west) / 3, north - (north - south) / 3]]);
  assert.equal(store.get(A).parcels.length, 1);
  await settle();
  assert.deepEqual(asked, [keyOf(A), keyOf(B), keyOf(A)]);
  store.refresh(null);
  await settle();
  assert.equal(asked.length, 5);
});

test('a changed tile out of view is forgotten, and asked for when it comes into view', async () => {
  const { store, asked } = storeOver(always);
  store.take(A);
  await settle();
  store.release(A);
  store.refresh([boxOfTile(A)]);
  assert.equal(asked.length, 1);
  store.take(A);
  assert.equal(asked.length, 2);
  await settle();
});

test('without a connection one request at a time tries again, and its answer starts the others', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let isThere = false;
  const { store, asked, conditions } = storeOver(() => {
    if (!isThere) throw new NoAnswer('cut');
    return always();
  });
  store.take(A);
  store.take(B);
  await settle();
  assert.deepEqual([asked.length, conditions], [2, ['unreachable']]);
  store.take({ ...A, x: A.x + 4 });
  t.mock.timers.tick(2000);
  await settle();
  assert.equal(asked.length, 3);
  isThere = true;
  t.mock.timers.tick(4000);
  await settle();
  await settle();
  assert.deepEqual(conditions, ['unreachable', 'well']);
  assert.equal(asked.length, 6);
  assert.ok(store.get(A) && store.get(B));
});

test('a tile that fails alone is asked for again, and the others go on', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { store, asked, conditions } = storeOver((name, count) => {
    if (keyOf(name) === keyOf(A) && count < 3) throw new ApiProblem(503, { type: 'busy' }, null);
    return always();
  });
  store.take(A);
  await settle();
  store.take(B);
  await settle();
  assert.ok(store.get(B));
  t.mock.timers.tick(2000);
  await settle();
  assert.ok(store.get(A));
  assert.deepEqual([asked.length, conditions], [3, []]);
});

test('who is no longer signed in is told once, and asked for nothing until coming back', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let isSignedIn = false;
  const { store, asked, conditions } = storeOver(() => {
    if (!isSignedIn) throw new ApiProblem(401, { type: 'not_signed_in' }, null);
    return always();
  });
  store.take(A);
  store.take(B);
  await settle();
  t.mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([asked.length, conditions], [2, ['signed_out']]);
  isSignedIn = true;
  store.retry();
  await settle();
  await settle();
  assert.deepEqual(conditions, ['signed_out', 'well']);
  assert.ok(store.get(A) && store.get(B));
});

test('a tile that the server does not have is empty', async () => {
  const { store } = storeOver(() => {
    throw new ApiProblem(404, { type: 'not_found' }, null);
  });
  store.take(A);
  await settle();
  assert.deepEqual(store.get(A).parcels, []);
});

test('a tile from further out is found to be shown meanwhile', async () => {
  const { store } = storeOver(always);
  store.take({ z: 14, x: A.x >> 2, y: A.y >> 2 });
  await settle();
  assert.equal(store.ancestor(A).steps, 2);
  assert.equal(store.ancestor({ z: 13, x: A.x >> 3, y: A.y >> 3 }), null);
});

test('densities from further in are found to be shown meanwhile, parcels are not', async () => {
  const { store } = storeOver(always);
  const [inner, innermost] = [{ z: 12, x: A.x >> 4, y: A.y >> 4 }, { z: 14, x: A.x >> 2, y: A.y >> 2 }];
  for (const name of [inner, { z: 11, x: A.x >> 5, y: A.y >> 5 }, innermost]) store.take(name);
  await settle();
  assert.deepEqual(store.descendants({ z: 10, x: A.x >> 6, y: A.y >> 6 }).map(({ name }) => name.z), [12, 11]);
  assert.deepEqual(store.descendants({ z: 10, x: (A.x >> 6) + 1, y: A.y >> 6 }), []);
});
