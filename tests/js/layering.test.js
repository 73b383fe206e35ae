/**
 * What the modules may know of each other. A rule said in ARCHITECTURE.md is a rule that this test holds.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

const FOLDER = new URL('../../static/editor/', import.meta.url);
const modules = readdirSync(FOLDER, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.js'))
  .map((name) => ({ name, code: readFileSync(new URL(name, FOLDER), 'utf-8').replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '') }));
const those = (pattern) => modules.filter(({ code }) => pattern.test(code)).map(({ name }) => name);

test('only the map and its two kinds of canvas name Leaflet', () => {
  assert.deepEqual(those(/\bL\.|leaflet/).sort(), ['map_view.js', 'paint/surface.js', 'tiles/tile_layer.js']);
});

test('only one module names fetch', () => {
  assert.deepEqual(those(/\bfetch\(/), ['api.js']);
});

test('the graph and its actions know nothing of the page', () => {
  const pure = ['base', 'graph', 'history', 'draft', 'difference', 'point_name', 'describe', 'format', 'operation_names', 'saving/conflict', 'tools/plan'].map((name) => `${name}.js`);
  assert.deepEqual(pure.filter((name) => !modules.some((module) => module.name === name)), []);
  const checked = modules.filter(({ name }) => /^(actions|land|rules|snapping|storage)\//.test(name) || pure.includes(name));
  for (const { name, code } of checked) assert.doesNotMatch(code, /\b(document|window|location|localStorage)\b/, name);
});

test('the history knows nothing of actions', () => {
  assert.doesNotMatch(modules.find(({ name }) => name === 'history.js').code, /import/);
});

test('no module writes markup or style attributes, which the content security policy forbids', () => {
  assert.deepEqual(those(/innerHTML|outerHTML|insertAdjacentHTML|setAttribute\('style'|\beval\(|new Function/), []);
});

test('no module is longer than 300 lines', () => {
  for (const { name } of modules) {
    const lines = readFileSync(new URL(name, FOLDER), 'utf-8').split('\n').length;
    assert.ok(lines <= 301, `${name} has ${lines} lines`);
  }
});

test('the review page asks through the api module, draws through the map, and is made of rooms', () => {
  const folder = new URL('../../static/review/', import.meta.url);
  for (const name of readdirSync(folder).map(String)) {
    const text = readFileSync(new URL(name, folder), 'utf-8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
    assert.doesNotMatch(code, /\bfetch\(|\bL\.|'leaflet'|innerHTML|outerHTML|insertAdjacentHTML|setAttribute\('style'/, name);
    assert.ok(text.split('\n').length <= 301, name);
  }
});
