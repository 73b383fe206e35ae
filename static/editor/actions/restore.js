/**
 * A parcel as it was at a version that is loaded (base.pasts).
 *
 * @module actions/restore
 */

/** @import {Past} from '../base.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Parcel, Restore} from '../types.js' */
/** @import {Outcome} from './apply_operation.js' */

import { pastName } from '../base.js';
import { keyOf } from '../point_name.js';
import { nodedWhole, placed } from './placing.js';
import { ActionRefused } from './refused.js';
import { currentParcel } from './ring_repair.js';
import { UPDATABLE } from './update.js';

/**
 * Geometry and properties of the version, noded with what lies there now. Inverse: restore of the version before; of a retired
 * parcel, retire.
 * @param {Graph} graph
 * @param {Restore} operation
 * @returns {Outcome}
 * @throws {ActionRefused} invalid_operation, collapsed
 */
export function restore(graph, { parcel_id: id, version }) {
  const past = graph.base.pasts.get(pastName(id, version));
  if (!past) throw new ActionRefused('invalid_operation', `Version ${version} of parcel ${id} is not loaded, or there is none.`);
  const now = graph.parcel(id) ?? graph.base.parcels.get(id) ?? ended(id, past) ?? currentParcel(graph, id);
  const ground = past.properties['part_of'];
  if (typeof ground === 'string' && !graph.parcel(ground)) throw new ActionRefused('invalid_operation', `It was part of ${ground}, which is not current: restore ${ground} first.`);
  const { state, parts } = isAsLoaded(graph, id, past) ? { state: graph, parts: now.parts } : placed(graph, past.parts);
  const known = Object.fromEntries(UPDATABLE.filter((name) => name in past.properties || name in now.properties).map((name) => [name, past.properties[name] ?? null]));
  const restored = state.with({ parcels: [{ ...now, level: past.level, parts, properties: { ...now.properties, ...known } }] });
  return { graph: nodedWhole(restored, parts, past.level), touched: [id] };
}

/**
 * @param {string} id
 * @param {Past} past
 * @returns {Parcel | null} the retired parcel without land, where it is one
 */
function ended(id, { ended: version, level }) {
  return version === null ? null : { id, version, level, parts: [], properties: {} };
}

/**
 * @param {Graph} graph
 * @param {string} id
 * @param {Past} past
 * @returns {boolean} whether the parcel, which this edit retired, comes back to the very points that were loaded
 */
function isAsLoaded(graph, id, past) {
  const loaded = graph.parcel(id) ? undefined : graph.base.parcels.get(id);
  if (!loaded) return false;
  const here = loaded.parts.map((part) => part.map((ring) => ring.map((point) => graph.point(point).at)));
  return JSON.stringify(here) === JSON.stringify(past.parts.map((part) => part.map((ring) => ring.map(keyOf))));
}
