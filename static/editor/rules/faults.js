/**
 * Parcels whose shape would be none.
 *
 * @module rules/faults
 */

/** @import {Graph} from '../graph.js' */
/** @import {Box, Parcel, PointId, Refusal, StoragePair} from '../types.js' */
/** @import {PartPlaces} from './validity.js' */

import { label } from '../actions/ring_repair.js';
import { withinOf } from '../land/noding.js';
import { nearestOnSegment } from '../storage/geodesy.js';
import { frameAt } from '../storage/storage_frame.js';
import { placesAbout } from './about.js';
import { lonLatAt } from './degrees.js';
import { placesOf, sizeOf, storageBox } from './shapes.js';
import { faultAbout, faultOf } from './validity.js';

/** A shape of more points takes a fifth of a second: of it only what lies about the change is looked at. */
const MOST_VALIDATED = 5000;

/**
 * @param {Graph} graph
 * @param {Parcel | undefined} parcel
 * @param {Box} region around every side of it that has changed
 * @param {number} wholeUpTo points
 * @returns {Refusal[]} why it would be no shape
 */
export function faultsOf(graph, parcel, region, wholeUpTo) {
  if (!parcel) return [];
  const small = parcel.parts.flat().find((ring) => ring.length < 3);
  if (small) return [refusal(graph, 'collapsed', parcel, `${label(parcel)} is left with a ring of fewer than three points.`, graph.pairOf(graph.point(small[0] ?? '')))];
  const fault = sizeOf(parcel) > Math.min(wholeUpTo, MOST_VALIDATED) ? faultAbout(placesAbout(graph, parcel, region), storageBox(graph, region)) : wholeFault(graph, parcel);
  return fault ? [refusal(graph, 'invalid_geometry', parcel, `${label(parcel)} would be invalid: ${fault.reason.toLowerCase()}.`, fault.at)] : [];
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {import('./validity.js').Fault | null}
 */
function wholeFault(graph, parcel) {
  const places = placesOf(graph, parcel);
  return faultOf(places) ?? nearFault(graph, parcel, places);
}

/**
 * @param {Graph} graph
 * @param {string} rule
 * @param {Parcel} parcel
 * @param {string} message
 * @param {StoragePair} at
 * @returns {Refusal}
 */
function refusal(graph, rule, { id }, message, at) {
  const place = lonLatAt(graph, at);
  return { rule, parcels: [id], message, measure: null, place: place && { type: 'Point', coordinates: place } };
}

/**
 * A point that was moved or made here, dropped onto a side of its own ring: noding would put it there, so it touches it.
 * Next to the point's own sides it is but a sharp corner.
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {PartPlaces[]} parts its places
 * @returns {import('./validity.js').Fault | null}
 */
function nearFault(graph, parcel, parts) {
  const withinM = withinOf(graph);
  const places = parts.flat();
  for (const [which, ring] of parcel.parts.flat().entries()) {
    const here = places[which] ?? [];
    for (const [index, id] of ring.entries()) {
      if (!isElsewhere(graph, id)) continue;
      const at = /** @type {StoragePair} */ (here[index]);
      const local = frameAt(graph.base.grid, at);
      const beside = [ring[(index + 1) % ring.length], ring[(index + ring.length - 1) % ring.length]];
      for (const [place, a] of ring.entries()) {
        const b = /** @type {PointId} */ (ring[(place + 1) % ring.length]);
        if (a === id || b === id || beside.includes(a) || beside.includes(b)) continue;
        const [p, q] = [local(/** @type {StoragePair} */ (here[place])), local(/** @type {StoragePair} */ (here[(place + 1) % ring.length]))];
        if (Math.hypot(...p) > withinM && Math.hypot(...q) > withinM && nearestOnSegment(0, 0, ...p, ...q).distance <= withinM) return { reason: 'Ring Self-intersection', at };
      }
    }
  }
  return null;
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {boolean} whether the point is new, or stands elsewhere than it was loaded
 */
function isElsewhere(graph, id) {
  const [now, old] = [graph.overlay.points.get(id), graph.base.points.get(id)];
  return now !== undefined && (old === undefined || old.lon !== now.lon || old.lat !== now.lat);
}
