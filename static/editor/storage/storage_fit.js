/**
 * Between lon/lat and storage coordinates, near what is loaded. Every loaded point has both as PostGIS gave them, so the
 * way between is read off those points: a similarity, and what they differ from it as a surface of the second degree.
 * Within two kilometres any map projection differs from that by less than a tenth of a millimetre, and whatever datum
 * shift the database applies is in it; a projection library would need each system's definition and grids, and could
 * still take another shift than PostGIS. What is sent stays what was given: this is for what the author sees meanwhile.
 *
 * @module storage_fit
 */

/** @import {Base} from '../base.js' */
/** @import {LonLat, Point, StoragePair} from '../types.js' */

import { metresPerDegree } from './geodesy.js';

/** One fit serves so many degrees. */
const CELL = 0.005;
const REACH_M = 2000;
/** So many points tell no less than all of a county. */
const MOST_SAMPLES = 400;
const FEWEST_SAMPLES = 6;
/** Terms of a surface of the second degree, and of a plane, which is all that a lot or two can tell. */
const [TERMS, PLANE_TERMS] = [6, 3];
const SURFACE_FROM_SAMPLES = 12;
/** Of the trace: what keeps points on one line, which tell nothing of the ground beside it, from telling nonsense. */
const RIDGE = 1e-8;

/** @typedef {[number, number, number, number]} Sample u, v and what they become */
/** @typedef {{key: string, at: LonLat, scale: {lon: number, lat: number}, origin: StoragePair, ahead: Fit, back: Fit}} LocalFit */

/** @type {WeakMap<Base, Map<string, LocalFit | null>>} */
const fits = new WeakMap();

/**
 * @param {Base} base
 * @param {LonLat} place
 * @returns {StoragePair | null} where the server will put it, unrounded; null where nothing is loaded that tells
 */
export function storageOf(base, place) {
  const fit = fitNear(base, place);
  if (!fit) return null;
  const { at, scale, origin, ahead } = fit;
  const [x, y] = ahead.of((place.lon - at.lon) * scale.lon, (place.lat - at.lat) * scale.lat);
  return [origin[0] + x, origin[1] + y];
}

/**
 * @param {Base} base
 * @param {StoragePair} pair
 * @returns {LonLat | null}
 */
export function lonLatOf(base, pair) {
  const before = lastFits.get(base);
  const guess = before && placeBy(before, pair);
  if (guess && keyOfCell(guess) === before.key) return guess;
  const near = nearestByPair(base, pair);
  const fit = near && fitNear(base, near);
  if (!fit) return null;
  lastFits.set(base, fit);
  return placeBy(fit, pair);
}

/** Who asks for one place asks for its neighbours: the fit that served last, before all points are looked through. @type {WeakMap<Base, LocalFit>} */
const lastFits = new WeakMap();

/**
 * @param {LocalFit} fit
 * @param {StoragePair} pair
 * @returns {LonLat}
 */
function placeBy({ at, scale, origin, back }, [x, y]) {
  const [east, north] = back.of(x - origin[0], y - origin[1]);
  return { lon: at.lon + east / scale.lon, lat: at.lat + north / scale.lat };
}

/**
 * @param {LonLat} place
 * @returns {string}
 */
function keyOfCell({ lon, lat }) {
  return `${Math.floor(lon / CELL)},${Math.floor(lat / CELL)}`;
}

/**
 * @param {Base} base
 * @param {LonLat} place
 * @returns {LocalFit | null}
 */
function fitNear(base, place) {
  const known = fits.get(base) ?? new Map();
  fits.set(base, known);
  const key = keyOfCell(place);
  const middle = { lon: (Math.floor(place.lon / CELL) + 0.5) * CELL, lat: (Math.floor(place.lat / CELL) + 0.5) * CELL };
  if (!known.has(key)) known.set(key, madeFit(base, middle, key));
  return known.get(key) ?? null;
}

/**
 * @param {Base} base
 * @param {LonLat} near
 * @param {string} key
 * @returns {LocalFit | null}
 */
function madeFit(base, near, key) {
  const samples = samplesNear(base, near, metresPerDegree(near.lat));
  const [at] = samples;
  const origin = at?.pair;
  if (samples.length < 2 || !at || !origin) return null;
  const scale = metresPerDegree(samples.reduce((sum, { lat }) => sum + lat, 0) / samples.length);
  const ahead = samples.map(({ lon, lat, pair }) => /** @type {Sample} */ ([
    (lon - at.lon) * scale.lon, (lat - at.lat) * scale.lat, (pair?.[0] ?? NaN) - origin[0], (pair?.[1] ?? NaN) - origin[1],
  ]));
  const back = ahead.map(([u, v, x, y]) => /** @type {Sample} */ ([x, y, u, v]));
  return { key, at, scale, origin, ahead: new Fit(ahead), back: new Fit(back) };
}

/**
 * @param {Base} base
 * @param {LonLat} at
 * @param {{lon: number, lat: number}} scale
 * @returns {Point[]}
 */
