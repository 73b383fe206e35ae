/**
 * The shared cases (tests/cases/README.md): what the server's engine comes to, the editor shows. The editor works in
 * lon/lat, so points that only have such a position are compared to a tenth of a millimetre, all others to the bit.
 * All of them run, with every finding that they name.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

import { applyOperation } from '../../static/editor/actions/apply_operation.js';
import { ActionRefused } from '../../static/editor/actions/refused.js';
import { rings, withPasts } from '../../static/editor/base.js';
import { changes } from '../../static/editor/difference.js';
import { loadEllipsoid } from '../../static/editor/storage/ellipsoid.js';
import { distanceM } from '../../static/editor/storage/geodesy.js';
import { Graph } from '../../static/editor/graph.js';
import { judge } from '../../static/editor/rules/judge.js';
import { lonLat } from './fabric.js';

await loadEllipsoid();
const FOLDER = new URL('../cases/', import.meta.url);
const EXACT_M = 1.5e-4;
/** The last version of a retired parcel. */
const LAST = 9;
const RULES = new Set(['overlap', 'invalid_geometry', 'gap']);
const TERMS = { exclusive: new Set(['parcels']) };
const ground = (given) => (given.ground === 'degrees' ? ([lon, lat]) => ({ lon, lat }) : lonLat);

function coverageOf(given) {
  const index = new Map();
  const points = [];
  const place = ground(given);
  const indexOf = (pair) => {
    const key = pair.join();
    if (!index.has(key)) {
      const { lon, lat } = place(pair);
      index.set(key, points.push([pair[0], pair[1], lon, lat]) - 1);
    }
    return index.get(key);
  };
  // In the open nothing tells where storage coordinates lie; a county's points far away do, though no parcel here has them.
  if (Object.keys(given.parcels).length === 0) [[-900, -900], [900, -900], [900, 900], [-900, 900]].forEach(indexOf);
  const parcels = Object.entries(given.parcels).map(([id, { parts, level = 'parcels', properties = {} }]) => ({
    parcel_id: id, number: null, version: 1, level, kind: properties.kind ?? 'lot', properties: { attributes: {}, ...properties },
    ...('number' in properties ? { number: properties.number } : {}),
    parts: parts.map((part) => part.map((ring) => ring.map(indexOf))),
  }));
  return {
    srid: given.ground === 'degrees' ? 4326 : 5514, grid: given.ground === 'degrees' ? 1e-9 : 1e-4, points, parcels, node_within_m: given.node_within_m,
    extent: given.ground === 'degrees' ? [-180, -90, 180, 90] : [-1e6, -1e6, 1e6, 1e6],
  };
}

/** One parcel as it was, in the same form. */
function pastCoverage(given, id, version, row) {
  const coverage = coverageOf({ ...given, parcels: { [id]: row } });
  return { ...coverage, parcels: coverage.parcels.map((parcel) => ({ ...parcel, version })) };
}

/** A lon/lat position stands in the case for what PostGIS makes of it; here it is that place. */
function withPlaces(operation, given) {
  const transformed = new Map((given.transformed ?? []).map(([lon, lat, x, y]) => [`${lon},${lat}`, lonLat([x, y])]));
  const replace = (value) => {
    if (Array.isArray(value)) return value.map(replace);
    if (value && typeof value === 'object' && 'lon' in value) return transformed.get(`${value.lon},${value.lat}`) ?? value;
    return value;
  };
  return Object.fromEntries(Object.entries(operation).map(([name, value]) => [name, replace(value)]));
}

function run(given) {
  let graph = Graph.fromCoverage(coverageOf(given));
  for (const [id, row] of Object.entries(given.retired ?? {})) graph = graph.withBase(withPasts(graph.base, pastCoverage(given, id, LAST, row), LAST));
  for (const [id, versions] of Object.entries(given.pasts ?? {})) {
    for (const [version, row] of Object.entries(versions)) graph = graph.withBase(withPasts(graph.base, pastCoverage(given, id, Number(version), row), id in (given.retired ?? {}) ? LAST : null));
  }
  const touched = new Set();
  given.operations.forEach((operation, index) => {
    try {
      const outcome = applyOperation(graph, withPlaces(operation, given));
      graph = outcome.graph;
      outcome.touched.forEach((id) => touched.add(id));
    } catch (error) {
      if (error instanceof ActionRefused) error.index = index;
      throw error;
    }
  });
  return { graph, touched };
}

