/**
 * What the server tells of a parcel beside its shape: its properties, versions and lineage, and what an edit would do to
 * findings. Only type definitions: this file has no code.
 *
 * @module past
 */

/** @import {Refusal} from '../types.js' */

/** A record as an edit cites it. @typedef {{id: number, type: string, number: string | null}} CitedRecord */

/** @typedef {{code: string, name: string, share: number}} ZoningShare a share of the parcel's area, 0 to 1 */

/**
 * @typedef {object} ParcelProperties of GET /api/parcels/{id}, as far as the panel needs them
 * @property {string} parcel_id
 * @property {string | null} number
 * @property {string} level
 * @property {string | null} part_of
 * @property {number | null} legal_area_m2
 * @property {string | null} legal_area_text
 * @property {Record<string, unknown>} attributes
 * @property {number} version
 * @property {number} area_m2
 * @property {number} perimeter_m
 * @property {'ellipsoidal' | 'grid'} area_method
 * @property {ZoningShare[]} zoning
 * @property {string} begin_lifespan_version
 */

/**
 * @typedef {object} Version one of GET /api/parcels/{id}/versions
 * @property {number} version
 * @property {'created' | 'geometry' | 'noded' | 'attributes' | 'retired' | 'restored'} change
 * @property {string} begun_at
 * @property {string | null} ended_at
 * @property {number} edit_id
 * @property {string | null} number
 * @property {number} area_m2
 * @property {string} author email; empty where no account made it
 * @property {string | null} approved_by email of the second person; null where it needed none
 * @property {string | null} comment
 * @property {CitedRecord | null} record
 */

/** @typedef {{parcel_id: string, number: string | null, version: number, is_current: boolean, retired_at: string | null}} Kin */

/**
 * @typedef {object} LineageStep
 * @property {string} parent
 * @property {number} parent_version
 * @property {string} child
 * @property {number} child_version
 * @property {string} kind split, merge, replace, transfer, correct
 * @property {number} edit_id
 * @property {string} at
 * @property {string | null} comment
 */

/** @typedef {{parcel_id: string, nodes: Kin[], steps: LineageStep[], truncated: boolean}} Lineage */

/**
 * What an edit would do to findings: `found` would be opened or kept up to date, `gone` closed.
 * @typedef {{found: Pick<Refusal, 'rule' | 'parcels' | 'place' | 'measure'>[], gone: {rule: string, parcels: string[]}[]}} Foreseen
 */

export {};