function samplesNear(base, at, scale) {
  /** @param {LonLat} place */
  const away = ({ lon, lat }) => Math.hypot((lon - at.lon) * scale.lon, (lat - at.lat) * scale.lat);
  const loaded = [...base.points.values()];
  let near = loaded.filter((point) => away(point) <= REACH_M);
  if (near.length < FEWEST_SAMPLES) near = loaded.sort((a, b) => away(a) - away(b)).slice(0, FEWEST_SAMPLES);
  const stride = Math.ceil(near.length / MOST_SAMPLES);
  return near.filter((_, index) => index % stride === 0);
}

/**
 * @param {Base} base
 * @param {StoragePair} pair
 * @returns {Point | null}
 */
function nearestByPair(base, [x, y]) {
  let best = /** @type {Point | null} */ (null);
  let least = Infinity;
  for (const point of base.points.values()) {
    if (!point.pair) continue;
    const away = Math.hypot(point.pair[0] - x, point.pair[1] - y);
    if (away < least) [best, least] = [point, away];
  }
  return best;
}

class Fit {
  /** @param {Sample[]} samples at least two */
  constructor(samples) {
    const [u0, v0] = samples[0] ?? [NaN, NaN];
    const far = samples.reduce((a, b) => (Math.hypot(b[0] - u0, b[1] - v0) > Math.hypot(a[0] - u0, a[1] - v0) ? b : a));
    this.similarity = similarity(/** @type {Sample} */ (samples[0]), far);
    this.size = Math.max(1e-9, Math.hypot(far[0] - u0, far[1] - v0));
    this.middle = [u0, v0];
    this.count = samples.length < SURFACE_FROM_SAMPLES ? PLANE_TERMS : TERMS;
    const rest = samples.map(([u, v, x, y]) => {
      const [ax, ay] = this.similarity(u, v);
      return { terms: this.#terms(u, v), x: x - ax, y: y - ay };
    });
    this.surface = leastSquares(rest);
  }

  /**
   * @param {number} u
   * @param {number} v
   * @returns {[number, number]}
   */
  of(u, v) {
    const [x, y] = this.similarity(u, v);
    const terms = this.#terms(u, v);
    return [x + dot(this.surface.x, terms), y + dot(this.surface.y, terms)];
  }

  /**
   * @param {number} u
   * @param {number} v
   * @returns {number[]}
   */
  #terms(u, v) {
    const a = (u - (this.middle[0] ?? 0)) / this.size;
    const b = (v - (this.middle[1] ?? 0)) / this.size;
    return [1, a, b, a * a, a * b, b * b].slice(0, this.count);
  }
}

/**
 * @param {Sample} a
 * @param {Sample} b
 * @returns {(u: number, v: number) => [number, number]} turned, scaled and moved so that both come out
 */
function similarity([au, av, ax, ay], [bu, bv, bx, by]) {
  const [du, dv, dx, dy] = [bu - au, bv - av, bx - ax, by - ay];
  const length2 = du * du + dv * dv;
  const cosine = length2 > 0 ? (du * dx + dv * dy) / length2 : 1;
  const sine = length2 > 0 ? (du * dy - dv * dx) / length2 : 0;
  return (u, v) => [ax + cosine * (u - au) - sine * (v - av), ay + sine * (u - au) + cosine * (v - av)];
}

/**
 * @param {{terms: number[], x: number, y: number}[]} rows
 * @returns {{x: number[], y: number[]}} coefficients that leave least of x and of y
 */
function leastSquares(rows) {
  const count = rows[0]?.terms.length ?? 0;
  /** Normal equations; the last two columns are the right sides. @type {number[][]} */
  const matrix = Array.from({ length: count }, () => new Array(count + 2).fill(0));
  for (const { terms, x, y } of rows) {
    terms.forEach((term, i) => {
      const row = /** @type {number[]} */ (matrix[i]);
      [...terms, x, y].forEach((value, j) => { row[j] = (row[j] ?? 0) + term * value; });
    });
  }
  const trace = matrix.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  matrix.forEach((row, i) => { row[i] = (row[i] ?? 0) + RIDGE * trace; });
  eliminate(matrix);
  return { x: matrix.map((row, i) => (row[count] ?? 0) / (row[i] ?? NaN)), y: matrix.map((row, i) => (row[count + 1] ?? 0) / (row[i] ?? NaN)) };
}

/** @param {number[][]} matrix symmetric and positive by its ridge, so that no pivot need be sought; becomes diagonal */
function eliminate(matrix) {
  matrix.forEach((pivot, i) => {
    matrix.forEach((row, k) => {
      if (k === i) return;
      const factor = (row[i] ?? 0) / (pivot[i] ?? NaN);
      pivot.forEach((value, j) => { row[j] = (row[j] ?? 0) - factor * value; });
    });
  });
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @returns {number}
 */
function dot(a, b) {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
