/**
 * The place that a typed text means, from where it is measured: an exact storage pair, so that what is stored is what was
 * typed. Degrees typed where storage is projected are sent as degrees: the server transforms them.
 *
 * @module typed_position
 */

/** @import {Typed} from './course_text.js' */
/** @import {Graph} from '../graph.js' */
/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {Lock} from '../snapping/lock.js' */
/** @import {Box, LonLat, StoragePair} from '../types.js' */

import { freePosition, placeOfPair, pointPosition, snapped } from '../actions/position.js';
import { ActionRefused } from '../actions/refused.js';
import { componentsOf, courseBetween, pairBeside } from './course.js';
import { parseTyped } from './course_text.js';
import { boxHolds } from '../storage/geodesy.js';
import { keyOf } from '../point_name.js';

/**
 * @typedef {object} Measured from where
 * @property {StoragePair | null} from
 * @property {StoragePair | null} towards where the pointer is
 * @property {Box | null} loaded
 * @property {Lock | null} [lock] what is held already: the other is typed
 */

/**
 * @param {Graph} graph
 * @param {string} text
 * @param {Measured} measured
 * @returns {{position: LinePosition} | {why: string}}
 */
export function positionTyped(graph, text, measured) {
  const typed = parseTyped(text, graph.base.grid.isGeographic);
  if ('why' in typed) return typed;
  try {
    const position = 'lonlat' in typed ? { ...freePosition(typed.lonlat), isNear: true, point: null } : atPair(graph, pairMeant(graph, typed, measured));
    if (measured.loaded && !boxHolds(measured.loaded, position)) {
      return { why: `That place is outside of what is loaded here${/^\d+,\d+$/.test(text.trim()) ? ': two numbers with a comma are a coordinate; the decimal sign is a point' : ''}. Move the map there first.` };
    }
    return { position };
  } catch (error) {
    if (!(error instanceof ActionRefused)) throw error;
    return { why: error.message };
  }
}

/**
 * @param {Graph} graph
 * @param {StoragePair} given
 * @returns {LinePosition} the point that stands there, or the place, on the grid of new points
 */
export function atPair(graph, given) {
  const pair = snapped(graph.base.grid, given);
  const standing = standingAt(graph, pair);
  return standing ?? { ...placeOfPair(graph, pair), token: pair, pair, isNear: true, point: null };
}

/**
 * Where the server has said both.
 * @param {Graph} graph
 * @param {LonLat} lonlat
 * @param {StoragePair} given
 * @returns {LinePosition} the point that stands there, or the place, on the grid of new points
 */
export function positionAt(graph, lonlat, given) {
  const pair = snapped(graph.base.grid, given);
  return standingAt(graph, pair) ?? { ...lonlat, token: pair, pair, isNear: true, point: null };
}

/**
 * @param {Graph} graph
 * @param {StoragePair} pair
 * @returns {LinePosition | null}
 */
function standingAt(graph, pair) {
  const standing = graph.standingAt(keyOf(pair));
  return standing ? { ...pointPosition(standing), pair: standing.pair, isNear: true, point: standing.id } : null;
}

/**
 * @param {Graph} graph
 * @param {Exclude<Typed, {why: string} | {lonlat: unknown}>} typed
 * @param {Measured} measured
 * @returns {StoragePair}
 * @throws {ActionRefused} where nothing tells from where, or which way
 */
function pairMeant({ base: { grid } }, typed, { from, towards, lock = null }) {
  if ('stored' in typed) return typed.stored;
  if (!from) throw new ActionRefused('invalid_operation', 'There is no point yet to measure from: type a coordinate, or click the first point.');
  if ('offset' in typed) return pairBeside(grid, from, typed.offset);
  if ('course' in typed) return pairBeside(grid, from, componentsOf(typed.course));
  const held = { metres: lock?.metres ?? null, degrees: lock?.degrees ?? null, ...('distance' in typed ? { metres: typed.distance } : { degrees: typed.bearing }) };
  if (held.metres !== null && held.degrees !== null) return pairBeside(grid, from, componentsOf({ metres: held.metres, degrees: held.degrees }));
  const pointed = towards ? courseBetween(grid, from, towards) : null;
  if (!pointed || pointed.metres === 0) {
    throw new ActionRefused('invalid_operation', 'distance' in typed ? 'Which way? Point there, or type the bearing too: 28.69 S 51 21 00 W.' : 'How far? Point there, or type the distance too: 28.69 < 231.35.');
  }
  if ('distance' in typed) return pairBeside(grid, from, componentsOf({ metres: typed.distance, degrees: pointed.degrees }));
  const metres = pointed.metres * Math.cos(((pointed.degrees - typed.bearing) * Math.PI) / 180);
  if (metres <= 0) throw new ActionRefused('invalid_operation', 'The pointer is on the other side. Point that way, or type the distance too.');
  return pairBeside(grid, from, componentsOf({ metres, degrees: typed.bearing }));
}