function checkParcel(given, graph, id, expected) {
  const parcel = graph.parcel(id);
  if (expected.change === 'retired') return assert.equal(parcel, undefined);
  const wanted = (expected.parts ?? given.parcels[id].parts).flat();
  const drawn = [...rings(parcel)].map((ring) => graph.places(ring));
  assert.deepEqual(drawn.map((ring) => ring.length), wanted.map((ring) => ring.length), `rings of ${id}`);
  wanted.forEach((ring, r) => ring.forEach((pair, i) => {
    const point = drawn[r][i];
    if (!point.at.startsWith('@')) assert.deepEqual(point.pair, pair, `point ${i} of ring ${r} of ${id}`);
    else assert.ok(distanceM(point, ground(given)(pair)) < EXACT_M, `point ${i} of ring ${r} of ${id}`);
  }));
  for (const [name, value] of Object.entries(expected.properties ?? {})) assert.deepEqual(parcel.properties[name] ?? null, value, name);
}

/** @param {any} given */
function checkViolations(given) {
  let graph;
  try {
    ({ graph } = run(given));
  } catch (error) {
    // What only the operation finds: parcels that do not fit together are not merged.
    if (!(error instanceof ActionRefused)) throw error;
    return assert.deepEqual([{ rule: error.kind, parcels: error.parcels }], given.expect.violations);
  }
  const { violations } = judge(graph, TERMS);
  assert.deepEqual(violations.map(({ rule, parcels }) => ({ rule, parcels })), given.expect.violations);
  for (const { message, place } of violations) assert.ok(message.length > 0 && place !== null);
}

/** Findings in the order in which the server tells them, their measures to a millionth. */
function checkVerdict({ violations, found, gone }, expect) {
  const named = ({ rule, parcels }) => ({ rule, parcels });
  const wanted = expect.found ?? [];
  assert.deepEqual(violations, []);
  assert.deepEqual(found.map(named), wanted.map(named));
  wanted.forEach(({ measure }, index) => measure === undefined || assert.ok(Math.abs(found[index].measure - measure) <= 1e-6 * measure, `${found[index].measure} is not ${measure}`));
  assert.deepEqual(gone.map(named), (expect.gone ?? []).map(named));
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
  for (const given of JSON.parse(readFileSync(new URL(file, FOLDER), 'utf-8')).cases) {
    const { expect } = given;
    const rule = expect.violations?.[0]?.rule;
    test(`${file}: ${given.name}`, () => {
      if (rule && RULES.has(rule)) return checkViolations(given);
      if (expect.refused || rule) {
        const kind = expect.refused?.error ?? rule;
        assert.throws(() => run(given), (error) => {
          assert.ok(error instanceof ActionRefused, String(error));
          // A ring that collapses is refused here at once, on the server when something needs it or at the end.
          if (!rule && error.kind === 'collapsed') return error.index < expect.refused.operation;
          if (rule) {
            assert.ok(error.kind === rule || /fewer than three/.test(error.message));
            if (error.parcels.length > 0) assert.deepEqual(error.parcels, expect.violations[0].parcels);
            return true;
          }
          assert.equal(error.kind, kind);
          assert.equal(error.index, expect.refused.operation);
          return true;
        });
        return;
      }
      const { graph, touched } = run(given);
      checkVerdict(judge(graph, TERMS), expect);
      assert.deepEqual(graph.overlay.descents, expect.lineage ?? []);
      const changed = Object.fromEntries(changes(graph, touched));
      assert.deepEqual(changed, Object.fromEntries(Object.entries(expect.parcels).map(([id, row]) => [id, row.change])));
      for (const [id, row] of Object.entries(expect.parcels)) {
        checkParcel(given, graph, id, row);
        if (row.change !== 'noded') assert.equal(touched.has(id), !row.follows, `${id} is in seen`);
      }
      for (const id of Object.keys(given.parcels)) if (!(id in expect.parcels)) checkParcel(given, graph, id, {});
    });
  }
}
