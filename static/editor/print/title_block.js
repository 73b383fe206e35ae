/**
 * The block below the map: what the sheet is, its scale and its north.
 *
 * @module print/title_block
 */

/** @import {Area} from './paper.js' */
/** @import {SheetGround} from './sheet_ground.js' */

import { figure } from '../format.js';
import { scaleBar } from './grid_lines.js';
import { scaleName } from './paper.js';
import { cut, listed } from './sheet_content.js';
import { mm, s, text } from './svg.js';

/**
 * @typedef {object} Block
 * @property {string} title
 * @property {string[]} parcels numbers of those selected; none for a sheet of what lies there
 * @property {number} count of parcels on the sheet
 * @property {string} system name of the storage CRS, with its code
 * @property {string} author
 * @property {string} date
 * @property {string | null} moment that the sheet shows, where that is not now
 * @property {string[]} notes
 */

/** @typedef {Block & {ground: SheetGround, scale: number, isGeographic: boolean}} TitleBlock */

const TITLE_MM = 4.4;
const TEXT_MM = 2.2;
const SMALL_MM = 1.8;
const PAD_MM = 3;
const NORTH_MM = 30;
const DISCLAIMER = 'Drawn from the parcel database. This is no survey: it does not show where boundaries are on the ground.';

/**
 * @param {Area} area
 * @param {TitleBlock} block
 * @returns {SVGElement}
 */
export function drawTitleBlock(area, block) {
  const left = area.x + PAD_MM;
  const rest = area.width - NORTH_MM;
  const middle = area.x + rest * 0.52;
  const width = middle - left - PAD_MM;
  const second = area.x + rest - middle - PAD_MM;
  const lines = [
    block.parcels.length > 0 ? listed(block.parcels.map((number, index) => (index === 0 ? `Parcel${block.parcels.length > 1 ? 's' : ''} ${number}` : number)), TEXT_MM, width) : `${figure(block.count, 0)} parcels`,
    ...(block.moment ? [cut(block.moment, TEXT_MM, width)] : []),
    cut(`${block.date} · ${block.author}`, TEXT_MM, width),
  ];
  return s('g', { class: 'title-block' },
    s('rect', { class: 'neatline', ...area }),
    text(left, area.y + 6, cut(block.title, TITLE_MM, width), { size: TITLE_MM, class: 'title' }),
    ...lines.map((line, index) => text(left, area.y + 12 + index * 3.8, line, { size: TEXT_MM })),
    ...block.notes.map((line, index) => text(left, area.y + 26 + (index - block.notes.length + 1) * 2.8, cut(line, SMALL_MM, width), { size: SMALL_MM, class: 'small' })),
    text(middle, area.y + 6, `Scale ${scaleName(block.scale)}`, { size: 3.2, class: 'title' }),
    text(middle, area.y + 10.4, cut(scaleWords(block.scale), SMALL_MM, second), { size: SMALL_MM, class: 'small' }),
    drawScaleBar(middle, area.y + 13.4, block.scale),
    ...systemLines(block).map((line, index) => text(middle, area.y + 23 + index * 2.9, cut(line, SMALL_MM, second), { size: SMALL_MM, class: 'small' })),
    drawNorth(area.x + area.width - NORTH_MM / 2, area.y + 3, block),
    text(left, area.y + area.height - 3, cut(DISCLAIMER, SMALL_MM, area.width - 2 * PAD_MM), { size: SMALL_MM, class: 'small' }));
}

/**
 * @param {number} scale
 * @returns {string}
 */
export function scaleWords(scale) {
  const metres = scale / 100;
  return `1 cm on paper is ${figure(metres, Number.isInteger(metres) ? 0 : 1)} m. True only when printed at 100 %.`;
}

/**
 * @param {TitleBlock} block
 * @returns {string[]}
 */
function systemLines({ system, isGeographic, ground }) {
  if (isGeographic) return [system, 'Drawn in a plane that touches the ellipsoid in its middle.'];
  return [system, `Lengths on the grid: 1 m on the ellipsoid is ${ground.factor.toFixed(6)} m here.`];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 * @returns {SVGElement}
 */
function drawScaleBar(x, y, scale) {
  const { metres, parts } = scaleBar(scale);
  const part = (metres * 1000) / scale / parts;
  const marks = [0, metres / 2, metres];
  return s('g', { class: 'scale-bar', 'data-metres': String(metres) },
    ...Array.from({ length: parts }, (_, index) => s('rect', { class: index % 2 === 0 ? 'bar-dark' : 'bar-light', x: x + index * part, y, width: part, height: 1.6 })),
    s('path', { class: 'bar-line', d: `M${mm(x)} ${mm(y)}H${mm(x + parts * part)}` }),
    ...marks.map((value) => text(x + (value * 1000) / scale, y + 3.6, value === metres ? `${figure(value, Number.isInteger(value) ? 0 : 1)} m` : figure(value, Number.isInteger(value) ? 0 : 1), { size: SMALL_MM, class: 'small', anchor: value === 0 ? 'start' : 'middle' })));
}

/**
 * @param {number} x
 * @param {number} y
 * @param {TitleBlock} block
 * @returns {SVGElement}
 */
function drawNorth(x, y, { ground, isGeographic }) {
  const tip = y + 4;
  const foot = tip + 13;
  const degrees = (ground.trueNorth * 180) / Math.PI;
  const lines = isGeographic ? ['True north'] : ['Grid north', northWords(degrees)];
  return s('g', { class: 'north' },
    text(x, y + 1.2, 'N', { size: 3.4, class: 'title', anchor: 'middle' }),
    s('path', { class: 'north-dark', d: `M${mm(x)} ${mm(tip)}L${mm(x + 3.2)} ${mm(foot)}L${mm(x)} ${mm(foot - 2.6)}Z` }),
    s('path', { class: 'north-light', d: `M${mm(x)} ${mm(tip)}L${mm(x - 3.2)} ${mm(foot)}L${mm(x)} ${mm(foot - 2.6)}Z` }),
    ...lines.map((line, index) => text(x, foot + 3.2 + index * 2.8, line, { size: SMALL_MM, class: 'small', anchor: 'middle' })));
}

/**
 * @param {number} degrees of true north, clockwise from grid north
 * @returns {string} the meridian convergence in words that cannot be taken for the opposite
 */
export function northWords(degrees) {
  if (Math.abs(degrees) < 0.005) return 'also true north';
  return `true: ${Math.abs(degrees).toFixed(2)}° ${degrees < 0 ? 'west' : 'east'} of it`;
}
