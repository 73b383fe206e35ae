/**
 * The outline of a parcel from a typed traverse or a list of coordinates.
 *
 * @module drawn_text
 */

/** @import {Graph} from '../graph.js' */
/** @import {DrawnText} from '../tools/plan.js' */
/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {NamedPairs} from './named_system.js' */
/** @import {Place} from './traverse.js' */

import { freePosition } from '../actions/position.js';
import { ActionRefused } from '../actions/refused.js';
import { figure } from '../format.js';
import { keyOf } from '../point_name.js';
import { parseNamedLines, questionOf } from './named_system.js';
import { CLOSED_WITHIN_M, parseLines, traverse } from './traverse.js';
import { atPair, positionAt } from './typed_position.js';

/** @typedef {{line: LinePosition[], typed: DrawnText}} TypedLine */

/**
 * @param {Graph} graph
 * @param {Pick<DrawnText, 'text' | 'start' | 'closing' | 'system' | 'named'>} told
 * @returns {TypedLine} what there is of the outline, also where it is not one yet
 */
export function lineTyped(graph, told) {
  const typed = { ...told, misclosure: null, isOpen: false, why: null };
  const named = parseNamedLines(told.text, told.system);
  if (named) return 'why' in named ? { line: [], typed: { ...typed, why: named.why } } : fromNamed(graph, named, typed);
  const lines = parseLines(told.text, graph.base.grid.isGeographic);
  if ('why' in lines) return { line: told.start ? [told.start] : [], typed: { ...typed, why: lines.why } };
  try {
    const places = lines.places.map((place) => positionOf(graph, place));
    if (lines.courses.length === 0) return ring(places, typed);
    const start = places[0] ?? told.start;
    if (!start) return { line: [], typed: { ...typed, why: `Where do the courses begin? Click the point, or give its coordinate as the first line.${bareHint(told.text)}` } };
    const { grid } = graph.base;
    const { pairs, misclosure, isClosed } = traverse(grid, exactPair(graph, start), lines.courses, told.closing);
    const line = [start, ...pairs.slice(1).map((pair) => atPair(graph, pair))];
    const why = line.length < 3 ? 'An outline has three corners or more.' : null;
    return { line, typed: { ...typed, misclosure, isOpen: !isClosed && told.closing === null, why } };
  } catch (error) {
    if (!(error instanceof ActionRefused)) throw error;
    return { line: [], typed: { ...typed, why: error.message } };
  }
}

/**
 * @param {string} text
 * @returns {string} what makes a coordinate of two bare numbers on the first line, which are read as azimuth and distance
 */
function bareHint(text) {
  const first = text.trim().split('\n')[0]?.trim() ?? '';
  return /^-?\d+(\.\d+)?\s+-?\d+(\.\d+)?$/.test(first) ? ` “${first}” is read as an azimuth and a distance; a comma between the two makes it a coordinate.` : '';
}

/**
 * @param {Graph} graph
 * @param {NamedPairs} named
 * @param {DrawnText} typed
 * @returns {TypedLine} of what the server has answered; nothing where it has not yet
 */
function fromNamed(graph, named, typed) {
  if (typed.named?.asked !== questionOf(named)) return { line: [], typed: { ...typed, why: named.pairs.length > 0 ? 'Asking the server where that is…' : `Give coordinates of ${named.system}, line by line.` } };
  if (typed.named.why !== null) return { line: [], typed: { ...typed, why: typed.named.why } };
  return ring(typed.named.positions.map(({ lon, lat, x, y }) => positionAt(graph, { lon, lat }, [x, y])), typed);
}

/**
 * @param {Graph} graph
 * @param {Place} place
 * @returns {LinePosition}
 */
function positionOf(graph, place) {
  if ('stored' in place) return atPair(graph, place.stored);
  const { lon, lat } = place.lonlat;
  return graph.base.grid.isLonLat ? atPair(graph, [lon, lat]) : { ...freePosition(place.lonlat), isNear: true, point: null };
}

/**
 * @param {Graph} graph
 * @param {LinePosition} position
 * @returns {[number, number]}
 */
function exactPair(graph, position) {
  if (position.point) return graph.pairOf(graph.point(position.point));
  return Array.isArray(position.token) ? position.token : graph.pairOf(position);
}

/**
 * @param {LinePosition[]} places
 * @param {DrawnText} typed
 * @returns {TypedLine}
 */
function ring(places, typed) {
  const [first, last] = [places[0], places.at(-1)];
  const isTwice = first && last && places.length > 1 && keyOf(first.token) === keyOf(last.token);
  const line = isTwice ? places.slice(0, -1) : places;
  return { line, typed: { ...typed, why: line.length < 3 ? 'An outline has three corners or more.' : null } };
}

/**
 * @param {DrawnText} typed
 * @returns {string} how it was closed, for the list of steps
 */
export function noteOf({ misclosure, closing, text, system }) {
  if (!misclosure) {
    const named = parseNamedLines(text, system);
    return named && !('why' in named) ? `from coordinates of ${named.system}` : 'from coordinates';
  }
  const missed = misclosure.metres <= CLOSED_WITHIN_M || misclosure.ratio === null ? 'closed' : `misclosure ${figure(misclosure.metres, 3)} m (1 : ${Math.round(misclosure.ratio)})`;
  const how = missed === 'closed' ? '' : { compass: ' adjusted by the compass rule', start: ' left to the last course', side: ' left as a side' }[closing ?? 'side'];
  return `from a traverse, ${missed}${how}`;
}
