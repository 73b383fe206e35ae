/**
 * What an edit does: which parcels it changes and by how much, against what was loaded.
 *
 * @module difference
 */

/** @import {Graph} from './graph.js' */
/** @import {Parcel, PointId} from './types.js' */

import { label } from './actions/ring_repair.js';
import { rings, seenVersion } from './base.js';
import { Graph as EditGraph } from './graph.js';

/**
 * @typedef {object} ParcelDifference
 * @property {string} id
 * @property {string} label number, else id
 * @property {'created' | 'geometry' | 'attributes' | 'noded' | 'retired' | 'restored'} change noded: it only received points that lie on its
 *   boundary
 * @property {number | null} beforeM2 as the server gives it; none where it is born
 * @property {number | null} afterM2 that, and the change of the drawn area; none where it is retired
 * @property {number | null} legalM2
 */

/**
 * @param {Graph} graph
 * @param {Iterable<string>} touched parcels that an operation names or moves
 * @returns {ParcelDifference[]} ordered by label; parcels that are as before are left out
 */
export function differences(graph, touched) {
  const before = new EditGraph(graph.base);
  const found = [];
  for (const [id, change] of changes(graph, touched)) {
    const old = before.parcel(id);
    const now = graph.parcel(id);
    const row = old && now ? difference(before, graph, old, now, change) : birthOrEnd(graph, old, now);
    if (row) found.push(row);
  }
  return found.sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }));
}

/**
 * @param {Graph} graph
 * @param {Iterable<string>} touched
 * @returns {Map<string, ParcelDifference['change']>} what happened to each changed parcel, for drawing it
 */
export function changes(graph, touched) {
  const touchedIds = new Set(touched);
  const found = new Map();
  for (const id of graph.changed()) {
    const old = graph.base.parcels.get(id);
    const now = graph.parcel(id);
    const change = old && now ? kindOfChange(graph, old, now, touchedIds) : old ? 'retired' : now ? kindOfBirth(graph, id) : null;
    if (change) found.set(id, change);
  }
  return found;
}

/**
 * @param {Graph} graph
 * @param {string} id
 * @returns {'created' | 'restored'}
 */
function kindOfBirth({ base }, id) {
  return seenVersion(base, id) === undefined ? 'created' : 'restored';
}

/**
 * @param {Graph} graph
 * @param {Parcel | undefined} old
 * @param {Parcel | undefined} now
 * @returns {ParcelDifference | null}
 */
function birthOrEnd(graph, old, now) {
  const parcel = old ?? now;
  if (!parcel) return null;
  const { area_m2: stored, legal_area_m2: legal } = parcel.properties;
  return {
    id: parcel.id, label: label(parcel), change: old ? 'retired' : kindOfBirth(graph, parcel.id),
    beforeM2: old ? (typeof stored === 'number' ? stored : new EditGraph(graph.base).areaM2(old)) : null,
    afterM2: now ? graph.areaM2(now) : null,
    legalM2: now && typeof legal === 'number' ? legal : null,
  };
}

/**
 * @param {Graph} before
 * @param {Graph} graph
 * @param {Parcel} old
 * @param {Parcel} now
 * @param {ParcelDifference['change']} change
 * @returns {ParcelDifference}
 */
function difference(before, graph, old, now, change) {
  const lat = before.envelope(old)[1];
  const drawn = before.areaM2(old, lat);
  const stored = old.properties['area_m2'];
  const beforeM2 = typeof stored === 'number' ? stored : drawn;
  const legal = now.properties['legal_area_m2'];
  return {
    id: now.id,
    label: label(now),
    change,
    beforeM2,
    afterM2: change === 'geometry' ? beforeM2 + (graph.areaM2(now, lat) - drawn) : beforeM2,
    legalM2: typeof legal === 'number' ? legal : null,
  };
}

/**
 * @param {Graph} graph
 * @param {Parcel} old
 * @param {Parcel} now
 * @param {ReadonlySet<string>} touched
 * @returns {ParcelDifference['change'] | null}
 */
function kindOfChange(graph, old, now, touched) {
  const moved = [...graph.overlay.points.keys()].some((id) => graph.base.users.get(id)?.has(old.id) && isMoved(graph, id));
  const redrawn = !sameRings(old, now);
  if (moved || (redrawn && touched.has(now.id))) return 'geometry';
  if (redrawn) return 'noded';
  return JSON.stringify(old.properties) === JSON.stringify(now.properties) ? null : 'attributes';
}

/**
 * @param {Graph} graph
 * @param {PointId} id
 * @returns {boolean} whether a loaded point stands elsewhere now
 */
function isMoved(graph, id) {
  const now = graph.overlay.points.get(id);
  const old = graph.base.points.get(id);
  return now !== undefined && old !== undefined && (now.lon !== old.lon || now.lat !== old.lat);
}

/**
 * @param {Parcel} a
 * @param {Parcel} b
 * @returns {boolean}
 */
function sameRings(a, b) {
  const one = [...rings(a)];
  const other = [...rings(b)];
  return (
    one.length === other.length &&
    one.every((ring, index) => {
      const twin = other[index];
      return ring === twin || (twin !== undefined && ring.length === twin.length && ring.every((id, place) => id === twin[place]));
    })
  );
}
