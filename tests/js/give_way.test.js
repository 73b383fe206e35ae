/**
 * Where a lot goes that the card of a tool covers.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { freeOf } from '../../static/editor/panels/give_way.js';

/** As at 1024 by 768: the map beside its panel, and the card of the split tool. */
const MAP = /** @type {[number, number]} */ ([583, 690]);
const CARD = /** @type {[number, number, number, number]} */ ([12, 12, 280, 406]);

test('a lot that the card does not touch stays where it is', () => {
  assert.equal(freeOf(MAP, CARD, [320, 100, 560, 400], false), null);
});

test('a lot under the card goes beside it, or below where it is wider than high', () => {
  assert.deepEqual(freeOf(MAP, CARD, [200, 100, 400, 400], false), [290, 56, 573, 630]);
  assert.deepEqual(freeOf(MAP, CARD, [40, 200, 540, 300], false), [10, 416, 573, 630]);
});

test('a lot that reaches beyond the view was chosen to be looked at in part, but where all of it is divided', () => {
  assert.equal(freeOf(MAP, CARD, [-200, 100, 800, 400], false), null);
  assert.deepEqual(freeOf(MAP, CARD, [-200, 100, 800, 400], true), [10, 416, 573, 630]);
});

test('nothing moves where no place is left beside the card', () => {
  assert.equal(freeOf([300, 420], CARD, [20, 20, 200, 200], true), null);
});
