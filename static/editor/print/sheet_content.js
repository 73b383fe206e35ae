/**
 * What a sheet shows, in millimetres: outlines, numbers, lengths, districts and findings. Pure.
 *
 * @module print/sheet_content
 */

/** @import {Graph} from '../graph.js' */
/** @import {Parcel, StoragePair, StoredFinding} from '../types.js' */
/** @import {Sheet} from './paper.js' */
/** @import {SheetGround} from './sheet_ground.js' */
/** @import {Mm, PlacedText} from './text_places.js' */

import { courseBetween } from '../numbers/course.js';
import { figure } from '../format.js';
import { boxOfCoordinates } from '../storage/geodesy.js';
import { toSheet } from './sheet_ground.js';
import { placeLength, placeNumber, Taken, widthOf } from './text_places.js';

/** @typedef {'none' | 'selected' | 'all'} WhichSides */
/** @typedef {{numbers: boolean, sides: WhichSides, zoning: boolean, findings: boolean}} Drawn */
/** @typedef {{code: string, name: string, parts: StoragePair[][][]}} District */

/**
 * @typedef {object} SheetData
 * @property {Graph} graph parcels that meet the sheet
 * @property {ReadonlySet<string>} selected
 * @property {readonly District[]} districts
 * @property {readonly StoredFinding[]} findings
 * @property {SheetGround} ground
 * @property {number} scale
 * @property {Drawn} drawn
 */

/**
 * @typedef {object} SheetContent
 * @property {{id: string, rings: Mm[][], isSelected: boolean}[]} outlines
 * @property {{code: string, rings: Mm[][]}[]} districts
 * @property {PlacedText[]} codes
 * @property {{rule: string, at: Mm}[]} findings
 * @property {PlacedText[]} numbers
 * @property {PlacedText[]} lengths
 * @property {Mm[]} corners of selected parcels
 * @property {{numbers: number, lengths: number}} omitted for want of room
 */

/** More than this nobody reads on one sheet, and no browser draws it at once. */
export const MOST_PARCELS = 1500;
const NUMBER_MM = [2.5, 2, 1.6];
const CODE_MM = [4, 3];
const LENGTH_MM = 1.7;

/**
 * @param {Sheet} sheet
 * @param {SheetData} data
 * @returns {SheetContent}
 */
export function contentOf(sheet, { graph, selected, districts, findings, ground, scale, drawn }) {
  const at = toSheet(ground, sheet, scale);
  const ringsOf = (/** @type {Parcel} */ parcel) => parcel.parts.flat().map((ring) => ring.map((id) => at(graph.pairOf(graph.point(id)))));
  const outlines = [...graph.parcels()].map((parcel) => ({ id: parcel.id, parcel, rings: ringsOf(parcel), isSelected: selected.has(parcel.id) }))
    .filter(({ rings }) => meets(rings, sheet));
  const taken = new Taken();
  const marks = drawn.findings ? findings.flatMap((finding) => markOf(finding, graph, at, sheet)) : [];
  for (const { at: [x, y] } of marks) taken.take({ x, y, angle: 0, halfWidth: 1.2, halfHeight: 1.2 });
  // Selected first: what somebody asked for has the first choice of room.
  const inOrder = [...outlines].sort((a, b) => Number(b.isSelected) - Number(a.isSelected));
  const wanted = drawn.numbers ? inOrder.map(({ parcel, rings }) => placeNumber(rings, numberOf(parcel), NUMBER_MM, sheet.map, taken)) : [];
  const sides = drawn.sides === 'none' ? [] : sidesOf(inOrder.filter(({ isSelected }) => drawn.sides === 'all' || isSelected), graph, at, sheet);
  const lengths = sides.map(({ from, to, metres }) => placeLength(from, to, figure(metres, 2), LENGTH_MM, taken));
  const zones = drawn.zoning ? districts.map(({ code, parts }) => ({ code, rings: parts.flat().map((ring) => ring.map(at)) })).filter(({ rings }) => rings.length > 0 && meets(rings, sheet)) : [];
  return {
    outlines: outlines.map(({ id, rings, isSelected }) => ({ id, rings, isSelected })),
    districts: zones, codes: zones.flatMap(({ code, rings }) => placeNumber(rings, code, CODE_MM, sheet.map, taken) ?? []),
    findings: marks,
    numbers: wanted.flatMap((one) => one ?? []), lengths: lengths.flatMap((one) => one ?? []),
    corners: distinct(outlines.flatMap(({ rings, isSelected }) => (isSelected ? rings.flat() : [])).filter((corner) => isIn(corner, sheet))),
    omitted: { numbers: wanted.filter((one) => !one).length, lengths: lengths.filter((one) => !one).length },
  };
}

