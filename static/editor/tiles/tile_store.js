/**
 * Tiles of this page: asked for while somebody wants them, kept decoded for a while, asked for again when they have
 * changed. What is shown stays shown until the new tile is there. A lost connection is tried again quietly, with one
 * request at a time.
 *
 * @module tile_store
 */

/** @import {DecodedTile} from './tile_decoding.js' */
/** @import {TileName} from './tile_grid.js' */
/** @import {Box} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { decodeTile, EMPTY_TILE } from './tile_decoding.js';
import { ancestorOf, DETAIL_ZOOM, keyOf, tileMeets } from './tile_grid.js';

/** Decoded tiles kept beside those in view. */
const MOST_KEPT = 96;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/** @typedef {'well' | 'unreachable' | 'signed_out'} Condition */

/**
 * @typedef {object} Entry
 * @property {TileName} name
 * @property {DecodedTile | null} tile as last received
 * @property {number} users who show it now
 * @property {AbortController | null} running
 * @property {boolean} isDue asked for, without an answer yet
 * @property {number} failures in a row
 */

export class TileStore {
  /**
   * @param {(tile: TileName, signal: AbortSignal) => Promise<ArrayBuffer>} ask
   * @param {{onTile: (name: TileName) => void, onCondition: (condition: Condition) => void}} told
   */
  constructor(ask, { onTile, onCondition }) {
    this.ask = ask;
    this.onTile = onTile;
    this.onCondition = onCondition;
    /** The one used last stands last. @type {Map<string, Entry>} */
    this.entries = new Map();
    /** @type {Condition} */
    this.condition = 'well';
    this.timer = 0;
    this.pauseMs = FIRST_PAUSE_MS;
  }

  /**
   * @param {TileName} name
   * @returns {DecodedTile | null} null before it came
   */
  get(name) {
    return this.entries.get(keyOf(name))?.tile ?? null;
  }

  /**
   * The nearest tile further out that is here, to be shown meanwhile.
   * @param {TileName} name
   * @returns {{tile: DecodedTile, steps: number} | null}
   */
  ancestor(name) {
    for (let steps = 1; steps <= name.z; steps += 1) {
      const tile = this.get(ancestorOf(name, steps));
      if (tile) return { tile, steps };
    }
    return null;
  }

  /**
   * Tiles of densities further in that are here, the furthest first; parcels would be too many to be drawn so small.
   * @param {TileName} name
   * @returns {{name: TileName, tile: DecodedTile}[]}
   */
  descendants(name) {
    const key = keyOf(name);
    const found = [...this.entries.values()].flatMap(({ name: inner, tile }) => {
      const isWithin = inner.z > name.z && inner.z < DETAIL_ZOOM && keyOf(ancestorOf(inner, inner.z - name.z)) === key;
      return tile && isWithin ? [{ name: inner, tile }] : [];
    });
    return found.sort((a, b) => b.name.z - a.name.z);
  }

  /**
   * Somebody shows it from now on.
   * @param {TileName} name
   */
  take(name) {
    const key = keyOf(name);
    const entry = this.entries.get(key) ?? { name, tile: null, users: 0, running: null, isDue: false, failures: 0 };
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.users += 1;
    if (!entry.tile && !entry.isDue) this.#request(entry);
  }

  /**
   * Somebody shows it no longer. A request that nobody waits for is given up.
   * @param {TileName} name
   */
  release(name) {
    const entry = this.entries.get(keyOf(name));
    if (!entry) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    if (entry.isDue) this.#forget(entry);
    else this.#forgetOldest();
  }

  /**
   * Ask again for tiles that have changed. Those in view at once, others when they come into view.
   * @param {Box[] | null} boxes where something changed; null for everywhere
   */
  refresh(boxes) {
    for (const entry of [...this.entries.values()]) {
      if (boxes && !boxes.some((box) => tileMeets(entry.name, box))) continue;
      if (entry.users > 0) this.#request(entry);
      else this.#forget(entry);
    }
  }

  /** Try again now what failed: the network is back, or somebody has signed in. */
  retry() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.#probe();
  }

  /** @param {Entry} entry */
  #request(entry) {
    entry.running?.abort();
    entry.running = null;
    entry.isDue = true;
    if (this.condition === 'well') void this.#load(entry);
    else this.#later();
  }

  /** @param {Entry} entry */
  async #load(entry) {
    const running = new AbortController();
    entry.running = running;
    try {
      const tile = decodeTile(await this.ask(entry.name, running.signal));
      if (!running.signal.aborted) this.#arrived(entry, tile);
    } catch (error) {
      if (!running.signal.aborted) this.#failed(entry, error);
    }
  }

  /**
   * @param {Entry} entry
   * @param {DecodedTile} tile
   */
  #arrived(entry, tile) {
    Object.assign(entry, { tile, running: null, isDue: false, failures: 0 });
    this.onTile(entry.name);
    const others = [...this.entries.values()];
    if (!others.some(({ failures }) => failures > 0)) this.pauseMs = FIRST_PAUSE_MS;
    if (this.condition === 'well') return;
    this.#become('well');
    for (const other of others) if (other.isDue && !other.running) void this.#load(other);
  }

  /**
   * @param {Entry} entry
   * @param {unknown} error
   */
  #failed(entry, error) {
    entry.running = null;
    if (error instanceof NoAnswer) this.#become('unreachable');
    else if (error instanceof ApiProblem && error.status === 401) this.#become('signed_out');
    else if (error instanceof ApiProblem && error.status < 500 && error.status !== 429) {
      // There is no such tile: outside of what the server draws.
      return this.#arrived(entry, EMPTY_TILE);
    } else if (!(error instanceof ApiProblem)) throw error;
    entry.failures += 1;
    this.#later();
  }

  /** Somebody who has to sign in does so in another tab, and coming back is what tries again (`retry`). */
  #later() {
    if (this.timer || this.condition === 'signed_out') return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.#probe();
    }, this.pauseMs * (0.75 + Math.random() / 2));
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2);
  }

  /** One request says whether the server answers again; its answer starts the others. */
  #probe() {
    const due = [...this.entries.values()].filter((entry) => entry.isDue && !entry.running);
    due.sort((a, b) => a.failures - b.failures);
    const [first] = due;
    if (!first) return;
    void this.#load(first);
    if (this.condition === 'well' && due.length > 1) this.#later();
  }

  /** @param {Condition} condition */
  #become(condition) {
    if (condition === this.condition) return;
    this.condition = condition;
    this.onCondition(condition);
  }

  /** @param {Entry} entry */
  #forget(entry) {
    entry.running?.abort();
    this.entries.delete(keyOf(entry.name));
  }

  #forgetOldest() {
    const unused = [...this.entries.values()].filter((entry) => entry.users === 0);
    for (const entry of unused.slice(0, Math.max(0, unused.length - MOST_KEPT))) this.#forget(entry);
  }
}
