/** Coordinates of a CRS that is named: what is asked, and what comes of the answer. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { Graph } from '../../static/editor/graph.js';
import { lineTyped, noteOf } from '../../static/editor/numbers/drawn_text.js';
import { MOST_AT_ONCE, parseNamedLines, parseNamedPlace, questionOf, systemNamed } from '../../static/editor/numbers/named_system.js';
import { positionsOfNamed, rememberedSystems, rememberSystem } from '../../static/editor/numbers/position_api.js';

const PAIR = [[500000.5, 4649776.25]];

for (const text of ['EPSG:32618 500000.5 4649776.25', 'epsg 32618, 500000.5, 4649776.25', '500000.5, 4649776.25 EPSG:32618', 'EPSG:32618 E 500000.5 N 4649776.25',
  'EPSG:32618: 500\u202f000.5, 4\u202f649\u202f776.25', 'EPSG:32618 500000,5; 4649776,25']) {
  test(`“${text}” is a place of UTM zone 18`, () => assert.deepEqual(parseNamedPlace(text), { system: 'EPSG:32618', pairs: PAIR }));
}

for (const text of ['500000.5, 4649776.25', '130', 'EPSG', 'rue EPSG']) {
  test(`“${text}” names no CRS`, () => assert.equal(parseNamedPlace(text), null));
}

test('a code without two numbers says what belongs to it', () => {
  assert.match(parseNamedPlace('EPSG:32618 rue de la Paix').why, /Two numbers belong to EPSG:32618/);
});

test('the first line names the CRS, or the field beside the text', () => {
  const lines = '# corners\nA1, 500000.5, 4649776.25\n2. 500010 4649776\n3 500010.5 4649786';
  const pairs = [...PAIR, [500010, 4649776], [500010.5, 4649786]];
  assert.deepEqual(parseNamedLines(`EPSG:32618\n${lines}`, ''), { system: 'EPSG:32618', pairs });
  assert.deepEqual(parseNamedLines(lines, '32618'), { system: 'EPSG:32618', pairs });
  assert.deepEqual(parseNamedLines(`EPSG:32618\n${lines}`, 'EPSG:2154').system, 'EPSG:32618', 'the nearer one counts');
  assert.equal(parseNamedLines(lines, ' '), null);
});

test('what is not understood is told by line and words', () => {
  assert.match(parseNamedLines('EPSG:32618\n500000.5 4649776.25\nS 51 21 00 W 28.69', '').why, /^Line 3, “S 51 21 00 W 28.69”: a line of EPSG:32618 takes two numbers/);
  assert.match(parseNamedLines('1 2', 'UTM 18').why, /“UTM 18” names no CRS/);
  assert.match(parseNamedLines(`EPSG:32618\n${'1 2\n'.repeat(2001)}`, '').why, /2001 lines; at most 2000/);
  assert.equal(systemNamed('EPSG : 2154'), 'EPSG:2154');
});

const coverage = {
  srid: 2154, grid: 1e-4, is_geographic: false, metres_per_unit: 1,
  points: [[1000, 2000, 2.3, 48.6], [1020, 2000, 2.3003, 48.6], [1020, 2020, 2.3003, 48.6002], [1000, 2020, 2.3, 48.6002]],
  parcels: [{ parcel_id: 'A', number: '1', version: 1, level: 'parcels', kind: 'lot', parts: [[[0, 1, 2, 3]]], properties: {} }],
};

test('an outline is drawn of what the server answered, on the grid, and takes points that stand there', () => {
  const graph = Graph.fromCoverage(coverage);
  const told = { text: 'EPSG:32618\n1 1\n2 2\n3 3\n1 1', start: null, closing: null, system: '', named: null };
  const waiting = lineTyped(graph, told);
  assert.deepEqual([waiting.line, waiting.typed.why], [[], 'Asking the server where that is…']);
  const asked = questionOf(parseNamedLines(told.text, ''));
  const at = (x, y, lon) => ({ x, y, lon, lat: 48.7 });
  const positions = [at(1020.00001, 2000, 2.4), at(1040.12346, 2000, 2.5), at(1040, 2020, 2.6), at(1020.00001, 2000, 2.4)];
  const { line, typed } = lineTyped(graph, { ...told, named: { asked, positions, why: null } });
  assert.deepEqual(line.map(({ token }) => token), [[1020, 2000], [1040.1235, 2000], [1040, 2020]]);
  assert.deepEqual([line[0].lon, line[1].lon], [2.3003, 2.5], 'of the point that stands there, and as the server says');
  assert.equal(typed.why, null);
  assert.equal(noteOf(typed), 'from coordinates of EPSG:32618');
  const refused = lineTyped(graph, { ...told, named: { asked, positions: [], why: 'EPSG:32618 is not known' } });
  assert.deepEqual([refused.line, refused.typed.why], [[], 'EPSG:32618 is not known']);
  assert.match(lineTyped(graph, { ...told, named: { asked: 'something else', positions, why: null } }).typed.why, /Asking/);
});

test('many places are asked in portions, in order', async () => {
  const asked = [];
  const read = async (url) => {
    const given = new URL(url, 'http://x').searchParams.get('given').split(';');
    asked.push(given.length);
    return { positions: given.map((pair) => ({ x: Number(pair.split(',')[0]) })) };
  };
  const pairs = Array.from({ length: MOST_AT_ONCE + 3 }, (_, index) => [index, 0]);
  const found = await positionsOfNamed({ read, urls: { positions: '/api/positions' } }, { system: 'EPSG:2154', pairs }, new AbortController().signal);
  assert.deepEqual(asked, [MOST_AT_ONCE, 3]);
  assert.deepEqual(found.map(({ x }) => x), pairs.map(([x]) => x));
});

test('the CRSs named last are remembered, the last first, and no more than five', () => {
  const kept = new Map();
  const memory = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
  for (const code of [1, 2, 3, 4, 5, 6, 3]) rememberSystem(memory, `EPSG:${code}`);
  assert.deepEqual(rememberedSystems(memory), ['EPSG:3', 'EPSG:6', 'EPSG:5', 'EPSG:4', 'EPSG:2']);
  assert.deepEqual(rememberedSystems(null), []);
});
