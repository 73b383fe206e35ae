/**
 * A parcel as a search finds it.
 *
 * @module found_parcel
 */

/** @import {Box} from './types.js' */

import { boxOfCoordinates } from './geodesy.js';

/**
 * @typedef {object} FoundParcel
 * @property {string} parcel_id
 * @property {string} label
 * @property {string} detail
 * @property {Box | null} box
 * @property {boolean} isRetired
 * @property {string} successors what it became, as people call it; empty where it is not retired or became nothing
 */

/**
 * @param {{parcel_id: string, number: string | null}[]} parcels
 * @returns {string[]} what people call them
 */
function labelsOf(parcels) {
  return parcels.map((parcel) => parcel.number ?? parcel.parcel_id);
}

/**
 * @param {any} feature GeoJSON
 * @returns {FoundParcel}
 */
export function foundParcel(feature) {
  const properties = feature.properties ?? {};
  const id = String(properties.parcel_id ?? feature.id);
  const successors = labelsOf(properties.successors ?? []).join(', ');
  const retired = properties.retired_at ? `retired${successors ? `, now ${successors}` : ''}` : '';
  return {
    parcel_id: id,
    label: String(properties.number ?? id),
    detail: [properties.address, id === String(properties.number) ? '' : id, retired].filter(Boolean).join(' · '),
    isRetired: Boolean(properties.retired_at),
    successors,
    box: feature.bbox?.length === 4 ? feature.bbox : boxOfCoordinates([feature.geometry?.coordinates]),
  };
}
