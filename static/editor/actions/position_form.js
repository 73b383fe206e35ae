/**
 * The form of positions and of rings of them, as the server reads it.
 *
 * @module actions/position_form
 */

const FORM = 'rings takes the rings of one part, the exterior one first, or a list of such parts; a ring lists positions.';
/** Lists within lists, down to a number; a lon/lat object counts as its pair. */
const [RING, PART, PARTS] = [2, 3, 4];

/**
 * @param {string} where
 * @param {unknown} value
 * @returns {string | null} what is wrong with a position; null where nothing is
 */
export function positionFault(where, value) {
  const areNumbers = (/** @type {unknown[]} */ numbers) => numbers.every((number) => typeof number === 'number' && Number.isFinite(number));
  if (Array.isArray(value)) return value.length === 2 && areNumbers(value) ? null : `${where}: a point takes two numbers, [x, y].`;
  if (typeof value !== 'object' || value === null) return `${where}: a position is [x, y] in storage coordinates or lon and lat.`;
  const { lon, lat, ...others } = /** @type {Record<string, unknown>} */ (value);
  if (!areNumbers([lon, lat]) || Object.keys(others).length > 0) return `${where}: a position in degrees takes exactly lon and lat.`;
  return Math.abs(Number(lon)) <= 180 && Math.abs(Number(lat)) <= 90 ? null : `${where}: lon is between -180 and 180, lat between -90 and 90.`;
}

/**
 * @param {unknown} value
 * @returns {string | null} what is wrong with the rings of one part, or a list of parts
 */
export function partsFault(value) {
  if (!Array.isArray(value)) return geometryFault(value);
  const levels = levelsOf(value);
  if ((levels === 1 || levels === RING) && value.length > 0) return `This is not polygonal, but ${levels === 1 ? 'a position' : 'a list of positions'}; ${FORM}`;
  if (levels !== PART && levels !== PARTS) return FORM;
  const parts = levels === PART ? [value] : value;
  for (const [index, part] of parts.entries()) {
    const fault = partFault(part, levels === PART ? 'rings' : `rings[${index}]`);
    if (fault !== null) return fault;
  }
  return null;
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function geometryFault(value) {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : null;
  if (typeof type !== 'string') return FORM;
  return type.endsWith('Polygon') ? `A GeoJSON geometry is not taken, for its positions do not say whether they are lon/lat. ${FORM}` : `A ${type.slice(0, 40)} is not polygonal. ${FORM}`;
}

/**
 * @param {unknown} value
 * @returns {number}
 */
function levelsOf(value) {
  if (Array.isArray(value)) return 1 + (value.length > 0 ? levelsOf(value[0]) : 0);
  return typeof value === 'object' && value !== null ? 1 : 0;
}

/**
 * @param {unknown} part
 * @param {string} where
 * @returns {string | null}
 */
function partFault(part, where) {
  if (!Array.isArray(part) || part.length === 0) return `${where} lists the rings of a part, at least one.`;
  for (const [index, ring] of part.entries()) {
    if (!Array.isArray(ring) || ring.length === 0) return `${where}[${index}] is a ring: it lists at least three positions.`;
    for (const [place, position] of ring.entries()) {
      const fault = positionFault(`${where}[${index}][${place}]`, position);
      if (fault !== null) return fault;
    }
  }
  return null;
}
