/**
 * What the pieces of a split parcel take over from it: stated areas, texts, further attributes. The same policies as
 * cadastre/operations/apportionment.py, where they are told in full.
 *
 * @module actions/apportionment
 */

/** @import {Properties, SplitAttributes} from '../types.js' */

/**
 * @param {Properties} whole
 * @param {number[]} areasM2 of the pieces
 * @param {number | null} continuing index of the piece that continues
 * @param {number} main that, or the largest
 * @param {SplitAttributes} policy
 * @returns {Properties[]} of each piece, before the policy's own `pieces` are applied
 */
export function apportioned(whole, areasM2, continuing, main, { legal_area: legal = 'clear', text = 'copy' }) {
  const none = { legal_area_m2: null, legal_area_text: null };
  const stated = whole['legal_area_m2'];
  const shares = legal === 'divide' && typeof stated === 'number' ? divided(stated, areasM2) : null;
  return areasM2.map((_, index) => {
    const areas = shares ? { ...none, legal_area_m2: shares[index] } : legal === 'keep' && index === continuing ? {} : none;
    const texts = text === 'continuing' && index !== main ? { land_use: null, address: null, attributes: {} } : {};
    /** @type {Properties} */
    const piece = { ...whole, ...areas, ...texts };
    if (index === continuing) return piece;
    delete piece['area_m2'];
    return { ...piece, number: null };
  });
}

/**
 * A stated value divided in proportion, in units of its last decimal (at most whole ones), by largest remainder; where a
 * share would be nothing, in tenths of that, and so on.
 * @param {number} stated
 * @param {number[]} weights
 * @returns {number[]} their sum is exactly what was stated
 */
export function divided(stated, weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let decimals = /\.(\d+)$/.exec(String(stated))?.[1]?.length ?? 0; ; decimals += 1) {
    const units = Math.round(stated * 10 ** decimals);
    const exact = weights.map((weight) => (units * weight) / total);
    const shares = exact.map(Math.floor);
    const order = [...weights.keys()].sort((a, b) => (shares[a] ?? 0) - (exact[a] ?? 0) - ((shares[b] ?? 0) - (exact[b] ?? 0)) || a - b);
    const left = units - shares.reduce((sum, share) => sum + share, 0);
    for (const index of order.slice(0, left)) shares[index] = (shares[index] ?? 0) + 1;
    if (shares.every((share) => share > 0)) return shares.map((share) => Number(`${share}e-${decimals}`));
  }
}
