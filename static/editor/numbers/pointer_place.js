/**
 * Where the pointer is, in storage coordinates: keeps a grid of transformed places about the view and asks for another
 * where the pointer leaves it.
 *
 * @module pointer_place
 */

/** @import {Box, LonLat, StoragePair} from '../types.js' */
/** @import {StorageGrid} from '../storage/storage_grid.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { boxHolds, widen } from '../storage/geodesy.js';
import { gridPlaces, storageAt } from '../storage/storage_grid.js';

const ASK_AFTER_MS = 120;
const TRY_AGAIN_AFTER_MS = 5000;
/** A grid much larger than the view would be less exact than a pixel. */
const LARGEST = 8;

export class PointerPlace {
  /**
   * @param {(places: LonLat[]) => Promise<StoragePair[]>} ask the server
   * @param {() => Box} view what the map shows
   * @param {() => void} onGrid a place that had none has coordinates now
   */
  constructor(ask, view, onGrid) {
    this.ask = ask;
    this.view = view;
    this.onGrid = onGrid;
    /** @type {StorageGrid | null} */
    this.grid = null;
    this.timer = 0;
  }

  /**
   * @param {LonLat} place in view
   * @returns {StoragePair | null} null until the server has answered, or where it has no coordinates
   */
  storageOf(place) {
    if (this.grid && boxHolds(this.grid.box, place) && isOfScale(this.grid.box, this.view())) return storageAt(this.grid, place);
    this.timer ||= window.setTimeout(() => void this.#renew(), ASK_AFTER_MS);
    return null;
  }

  async #renew() {
    const box = inDegrees(widen(this.view(), 0.5));
    let pauseMs = 0;
    try {
      this.grid = { box, pairs: await this.ask(gridPlaces(box)) };
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      // The view reaches beyond the projection, or the connection is lost, which the tiles tell.
      pauseMs = TRY_AGAIN_AFTER_MS;
    }
    window.setTimeout(() => { this.timer = 0; }, pauseMs);
    if (pauseMs === 0) this.onGrid();
  }
}

/**
 * @param {Box} grid
 * @param {Box} view
 * @returns {boolean}
 */
function isOfScale(grid, view) {
  return grid[2] - grid[0] <= LARGEST * (view[2] - view[0]);
}

/**
 * @param {Box} box
 * @returns {Box} what of it is on the world
 */
function inDegrees([west, south, east, north]) {
  return [Math.max(west, -180), Math.max(south, -85), Math.min(east, 180), Math.min(north, 85)];
}
