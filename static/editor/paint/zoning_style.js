/**
 * How a zoning district is drawn, from its code alone: the same code looks the same on every map and every day, whatever
 * lies beside it. Colour says the kind of use, hatching tells the codes of one kind apart, and the code stands in the
 * district: nobody has to tell colours.
 *
 * @module zoning_style
 */

/** @typedef {'rising' | 'falling' | 'dots' | 'level' | 'upright' | 'cross'} Hatch */

/** `hue`: index into the theme's colours of zones. @typedef {{hue: number, hatch: Hatch}} ZoningStyle */

/** @type {readonly Hatch[]} */
export const HATCHES = ['rising', 'falling', 'dots', 'level', 'cross', 'upright'];
export const HUES = 8;
/** What codes begin with in most ordinances: housing, commerce, industry, open space, farming, water, public uses. */
const BEGINNINGS = ['RH', 'CBT', 'IM', 'POGN', 'AL', 'WF', 'EDU'];

/**
 * @param {string} code
 * @returns {ZoningStyle}
 */
export function styleOfZone(code) {
  const [first = '', ...rest] = code.toUpperCase();
  const known = BEGINNINGS.findIndex((letters) => letters.includes(first));
  const hue = first !== '' && known >= 0 ? known : HUES - 1;
  return { hue, hatch: /** @type {Hatch} */ (HATCHES[sumOf(rest) % HATCHES.length]) };
}

/**
 * @param {string[]} characters
 * @returns {number} codes that differ in their last digit only get neighbouring numbers: R1, R2 and R3 never look alike
 */
function sumOf(characters) {
  return characters.reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521, 0);
}
