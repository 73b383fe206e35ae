/**
 * Small coverages for the tests, drawn in metres around a place near Épinay; storage coordinates are those metres.
 */

import { metresPerDegree } from '../../static/editor/storage/geodesy.js';

const ORIGIN = { lon: 2.32, lat: 48.67 };
const SCALE = metresPerDegree(ORIGIN.lat);

/** @param {[number, number]} metres @returns {{lon: number, lat: number}} */
export function lonLat([x, y]) {
  return { lon: ORIGIN.lon + x / SCALE.lon, lat: ORIGIN.lat + y / SCALE.lat };
}

/**
 * @param {Record<string, [number, number][][] | {parts: [number, number][][][], level?: string, version?: number,
 *   properties?: Record<string, unknown>}>} parcels rings of one part, or parts
 * @returns {import('../../static/editor/types.js').Coverage}
 */
export function coverage(parcels) {
  /** @type {Map<string, number>} */
  const index = new Map();
  /** @type {import('../../static/editor/types.js').CoveragePoint[]} */
  const points = [];
  /** @param {[number, number]} pair */
  const indexOf = (pair) => {
    const key = pair.join();
    const known = index.get(key);
    if (known !== undefined) return known;
    const { lon, lat } = lonLat(pair);
    points.push([pair[0], pair[1], lon, lat]);
    index.set(key, points.length - 1);
    return points.length - 1;
  };
  const rows = Object.entries(parcels).map(([id, given]) => {
    const row = Array.isArray(given) ? { parts: [given] } : given;
    return {
      parcel_id: id,
      number: id.toUpperCase(),
      version: row.version ?? 1,
      level: row.level ?? 'cadastre',
      kind: 'lot',
      parts: row.parts.map((part) => part.map((ring) => ring.map(indexOf))),
      properties: row.properties ?? {},
    };
  });
  return { srid: 2154, grid: 0.0001, points, parcels: rows };
}

/** a | b side by side, c above both: the point (10, 10) is shared by three. */
export const threeLots = () =>
  coverage({
    a: [[[0, 0], [10, 0], [10, 10], [0, 10]]],
    b: [[[10, 0], [20, 0], [20, 10], [10, 10]]],
    c: [[[0, 10], [10, 10], [20, 10], [20, 20], [0, 20]]],
  });

/** a | b below, c above without a vertex at (10, 10): a T-junction. */
export const junction = () =>
  coverage({
    a: [[[0, 0], [10, 0], [10, 10], [0, 10]]],
    b: [[[10, 0], [20, 0], [20, 10], [10, 10]]],
    c: [[[0, 10], [20, 10], [20, 20], [0, 20]]],
  });

/** A ring road lot with a hole filled by another lot, and a lot of two parts. */
export const holeAndParts = () =>
  coverage({
    ring: { parts: [[[[0, 0], [30, 0], [30, 30], [0, 30]], [[10, 10], [10, 20], [20, 20], [20, 10]]]] },
    core: [[[10, 10], [20, 10], [20, 20], [10, 20]]],
    twin: { parts: [[[[30, 0], [40, 0], [40, 10], [30, 10]]], [[[50, 0], [60, 0], [60, 10], [50, 10]]]] },
  });
