/**
 * Parcels as loaded: points, parcels and who uses which point. Never changed; a new load makes a new base.
 *
 * @module base
 */

/** @import {Coverage, Parcel, Point, PointId, Properties, Ring, StoragePair, Token} from './types.js' */

import { keyOf } from './point_name.js';

/**
 * The grid of new points. `steps` to a storage unit is a whole number: k of floor(v*k + 0.5)/k, the one formula of
 * Python, SQL and JavaScript. `nodeWithinM` is the noding distance, `gapWidthM` the width from which on open land is no gap, 0 where they were not told; `extent` where points may lie, in storage units. Where storage is WGS 84 lon/lat, a position in lon/lat is a storage pair already.
 * @typedef {{steps: number, isLonLat: boolean, isGeographic: boolean, metresPerUnit: number, nodeWithinM: number, gapWidthM: number, extent: readonly [number, number, number, number] | null}} Grid
 */

const WGS84 = 4326;

/**
 * @typedef {object} Base
 * @property {ReadonlyMap<PointId, Point>} points
 * @property {ReadonlyMap<string, Parcel>} parcels
 * @property {ReadonlyMap<PointId, ReadonlySet<string>>} users which parcels have a point
 * @property {Grid} grid
 * @property {ReadonlyMap<string, Past>} pasts versions that an edit restores, by pastName
 */

/** A parcel as it was; `ended`: its last version, where it is retired. @typedef {{id: string, level: string, parts: StoragePair[][][], properties: Properties, ended: number | null}} Past */

/**
 * @param {Coverage} coverage as GET /api/coverage answers
 * @returns {Base}
 */
export function baseFromCoverage(coverage) {
  const points = coverage.points.map(([x, y, lon, lat]) => {
    /** @type {Token} */
    const name = [x, y];
    const id = keyOf(name);
    return { id, name, lon, lat, pair: /** @type {[number, number]} */ ([x, y]), at: id };
  });
  const parcels = coverage.parcels.map((row) => ({
    id: row.parcel_id,
    version: row.version,
    level: row.level,
    parts: row.parts.map((part) => part.map((ring) => ring.map((index) => pointAt(points, index).id))),
    properties: { ...row.properties, number: row.number, level: row.level, kind: row.kind },
  }));
  const isLonLat = coverage.srid === WGS84;
  const grid = {
    steps: coverage.grid > 0 ? Math.round(1 / coverage.grid) : 0, isLonLat, isGeographic: coverage.is_geographic ?? isLonLat,
    metresPerUnit: coverage.metres_per_unit ?? 1, nodeWithinM: coverage.node_within_m ?? 0, gapWidthM: coverage.gap_width_m ?? 0,
    extent: coverage.extent ?? null,
  };
  return indexed(new Map(points.map((point) => [point.id, point])), parcels, grid);
}

/**
 * @template T
 * @param {T[]} points
 * @param {number} index
 * @returns {T}
 */
function pointAt(points, index) {
  const point = points[index];
  if (!point) throw new RangeError(`the coverage names point ${index} but lists ${points.length} points`);
  return point;
}

/**
 * @param {string} id
 * @param {number} version
 * @returns {string}
 */
export function pastName(id, version) {
  return `${id}:${version}`;
}

/**
 * A base that also knows how parcels were. A version never changes, so what was known of it once stays true.
 * @param {Base} base
 * @param {Coverage} coverage of parcels at earlier versions
 * @param {number | null} [ended] the last version of a retired one
 * @returns {Base}
 */
export function withPasts(base, coverage, ended = null) {
  const known = coverage.parcels.map((row) => /** @type {const} */ ([pastName(row.parcel_id, row.version), {
    id: row.parcel_id, ended, level: row.level,
    parts: row.parts.map((part) => part.map((ring) => ring.map((index) => /** @type {StoragePair} */ (pointAt(coverage.points, index).slice(0, 2))))),
    properties: { ...row.properties, number: row.number, level: row.level, kind: row.kind },
  }]));
  return { ...base, pasts: new Map([...base.pasts, ...known]) };
}

/**
 * @param {Base} base
 * @param {string} id
 * @returns {number | undefined} the version that its author saw: of a retired parcel its last
 */
export function seenVersion(base, id) {
  const loaded = base.parcels.get(id)?.version;
  if (loaded !== undefined) return loaded;
  for (const past of base.pasts.values()) if (past.id === id && past.ended !== null) return past.ended;
  return undefined;
}

/**
 * A base of newly loaded parcels in which those of `keep` stay as they were: an edit goes on from what its author saw,
 * even where a colleague has saved since; the server then says so.
 * @param {Base} old
 * @param {Base} fresh
 * @param {Iterable<string>} keep parcel ids under edit
 * @returns {Base}
 */
export function mergeBases(old, fresh, keep) {
  const parcels = new Map(fresh.parcels);
  const points = new Map(fresh.points);
  for (const id of keep) {
    const parcel = old.parcels.get(id);
    if (!parcel) continue;
    parcels.set(id, parcel);
    for (const point of pointIds(parcel)) {
      const known = old.points.get(point);
      if (known && !points.has(point)) points.set(point, known);
    }
  }
  const nodeWithinM = fresh.grid.nodeWithinM || old.grid.nodeWithinM;
  const gapWidthM = fresh.grid.gapWidthM || old.grid.gapWidthM;
  const extent = fresh.grid.extent ?? old.grid.extent;
  return indexed(points, parcels.values(), { ...fresh.grid, nodeWithinM, gapWidthM, extent }, new Map([...old.pasts, ...fresh.pasts]));
}

/**
 * @param {Map<PointId, Point>} points
 * @param {Iterable<Parcel>} parcels
 * @param {Grid} grid
 * @param {ReadonlyMap<string, Past>} [pasts]
 * @returns {Base}
 */
function indexed(points, parcels, grid, pasts = new Map()) {
  /** @type {Map<PointId, Set<string>>} */
  const users = new Map();
  const byId = new Map();
  for (const parcel of parcels) {
    byId.set(parcel.id, parcel);
    for (const point of pointIds(parcel)) {
      const set = users.get(point);
      if (set) set.add(parcel.id);
      else users.set(point, new Set([parcel.id]));
    }
  }
  return { points, parcels: byId, users, grid, pasts };
}

/**
 * @param {Parcel} parcel
 * @returns {Generator<Ring>} every ring of every part
 */
export function* rings(parcel) {
  for (const part of parcel.parts) yield* part;
}

/**
 * @param {Parcel} parcel
 * @returns {Generator<PointId>} in ring order; a point that a parcel has twice comes twice
 */
export function* pointIds(parcel) {
  for (const ring of rings(parcel)) yield* ring;
}

/**
 * @param {Parcel} parcel
 * @param {(ring: Ring) => Ring} change
 * @returns {Parcel} the same parcel with every ring changed; the same object where no ring did
 */
export function withRings(parcel, change) {
  let differs = false;
  const parts = parcel.parts.map((part) =>
    part.map((ring) => {
      const next = change(ring);
      if (next !== ring) differs = true;
      return next;
    }),
  );
  return differs ? { ...parcel, parts } : parcel;
}