/**
 * @param {Parcel} parcel
 * @returns {string}
 */
export function numberOf({ id, properties }) {
  return typeof properties['number'] === 'string' && properties['number'] !== '' ? properties['number'] : id;
}

/**
 * Every side once, though two parcels have it.
 * @param {readonly {parcel: Parcel}[]} outlines
 * @param {Graph} graph
 * @param {(pair: StoragePair) => Mm} at
 * @param {Sheet} sheet
 * @returns {{from: Mm, to: Mm, metres: number}[]} those whose middle is on the sheet
 */
function sidesOf(outlines, graph, at, sheet) {
  /** @type {Map<string, {from: Mm, to: Mm, metres: number}>} */
  const sides = new Map();
  for (const ring of outlines.flatMap(({ parcel }) => parcel.parts.flat())) {
    ring.forEach((id, index) => {
      const next = ring[(index + 1) % ring.length] ?? id;
      const key = id < next ? `${id}|${next}` : `${next}|${id}`;
      if (sides.has(key)) return;
      const [a, b] = [graph.pairOf(graph.point(id)), graph.pairOf(graph.point(next))];
      const [from, to] = [at(a), at(b)];
      if (isIn([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], sheet)) sides.set(key, { from, to, metres: courseBetween(graph.base.grid, a, b).metres });
    });
  }
  return [...sides.values()];
}

/**
 * @param {StoredFinding} finding
 * @param {Graph} graph
 * @param {(pair: StoragePair) => Mm} at
 * @param {Sheet} sheet
 * @returns {{rule: string, at: Mm}[]} in the middle of its place; none where that is unknown or elsewhere
 */
function markOf({ rule, place, status }, graph, at, sheet) {
  if (!place || status === 'fixed') return [];
  const box = boxOfCoordinates([place.coordinates ?? place.geometries?.map((each) => /** @type {any} */ (each).coordinates)]);
  if (!box) return [];
  const mark = at(graph.pairOf({ lon: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2 }));
  return isIn(mark, sheet) ? [{ rule, at: mark }] : [];
}

/**
 * @param {readonly Mm[][]} rings
 * @param {Sheet} sheet
 * @returns {boolean}
 */
function meets(rings, { map }) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (const [x, y] of ring) {
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  return right >= map.x && left <= map.x + map.width && bottom >= map.y && top <= map.y + map.height;
}

/**
 * @param {Mm} place
 * @param {Sheet} sheet
 * @returns {boolean}
 */
function isIn([x, y], { map }) {
  return x >= map.x && x <= map.x + map.width && y >= map.y && y <= map.y + map.height;
}

/**
 * @param {Mm[]} corners
 * @returns {Mm[]}
 */
function distinct(corners) {
  return [...new Map(corners.map((corner) => [corner.join(), corner])).values()];
}

/**
 * @param {string} words
 * @param {number} size
 * @param {number} width
 * @returns {string} cut with an ellipsis where it does not fit
 */
export function cut(words, size, width) {
  if (widthOf(words, size) <= width) return words;
  return `${words.slice(0, Math.max(0, Math.floor(width / widthOf('x', size)) - 1)).trimEnd()}…`;
}

/**
 * @param {readonly string[]} numbers
 * @param {number} size
 * @param {number} width
 * @returns {string} as many as fit, and how many more there are
 */
export function listed(numbers, size, width) {
  const whole = numbers.join(', ');
  if (widthOf(whole, size) <= width) return whole;
  for (let count = numbers.length - 1; count > 0; count -= 1) {
    const words = `${numbers.slice(0, count).join(', ')} and ${numbers.length - count} more`;
    if (widthOf(words, size) <= width) return words;
  }
  return cut(`${numbers.length} parcels`, size, width);
}
