/**
 * The shapes of a level before an edit and after it, as the rules ask for them: whole, or, of parcels of so many points
 * that a frame does not suffice, about the place that is asked about (about.js).
 *
 * @module rules/level_shapes
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box} from '../types.js' */
/** @import {MetreBox} from './common_land.js' */
/** @import {PartPlaces} from './validity.js' */

import { around, widen } from '../storage/geodesy.js';
import { placesAbout } from './about.js';
import { cornersOf, placesOf, sizeOf, storageBox } from './shapes.js';

/** Shapes by id, none where a parcel is not there. @typedef {{was: (id: string) => PartPlaces[], now: (id: string) => PartPlaces[]}} WasAndNow */

export class Shapes {
  /**
   * @param {{before: Graph, graph: Graph}} states
   * @param {string} level
   * @param {number} wholeUpTo points
   */
  constructor(states, level, wholeUpTo) {
    this.states = states;
    this.level = level;
    this.wholeUpTo = wholeUpTo;
    const both = [states.before, states.graph];
    /** @type {WasAndNow} */
    this.whole = { was: this.#reader(states.before, (state, parcel) => placesOf(state, parcel)), now: this.#reader(states.graph, (state, parcel) => placesOf(state, parcel)) };
    /** @param {string} id */
    this.isLong = (id) => both.some((state) => sizeOf(state.parcel(id)) > wholeUpTo);
    /** Roads of thousands of points are never one and the same; who would know would have to read them all. @param {string} id */
    this.mayBeStack = (id) => !this.isLong(id);
  }

  /**
   * @param {string} id
   * @returns {boolean} whether it is of the level, before or now
   */
  isThere(id) {
    return [this.states.before, this.states.graph].some((state) => state.parcel(id)?.level === this.level);
  }

  /**
   * Of a long one and another what lies about that: all that they can have in common. Of two long ones what lies about the
   * change; there `within` is the outline of the place that alone is known.
   * @param {[string, string]} pair
   * @param {ReadonlyMap<string, Box>} regions of what changes
   * @returns {{states: WasAndNow, within: PartPlaces[]}}
   */
  ofPair(pair, regions) {
    if (!pair.some(this.isLong)) return { states: this.whole, within: [] };
    const short = pair.find((id) => !this.isLong(id));
    const box = short === undefined ? unionOf(pair.map((id) => regions.get(id))) : this.#envelope(short);
    if (!box) return { states: this.whole, within: [] };
    return { states: this.#about(box), within: short === undefined ? [[cornersOf(this.states.graph, box)]] : [] };
  }

  /**
   * @param {string[]} changed
   * @param {ReadonlyMap<string, Box>} regions
   * @param {number} reachM metres about them that have to be known
   * @returns {{states: WasAndNow, within: MetreBox | null}} `within`: where alone the shapes are known, storage units
   */
  aboutChange(changed, regions, reachM) {
    const box = unionOf(changed.map((id) => regions.get(id)));
    if (!box || this.wholeUpTo === Infinity) return { states: this.whole, within: null };
    return { states: this.#about(widen(box, 0, reachM)), within: storageBox(this.states.graph, box) };
  }

  /**
   * @param {string} id
   * @returns {Box | null} around it, before and now
   */
  #envelope(id) {
    return unionOf([this.states.before, this.states.graph].map((state) => {
      const parcel = state.parcel(id);
      return parcel && state.envelope(parcel);
    }));
  }

  /**
   * @param {Box} box degrees
   * @returns {WasAndNow}
   */
  #about(box) {
    const [was, now] = [this.states.before, this.states.graph].map((state) => this.#reader(state, (of, parcel) => placesAbout(of, parcel, box)));
    return {
      was: (id) => (this.isLong(id) ? /** @type {WasAndNow['was']} */ (was)(id) : this.whole.was(id)), now: (id) => (this.isLong(id) ? /** @type {WasAndNow['now']} */ (now)(id) : this.whole.now(id)),
    };
  }

  /**
   * @param {Graph} state
   * @param {(state: Graph, parcel: import('../types.js').Parcel) => PartPlaces[]} read
   * @returns {(id: string) => PartPlaces[]} shapes of the level, each read once
   */
  #reader(state, read) {
    /** @type {Map<string, PartPlaces[]>} */
    const known = new Map();
    return (id) => {
      const found = known.get(id);
      if (found) return found;
      const parcel = state.parcel(id);
      const parts = parcel?.level === this.level ? read(state, parcel) : [];
      known.set(id, parts);
      return parts;
    };
  }
}

/**
 * @param {(Box | undefined)[]} boxes
 * @returns {Box | null}
 */
function unionOf(boxes) {
  return boxes.reduce((/** @type {Box | null} */ all, box) => around(all, box ?? null), null);
}
