/**
 * What the map shows, where that is kept, and how districts are told apart.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { formatLayers, Layers, memoryOf, parseLayers } from '../../static/editor/layers.js';
import { styleOfZone } from '../../static/editor/paint/zoning_style.js';

const EVERY = ['parcels', 'labels', 'zoning', 'findings', 'colleagues'];

function memory(kept = {}) {
  return { kept, getItem: (key) => kept[key] ?? null, setItem: (key, value) => { kept[key] = value; } };
}

test('what is switched is remembered, and told', () => {
  const kept = memory();
  const layers = new Layers(EVERY, kept, null);
  assert.equal(layers.query, '');
  let told = 0;
  layers.subscribe(() => { told += 1; });
  layers.toggle('zoning');
  layers.toggle('labels');
  assert.equal(told, 2);
  assert.equal(layers.query, 'layers=parcels,zoning,findings,colleagues');
  assert.equal(formatLayers(new Layers(EVERY, kept, null).shown), 'parcels,zoning,findings,colleagues');
});

test('an address shows what it names, changes no memory, and may name nothing', () => {
  const kept = memory({ 'spatial-admin.layers': 'parcels' });
  assert.deepEqual([...new Layers(EVERY, kept, 'zoning,bogus').shown], ['zoning']);
  assert.equal(new Layers(EVERY, kept, '').query, 'layers=');
  assert.equal(kept.kept['spatial-admin.layers'], 'parcels');
  assert.deepEqual(parseLayers('findings,parcels'), new Set(['parcels', 'findings']));
});

test('a map without tiles offers less and forgets nothing of the others', () => {
  const layers = new Layers(['parcels', 'labels'], memory(), 'parcels,zoning');
  assert.deepEqual(layers.offered.map(({ name }) => name), ['parcels', 'labels']);
  assert.equal(layers.switchByKey('z'), false);
  assert.equal(layers.switchByKey('l'), true);
  assert.equal(layers.query, 'layers=parcels,labels,zoning');
});

test('a browser that keeps nothing for pages is no error; any other error is one', () => {
  assert.equal(memoryOf(() => { throw new DOMException('no', 'SecurityError'); }), null);
  assert.throws(() => memoryOf(() => { throw new TypeError('broken'); }), TypeError);
});

test('codes of one use have one colour and differ in hatching, whatever lies beside them', () => {
  const housing = ['R1', 'R2', 'R3', 'R4'].map(styleOfZone);
  assert.equal(new Set(housing.map(({ hue }) => hue)).size, 1);
  assert.equal(new Set(housing.map(({ hatch }) => hatch)).size, 4);
  assert.notEqual(styleOfZone('C1').hue, styleOfZone('R1').hue);
  assert.deepEqual(styleOfZone('r1'), styleOfZone('R1'));
  assert.equal(styleOfZone('').hue, styleOfZone('?9').hue);
});
