/**
 * Places as people type and paste them.
 */

import assert from 'node:assert/strict';
import test from 'node:test';

import { lonLatText, storageText } from '../../static/editor/format.js';
import { parsePlace } from '../../static/editor/numbers/place_text.js';

const AT = { lon: 2.3046, lat: 48.6781 };

for (const [text, why] of [
  ['2.3046, 48.6781', 'with a comma'],
  ['2.3046 48.6781', 'with a space'],
  [' 2.3046;48.6781 ', 'with a semicolon'],
  ['2,3046; 48,6781', 'with decimal commas'],
  ['48.6781° N, 2.3046° E', 'latitude first, with letters'],
  [lonLatText(AT), 'as the status bar writes it'],
]) {
  test(`degrees ${why}`, () => assert.deepEqual(parsePlace(text, false), { lonlat: AT }));
}

test('degrees, minutes and seconds, south and west', () => {
  const { lonlat } = parsePlace('48°40′41.16″ S 2°18\'16.56" W', false);
  assert.ok(Math.abs(lonlat.lat + 48.6781) < 1e-9 && Math.abs(lonlat.lon + 2.3046) < 1e-9);
});

for (const text of [
  '649780.38, 6842403.04', '649780.38 6842403.04', 'E 649 780.38 N 6 842 403.04', 'e649780.38,n6842403.04',
  `${storageText([649780.38, 6842403.04], false, 2)} · EPSG:2154`,
]) {
  test(`coordinates of a plane: ${text}`, () => assert.deepEqual(parsePlace(text, false), { stored: [649780.38, 6842403.04] }));
}

test('whole and negative coordinates', () => {
  assert.deepEqual(parsePlace('649780 6842403', false), { stored: [649780, 6842403] });
  assert.deepEqual(parsePlace('−742000.5, −1043000', false), { stored: [-742000.5, -1043000] });
});

test('what is meant as a place and is none says why', () => {
  for (const text of ['2.3, 95', '200.5, 10']) assert.match(parsePlace(text, false).why, /Longitude goes from/);
  assert.match(parsePlace('649780.38, 6842403.04', true).why, /Longitude goes from/);
  assert.match(parsePlace('2.3 E, 48.6 W', false).why, /one north or south/);
  assert.match(parsePlace('48.6 N, 2.3 N', false).why, /one north or south/);
});

test('numbers and addresses of parcels are no places', () => {
  for (const text of ['123/4', '12 34', '12', 'Mill Lane 4, 2', '4 Mill Lane', 'E 5', '']) assert.equal(parsePlace(text, false), null, text);
});
