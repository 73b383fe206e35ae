/**
 * Places of a line that is clicked on the map.
 *
 * @module tools/line_position
 */

/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {Pointed} from '../map_view.js' */
/** @import {Bench} from './tool.js' */
/** @import {Parcel} from '../types.js' */

import { NO_ANCHORS } from '../snapping/snap.js';
import { anchorsAt } from './sight.js';

/**
 * @param {Pick<Bench, 'session' | 'snapper'>} bench
 * @param {Pick<Pointed, 'pixel' | 'event'>} pointed
 * @param {readonly LinePosition[]} line so far: its last point is measured from
 * @param {readonly Parcel[] | null} [parcels] it snaps only to these; null for all
 * @returns {LinePosition}
 */
export function linePosition({ session, snapper }, { pixel, event }, line, parcels = null) {
  const from = line.at(-1) ?? null;
  return snapper.at(pixel, event.altKey, { parcels, from, anchors: from ? anchorsAt(session.graph, from) : NO_ANCHORS });
}
