/**
 * Areas on one side of a line, in the plane of a shape: fast enough to be asked a hundred times. As cadastre/half_plane.py.
 *
 * @module land/half_plane
 */

/** @import {Part} from '../types.js' */
/** @import {Work} from './work.js' */

import { isCounterclockwise } from '../storage/storage_frame.js';

/** Of a kilometre they leave less than a nanometre. */
const BISECTIONS = 45;

/** Unit vectors along a bearing and to the left of it. @typedef {{along: [number, number], left: [number, number]}} Direction */

/**
 * @param {number} degrees from grid north, clockwise
 * @returns {Direction}
 */
export function directionOf(degrees) {
  const angle = (degrees * Math.PI) / 180;
  const [east, north] = [Math.sin(angle), Math.cos(angle)];
  return { along: [east, north], left: [-north, east] };
}

/**
 * @param {readonly [number, number]} a
 * @param {readonly [number, number]} b
 * @returns {number}
 */
export function dot([ax, ay], [bx, by]) {
  return ax * bx + ay * by;
}

/** The sides of a shape, each with the shape to its left, as distances along a direction and left of it. */
export class Profile {
  /**
   * @param {Work} work
   * @param {Part[]} shape
   * @param {Direction} direction
   */
  constructor(work, shape, { along, left }) {
    /** @type {{along: [number, number], left: [number, number]}[]} */
    this.sides = [];
    this.alongs = { least: Infinity, most: -Infinity };
    this.lefts = { least: Infinity, most: -Infinity };
    for (const part of shape) {
      part.forEach((ring, index) => {
        let metres = ring.map((id) => work.metres(id));
        if (isCounterclockwise(metres) !== (index === 0)) metres = [...metres].reverse();
        const places = metres.map((place) => ({ along: dot(place, along), left: dot(place, left) }));
        places.forEach((a, place) => {
          const b = /** @type {typeof a} */ (places[(place + 1) % places.length]);
          this.sides.push({ along: [a.along, b.along], left: [a.left, b.left] });
          this.alongs = { least: Math.min(this.alongs.least, a.along), most: Math.max(this.alongs.most, a.along) };
          this.lefts = { least: Math.min(this.lefts.least, a.left), most: Math.max(this.lefts.most, a.left) };
        });
      });
    }
  }

  /** @returns {number} area of the whole */
  get area() {
    return this.areaRightOf(this.lefts.most);
  }

  /**
   * By Green's theorem; the line itself adds nothing, for heights are taken from it.
   * @param {number} offset metres left of the origin
   * @returns {number} square metres of what lies right of the line there
   */
  areaRightOf(offset) {
    let sum = 0;
    for (const { along: [a, b], left: [p, q] } of this.sides) {
      const [from, to] = [p - offset, q - offset];
      const total = Math.min(from, 0) + Math.min(to, 0);
      // Of a side that crosses the line only the share below counts.
      const share = from < 0 !== to < 0 ? -total / Math.abs(from - to) : 1;
      sum += (total / 2) * share * (b - a);
    }
    return -sum;
  }

  /**
   * @param {number} areaM2
   * @returns {number} the offset at which that much lies right of the line; by bisection, for the area grows with it
   */
  offsetOf(areaM2) {
    let { least: low, most: high } = this.lefts;
    for (let step = 0; step < BISECTIONS; step += 1) {
      const middle = (low + high) / 2;
      if (this.areaRightOf(middle) < areaM2) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }
}
