/**
 * Following what others change.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiProblem, NoAnswer } from '../../static/editor/api.js';
import { TileChanges } from '../../static/editor/tiles/tile_changes.js';

globalThis.window = globalThis;
globalThis.document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
globalThis.addEventListener ??= () => undefined;

const BOX = [2.3, 48.6, 2.4, 48.7];

/** A feed that gives these answers, one after the other; an error is thrown. */
function feedOf(...answers) {
  const asked = [];
  const changed = [];
  let answered = 0;
  const api = {
    tileChanges: async (since) => {
      asked.push(since);
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return { boxes: [], everything: false, ...next };
    },
  };
  const feed = new TileChanges(api, { onChange: (boxes) => changed.push(boxes), onAnswer: () => { answered += 1; } });
  return { feed, asked, changed, answered: () => answered };
}

test('each question starts at the mark of the last answer, and only changes are told', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { feed, asked, changed } = feedOf({ mark: 'a' }, { mark: 'b' }, { mark: 'c', boxes: [BOX] });
  await feed.begin(1000);
  await feed.poll();
  await feed.poll();
  assert.deepEqual(asked, [null, 'a', 'b']);
  assert.deepEqual(changed, [[BOX]]);
});

test('while somebody looks it asks by itself, and not when nobody does', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { feed, asked } = feedOf({ mark: 'a' }, { mark: 'b' }, { mark: 'c' });
  await feed.begin(1000);
  t.mock.timers.tick(10_000);
  await feed.last;
  assert.equal(asked.length, 2);
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  t.mock.timers.tick(60_000);
  await feed.last;
  document.visibilityState = 'visible';
  assert.equal(asked.length, 2);
});

test('after a lost answer the next one tells what changed since the mark', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { feed, asked, changed, answered } = feedOf({ mark: 'a' }, new NoAnswer('cut'), { mark: 'b', boxes: [BOX] });
  await feed.begin(1000);
  await feed.poll();
  await feed.poll();
  assert.deepEqual([asked, changed, answered()], [[null, 'a', 'a'], [[BOX]], 2]);
});

test('a first mark that comes after tiles were asked for means everything', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { feed, changed } = feedOf(new NoAnswer('cut'), { mark: 'a' });
  await feed.begin(1000);
  await feed.poll();
  assert.deepEqual(changed, [null]);
});

test('who is not signed in is not asked for any more until coming back', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { feed, asked } = feedOf({ mark: 'a' }, new ApiProblem(401, { type: 'not_signed_in' }, null), { mark: 'b' });
  await feed.begin(1000);
  await feed.poll();
  t.mock.timers.tick(60_000);
  await feed.last;
  assert.equal(asked.length, 2);
});

test('what I ask after my own save is told to me only', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { feed, changed } = feedOf({ mark: 'a' }, { mark: 'b', boxes: [BOX] });
  await feed.begin(1000);
  assert.deepEqual(await feed.sinceLast(), [BOX]);
  assert.deepEqual(changed, []);
});
