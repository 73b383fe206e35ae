/**
 * How much a finding is, with its unit: as the catalogue of rules has it (a test compares the two).
 *
 * @module findings/measure
 */

import { figure } from '../format.js';

/** @type {Readonly<Record<string, 'm²' | 'm' | 'touches' | 'parcels'>>} */
const UNITS = {
  overlap: 'm²', stack: 'm²', sliver: 'm²', gap: 'm²', missing_point: 'm', repeated_point: 'm', spike: 'm', tiny_parcel: 'm²', thin_parcel: 'm',
  self_touch: 'touches', legal_area: 'm²', duplicate_number: 'parcels', far_parts: 'm',
};
const DIGITS = { 'm²': 2, m: 3, touches: 0, parcels: 0 };

/**
 * @param {string} rule
 * @param {number | null | undefined} measure
 * @returns {string} "0.42 m²", "less than 0.001 m"; empty where the rule measures nothing
 */
export function measureText(rule, measure) {
  const unit = UNITS[rule];
  if (!unit || measure === null || measure === undefined) return '';
  const least = 10 ** -DIGITS[unit];
  if (measure !== 0 && Math.abs(measure) < least) return `less than ${least} ${unit}`;
  return `${figure(measure, DIGITS[unit])} ${unit}`;
}
