/**
 * Contrast of the colours of the one look, light and dark (WCAG 2.2: 4.5 for text, 3 for controls and drawings).
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const css = readFileSync(new URL('../../static/style/tokens.css', import.meta.url), 'utf-8');
const [light, dark] = css.split('@media');
const tokensOf = (text) => Object.fromEntries([...text.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]));

function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = [
  ['text', 'surface'], ['text', 'ground'], ['quiet', 'surface'], ['quiet', 'ground'], ['quiet', 'raised'], ['accent', 'surface'],
  ['accent', 'accent-soft'], ['on-accent', 'accent'], ['on-accent', 'accent-strong'], ['warn', 'surface'], ['bad', 'surface'],
  ['good', 'surface'], ['text', 'bad-soft'], ['quiet', 'parcel-fill'], ['quiet', 'road-fill'], ['text', 'touched'], ['text', 'accent-soft'],
  ['surface', 'overlap'], ['surface', 'bad'],
];
for (let hue = 1; hue <= 8; hue += 1) TEXT.push([`zone-${hue}`, 'parcel-fill']);
const SHAPES = [
  ['edge', 'surface'], ['accent', 'parcel-fill'], ['accent', 'road-fill'], ['touched-line', 'parcel-fill'], ['overlap', 'parcel-fill'], ['gap', 'parcel-fill'],
];

for (const [mode, tokens] of [['light', tokensOf(light)], ['dark', { ...tokensOf(light), ...tokensOf(dark) }]]) {
  for (const [ink, ground] of TEXT) {
    test(`${mode}: ${ink} can be read on ${ground}`, () => assert.ok(contrast(tokens[ink], tokens[ground]) >= 4.5, `${contrast(tokens[ink], tokens[ground]).toFixed(2)}`));
  }
  for (const [line, ground] of SHAPES) {
    test(`${mode}: ${line} is seen on ${ground}`, () => assert.ok(contrast(tokens[line], tokens[ground]) >= 3, `${contrast(tokens[line], tokens[ground]).toFixed(2)}`));
  }
}
