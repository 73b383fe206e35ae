/**
 * The parcels under edit as an immutable graph: a base, as loaded, and a small overlay of what this edit changed.
 * A new state shares the base and everything unchanged with the old one, so keeping every state for undo is cheap.
 *
 * A point that moves keeps its identity and its name; only its position changes. So every ring that holds it follows,
 * and untouched coordinates cannot change by a bit: there is no other copy of them.
 *
 * @module graph
 */

/** @import {Base} from './base.js' */
/** @import {Box, Coverage, LonLat, Parcel, Part, Point, PointId, Ring, StoragePair, Token} from './types.js' */

import { baseFromCoverage, rings } from './base.js';
import { boxOfRing, ringHas } from './land/long_rings.js';
import { around, boxesMeet, metresPerDegree, widen } from './storage/geodesy.js';
import { keyOf } from './point_name.js';
import { storageOf } from './storage/storage_fit.js';
import { metresPerUnit, twiceTheArea } from './storage/storage_frame.js';

/**
 * @typedef {object} Overlay
 * @property {ReadonlyMap<PointId, Point>} points moved and new points
 * @property {ReadonlyMap<string, Parcel | null>} parcels those whose rings or properties differ from the base, born ones among
 *   them; null for one that is retired
 * @property {ReadonlyMap<string, PointId>} names what this edit called a point, where that is not its identity
 * @property {readonly Descent[]} descents which parcel came out of which
 */

/** @typedef {{parent: string, child: string, kind: 'split' | 'merge'}} Descent */

/** @type {Overlay} */
const NOTHING = { points: new Map(), parcels: new Map(), names: new Map(), descents: [] };

/** @type {ReadonlySet<string>} */
const NOBODY = new Set();

export class Graph {
  /**
   * @param {Base} base
   * @param {Overlay} [overlay]
   */
  constructor(base, overlay = NOTHING) {
    this.base = base;
    this.overlay = overlay;
    /** @type {ReadonlySet<string> | null} */
    this.changedIds = null;
    /** @type {Map<string, Box>} */
    this.envelopes = new Map();
  }

  /**
   * @param {Coverage} coverage
   * @returns {Graph}
   */
  static fromCoverage(coverage) {
    return new Graph(baseFromCoverage(coverage));
  }

  /**
   * @param {Base} base
   * @returns {Graph} the same changes on another base
   */
  withBase(base) {
    return new Graph(base, this.overlay);
  }

  /**
   * A new state in which these points, parcels and names replace or join the present ones, and parcels end.
   * @param {{points?: Point[], parcels?: Parcel[], retired?: string[], names?: [string, PointId][], descents?: readonly Descent[]}} changes
   * @returns {Graph}
   */
  with({ points = [], parcels = [], retired = [], names = [], descents = [] }) {
    return new Graph(this.base, {
      points: new Map([...this.overlay.points, ...points.map((p) => /** @type {const} */ ([p.id, p]))]),
      parcels: new Map([
        ...this.overlay.parcels, ...parcels.map((p) => /** @type {const} */ ([p.id, p])), ...retired.map((id) => /** @type {const} */ ([id, null])),
      ]),
      names: new Map([...this.overlay.names, ...names]),
      descents: descents.length > 0 ? [...this.overlay.descents, ...descents] : this.overlay.descents,
    });
  }

  /**
   * @param {string} id
   * @returns {string[]} the loaded parcels that were before what this one is now: itself, and those it came out of
   */
  family(id) {
    const found = [id];
    // Grows while it is walked: what was born and divided again in one edit has grandparents.
    for (const name of found) for (const { parent, child } of this.overlay.descents) if (child === name && !found.includes(parent)) found.push(parent);
    return found.filter((name) => this.base.parcels.has(name));
  }

  /**
   * @param {PointId} id
   * @returns {Point}
   * @throws {RangeError} where no such point is loaded
   */
  point(id) {
    const point = this.overlay.points.get(id) ?? this.base.points.get(id);
    if (!point) throw new RangeError(`no point ${id} is loaded`);
    return point;
  }

  /**
   * @param {string} id
   * @returns {Parcel | undefined} none where it is retired
   */
  parcel(id) {
    const now = this.overlay.parcels.get(id);
    return now === undefined ? this.base.parcels.get(id) : (now ?? undefined);
  }

  /** @returns {Generator<Parcel>} every parcel in its present state */
  *parcels() {
    for (const id of this.base.parcels.keys()) {
      const parcel = this.parcel(id);
      if (parcel) yield parcel;
    }
    for (const [id, parcel] of this.overlay.parcels) if (parcel && !this.base.parcels.has(id)) yield parcel;
  }

  /**
   * @param {PointId} id
   * @returns {Parcel[]} every parcel that has this point, ordered by id
   */
  parcelsWith(id) {
    const found = new Map();
    for (const user of this.base.users.get(id) ?? NOBODY) {
      const parcel = this.parcel(user);
      if (parcel && hasPoint(parcel, id)) found.set(user, parcel);
    }
    for (const [user, parcel] of this.overlay.parcels) if (parcel && hasPoint(parcel, id)) found.set(user, parcel);
    return [...found.keys()].sort().map((user) => found.get(user));
  }

