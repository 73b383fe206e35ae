/**
 * The sheet as SVG, one unit a millimetre: what is printed is what is seen.
 *
 * @module print/draw_sheet
 */

/** @import {Sheet} from './paper.js' */
/** @import {SheetContent} from './sheet_content.js' */
/** @import {SheetGround} from './sheet_ground.js' */
/** @import {PlacedText} from './text_places.js' */
/** @import {Block} from './title_block.js' */

import { styleOfZone } from '../paint/zoning_style.js';
import { gridLines } from './grid_lines.js';
import { drawTitleBlock } from './title_block.js';
import { mm, pathOf, s, text } from './svg.js';

const CROSS_MM = 2;
const TICK_MM = 2;
const GRID_TEXT_MM = 1.9;
const MARK_MM = 1.1;

/**
 * @param {Sheet} sheet
 * @param {SheetContent} content
 * @param {Block & {ground: SheetGround, scale: number, isGeographic: boolean}} block
 * @returns {SVGElement}
 */
export function drawSheet(sheet, content, block) {
  const { map } = sheet;
  return s('svg', { class: 'sheet', width: `${sheet.width}mm`, height: `${sheet.height}mm`, viewBox: `0 0 ${sheet.width} ${sheet.height}`, role: 'img', 'aria-label': `Sheet: ${block.title}` },
    s('defs', {}, s('clipPath', { id: 'sheet-window' }, s('rect', { ...map }))),
    s('rect', { class: 'paper', x: 0, y: 0, width: sheet.width, height: sheet.height }),
    s('g', { class: 'ground', 'clip-path': 'url(#sheet-window)' },
      ...content.districts.map(({ code, rings }) => s('path', { class: `zone zone-${styleOfZone(code).hue + 1}`, d: pathOf(rings) })),
      ...content.outlines.filter(({ isSelected }) => isSelected).map(({ rings }) => s('path', { class: 'chosen-ground', d: pathOf(rings) })),
      ...content.outlines.map(({ id, rings }) => s('path', { class: 'outline', 'data-parcel': id, d: pathOf(rings) })),
      ...content.districts.map(({ rings }) => s('path', { class: 'zone-limit', d: pathOf(rings) })),
      ...content.outlines.filter(({ isSelected }) => isSelected).map(({ rings }) => s('path', { class: 'outline chosen', d: pathOf(rings) })),
      ...content.corners.map(([cx, cy]) => s('circle', { class: 'corner', cx, cy, r: 0.45 })),
      ...content.findings.map(({ rule, at: [x, y] }) => s('path', { class: `finding finding-${rule}`, d: `M${mm(x)} ${mm(y - MARK_MM)}L${mm(x + MARK_MM)} ${mm(y)}L${mm(x)} ${mm(y + MARK_MM)}L${mm(x - MARK_MM)} ${mm(y)}Z` })),
      ...texts(content.codes, 'code'), ...texts(content.numbers, 'number'), ...texts(content.lengths, 'length')),
    drawGrid(sheet, block),
    drawTitleBlock(sheet.title, block));
}

/**
 * @param {readonly PlacedText[]} placed
 * @param {string} name
 * @returns {SVGElement[]}
 */
function texts(placed, name) {
  return placed.map(({ x, y, angle, text: words, size }) => text(x, y, words, { size, class: name, anchor: 'middle', turn: angle }));
}

/**
 * Ticks along the sides with their coordinates, and crosses where the lines would meet: lines would hide boundaries.
 * @param {Sheet} sheet
 * @param {{ground: SheetGround, scale: number, isGeographic: boolean}} block
 * @returns {SVGElement}
 */
function drawGrid({ map }, { ground: { origin, unit }, scale, isGeographic }) {
  const { east, north } = gridLines(origin, { x: (unit.x * 1000) / scale, y: (unit.y * 1000) / scale }, map, isGeographic);
  const [right, bottom] = [map.x + map.width, map.y + map.height];
  const crosses = east.flatMap(({ at: x }) => north.map(({ at: y }) => `M${mm(x - CROSS_MM)} ${mm(y)}H${mm(x + CROSS_MM)}M${mm(x)} ${mm(y - CROSS_MM)}V${mm(y + CROSS_MM)}`));
  const ticks = [
    ...east.map(({ at }) => `M${mm(at)} ${mm(map.y)}v${-TICK_MM}M${mm(at)} ${mm(bottom)}v${TICK_MM}`),
    ...north.map(({ at }) => `M${mm(map.x)} ${mm(at)}h${-TICK_MM}M${mm(right)} ${mm(at)}h${TICK_MM}`),
  ];
  const away = TICK_MM + 1.4;
  return s('g', { class: 'grid' },
    s('path', { class: 'crosses', d: crosses.join('') }),
    s('path', { class: 'ticks', d: ticks.join('') }),
    s('rect', { class: 'neatline', ...map }),
    ...east.flatMap(({ at, text: words }) => [map.y - away].map((y) => text(at, y, words, { size: GRID_TEXT_MM, class: 'coordinate', anchor: 'middle' }))),
    ...north.flatMap(({ at, text: words }) => [map.x - away, right + away].map((x) => text(x, at, words, { size: GRID_TEXT_MM, class: 'coordinate', anchor: 'middle', turn: -Math.PI / 2 }))));
}
