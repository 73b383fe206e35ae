/**
 * How far a computed area is from the legal one.
 *
 * @module legal_area
 */

/** A difference to the legal area that deserves a look, as a share of it. */
export const LEGAL_SHARE = 0.01;

/**
 * @param {number | null} areaM2
 * @param {unknown} legalM2
 * @returns {{m2: number, share: number, isBeyond: boolean} | null} null where one of them is not known
 */
export function toLegal(areaM2, legalM2) {
  if (areaM2 === null || typeof legalM2 !== 'number' || legalM2 <= 0) return null;
  const m2 = areaM2 - legalM2;
  return { m2, share: m2 / legalM2, isBeyond: Math.abs(m2 / legalM2) > LEGAL_SHARE };
}
