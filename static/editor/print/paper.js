/**
 * Paper and what stands where on it, in millimetres. Pure.
 *
 * @module print/paper
 */

/** @typedef {'A4' | 'A3' | 'Letter' | 'Tabloid'} PaperName */

/** Left, top, width, height. @typedef {{x: number, y: number, width: number, height: number}} Area */

/** `map` is the window that the ground is drawn in, `title` the block below it. @typedef {{width: number, height: number, map: Area, title: Area}} Sheet */

/** Width and height upright. @type {Record<PaperName, [number, number]>} */
export const PAPERS = { A4: [210, 297], A3: [297, 420], Letter: [215.9, 279.4], Tabloid: [279.4, 431.8] };
/** N of 1 : N. */
export const SCALES = [100, 200, 250, 500, 1000, 1250, 2000, 2500, 5000, 10_000];
/** What every printer leaves white is less; the coordinates of the grid stand in it too. */
const MARGIN_MM = 12;
const TITLE_MM = 36;
const GAP_MM = 3;
/** Air around what is to be on the sheet. */
const AIR = 1.08;

/**
 * @param {PaperName} paper
 * @param {boolean} isLandscape
 * @returns {Sheet}
 */
export function sheetOf(paper, isLandscape) {
  const [short, long] = PAPERS[paper];
  const [width, height] = isLandscape ? [long, short] : [short, long];
  const inner = width - 2 * MARGIN_MM;
  const mapHeight = height - 2 * MARGIN_MM - GAP_MM - TITLE_MM;
  return {
    width, height,
    map: { x: MARGIN_MM, y: MARGIN_MM, width: inner, height: mapHeight },
    title: { x: MARGIN_MM, y: height - MARGIN_MM - TITLE_MM, width: inner, height: TITLE_MM },
  };
}

/**
 * @param {Sheet} sheet
 * @param {{width: number, height: number}} metres of the ground
 * @returns {number | null} N of the largest of our scales at which that is on the sheet whole; null where it is at none
 */
export function scaleFitting({ map }, { width, height }) {
  return SCALES.find((scale) => width * AIR <= (map.width * scale) / 1000 && height * AIR <= (map.height * scale) / 1000) ?? null;
}

/**
 * @param {Sheet} sheet
 * @param {{width: number, height: number}} metres in view
 * @returns {number} N of the smallest of our scales whose frame is in view whole, so that it can be seen and moved
 */
export function scaleInView({ map }, { width, height }) {
  const inView = SCALES.filter((scale) => (map.width * scale) / 1000 <= width && (map.height * scale) / 1000 <= height);
  return inView.at(-1) ?? /** @type {number} */ (SCALES[0]);
}

/**
 * @param {number} scale N
 * @returns {string} "1 : 1 000"
 */
export function scaleName(scale) {
  return `1 : ${String(scale).replace(/\B(?=(\d{3})+$)/g, '\u202f')}`;
}
