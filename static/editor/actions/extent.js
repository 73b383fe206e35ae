/**
 * Where a deployment ends, and how large one parcel may be; as cadastre/admissibility.py.
 *
 * @module actions/extent
 */

/** @import {Grid} from '../base.js' */
/** @import {StoragePair} from '../types.js' */

import { ActionRefused } from './refused.js';

/** Cells of 100 m by 100 m that one change may take. */
const MOST_CELLS = 250_000;
const [CELL_M, CELL_DEG] = [100, 0.001];

/**
 * @param {Grid} grid
 * @param {StoragePair} pair of a position that is given
 * @throws {ActionRefused} where nothing can be stored there
 */
export function refuseBeyond({ extent }, [x, y]) {
  const isWithin = !extent || (x >= extent[0] && y >= extent[1] && x <= extent[2] && y <= extent[3]);
  if (!isWithin) throw new ActionRefused('invalid_operation', `${x}, ${y} lies outside the extent of this database.`);
}

/**
 * @param {Grid} grid
 * @param {readonly [number, number, number, number]} box of a parcel, in storage units
 * @throws {ActionRefused}
 */
export function refuseTooLarge({ isGeographic, metresPerUnit }, [west, south, east, north]) {
  const cell = isGeographic ? CELL_DEG : CELL_M / metresPerUnit;
  if ((east - west + 2 * cell) * (north - south + 2 * cell) <= MOST_CELLS * cell ** 2) return;
  throw new ActionRefused('invalid_operation', 'Its envelope is larger than about 2,500 km², the most that one parcel may cover.');
}