  /**
   * @param {LonLat} place
   * @param {number} withinM
   * @returns {Parcel[]} those whose envelope lies within a distance of a place
   */
  parcelsNear(place, withinM) {
    const box = widen([place.lon, place.lat, place.lon, place.lat], 0, withinM + 1);
    return [...this.parcels()].filter((parcel) => boxesMeet(this.envelope(parcel), box));
  }

  /**
   * The point that a token names now: first what this edit called it, then its stored coordinates.
   * @param {Token} token
   * @returns {Point | null}
   */
  resolve(token) {
    const key = keyOf(token);
    const id = this.overlay.names.get(key) ?? key;
    const point = this.overlay.points.get(id) ?? this.base.points.get(id);
    return point && this.parcelsWith(point.id).length > 0 ? point : null;
  }

  /**
   * @param {PointId} id
   * @returns {boolean} whether the identity is taken, also by a point that has moved away
   */
  knows(id) {
    return this.base.points.has(id) || this.overlay.points.has(id);
  }

  /**
   * The point that stands at a place now; one that has left it does not count.
   * @param {string} key of the place's token
   * @returns {Point | null}
   */
  standingAt(key) {
    for (const point of this.overlay.points.values()) if (point.at === key && this.parcelsWith(point.id).length > 0) return point;
    const loaded = this.base.points.get(key);
    return loaded && !this.overlay.points.has(key) && this.parcelsWith(key).length > 0 ? loaded : null;
  }

  /**
   * @param {Ring} ring
   * @returns {Point[]}
   */
  places(ring) {
    return ring.map((id) => this.point(id));
  }

  /**
   * @param {LonLat & {pair?: StoragePair | null}} place
   * @returns {StoragePair} in storage coordinates; of a place that has no exact ones, as near as the loaded points tell
   */
  pairOf(place) {
    if (place.pair) return place.pair;
    const { isLonLat, isGeographic, metresPerUnit: unit } = this.base.grid;
    const pair = isLonLat ? null : storageOf(this.base, place);
    if (pair || isGeographic) return pair ?? [place.lon, place.lat];
    // On an empty map nothing tells more than how large things are.
    const scale = metresPerDegree(Math.round(place.lat));
    return [(place.lon * scale.lon) / unit, (place.lat * scale.lat) / unit];
  }

  /** @returns {ReadonlySet<string>} parcels whose rings, properties or point positions differ from the base */
  changed() {
    if (this.changedIds) return this.changedIds;
    const ids = new Set(this.overlay.parcels.keys());
    for (const id of this.overlay.points.keys()) for (const user of this.base.users.get(id) ?? NOBODY) ids.add(user);
    this.changedIds = ids;
    return ids;
  }

  /**
   * @param {Parcel} parcel
   * @returns {Box} lon/lat
   */
  envelope(parcel) {
    const cache = this.changed().has(parcel.id) ? this.envelopes : cacheOf(this.base);
    const known = cache.get(parcel.id);
    if (known) return known;
    const box = parcel.parts.map((part) => boxOfRing(this, part[0] ?? [])).reduce(around, null) ?? [0, 0, 0, 0];
    cache.set(parcel.id, box);
    return box;
  }

  /**
   * Area in storage coordinates, flat: exterior rings less interior rings.
   * @param {Parcel} parcel
   * @param {number} [lat] where the scale of a geographic system is taken, degrees: areas that are compared need the same
   * @returns {number} square metres
   */
  areaM2(parcel, lat) {
    return parcel.parts.reduce((sum, part) => sum + this.partAreaM2(part, lat), 0);
  }

  /**
   * @param {Part} part
   * @param {number} [lat]
   * @returns {number} square metres
   */
  partAreaM2(part, lat) {
    return part.reduce((sum, ring, index) => sum + (index === 0 ? 1 : -1) * this.#ringAreaM2(ring, lat), 0);
  }

  /**
   * @param {Ring} ring
   * @param {number} [lat]
   * @returns {number} square metres, never negative
   */
  #ringAreaM2(ring, lat) {
    const pairs = this.places(ring).map((point) => this.pairOf(point));
    const scale = metresPerUnit(this.base.grid, lat ?? pairs[0]?.[1] ?? 0);
    return (Math.abs(twiceTheArea(pairs)) / 2) * scale.x * scale.y;
  }
}

/** Envelopes of unchanged parcels belong to the base and serve every state made from it. */
/** @type {WeakMap<Base, Map<string, Box>>} */
const baseEnvelopes = new WeakMap();

/**
 * @param {Base} base
 * @returns {Map<string, Box>}
 */
function cacheOf(base) {
  const cache = baseEnvelopes.get(base) ?? new Map();
  baseEnvelopes.set(base, cache);
  return cache;
}

/**
 * @param {Parcel} parcel
 * @param {PointId} id
 * @returns {boolean}
 */
function hasPoint(parcel, id) {
  for (const ring of rings(parcel)) if (ringHas(ring, id)) return true;
  return false;
}
