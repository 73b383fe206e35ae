/**
 * A parcel as the server describes it, as the map page calls it. Pure.
 *
 * @module found_parcel
 */

/** @import {Box} from './types.js' */

import { boxOfCoordinates } from './storage/geodesy.js';

/**
 * @typedef {object} FoundParcel
 * @property {string} parcel_id
 * @property {string} label
 * @property {string} detail
 * @property {Box | null} box
 * @property {number} version
 * @property {boolean} isRetired
 * @property {string} retiredAt empty where it is not
 * @property {string} successors what it became, as people call it; empty where it is not retired or became nothing
 * @property {{parcel_id: string, label: string}[]} heirs the same, one by one
 */

/**
 * @param {{parcel_id: string, number: string | null}[]} parcels
 * @returns {{parcel_id: string, label: string}[]} with what people call them
 */
function labelled(parcels) {
  return parcels.map(({ parcel_id, number }) => ({ parcel_id, label: number ?? parcel_id }));
}

/**
 * @param {any} feature GeoJSON
 * @returns {FoundParcel}
 */
export function foundParcel(feature) {
  const properties = feature.properties ?? {};
  const id = String(properties.parcel_id ?? feature.id);
  const heirs = labelled(properties.successors ?? []);
  const successors = heirs.map(({ label }) => label).join(', ');
  const retired = properties.retired_at ? `retired${successors ? `, now ${successors}` : ''}` : '';
  return {
    parcel_id: id,
    label: String(properties.number ?? id),
    detail: [properties.address, id === String(properties.number) ? '' : id, retired].filter(Boolean).join(' · '),
    version: Number(properties.version),
    isRetired: Boolean(properties.retired_at),
    retiredAt: properties.retired_at ?? '',
    successors,
    heirs,
    box: feature.bbox?.length === 4 ? feature.bbox : boxOfCoordinates([feature.geometry?.coordinates]),
  };
}
