/**
 * Taking a boundary over while a line is drawn: from a point of it to another, with all points between, to the bit.
 *
 * @module tools/tracing
 */

/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {Session} from '../session.js' */

import { pointPosition } from '../actions/position.js';
import { pathsBetween } from '../land/tracing.js';

/**
 * @param {Session} session
 * @param {readonly LinePosition[]} line so far
 * @param {LinePosition} position where it goes on to
 * @param {number} turn which of the ways, counted on at each press of the key
 * @returns {LinePosition[]} the points between and the position; the position alone where nothing is traced
 */
export function tracedTo({ graph, state }, line, position, turn) {
  const from = line.at(-1)?.point;
  if (!state.isTracing || !from || !position.point) return [position];
  const paths = pathsBetween(graph, from, position.point);
  const between = (paths[turn % Math.max(1, paths.length)] ?? []).slice(1, -1).map((id) => {
    const point = graph.point(id);
    return { ...pointPosition(point), pair: point.pair, isNear: true, point: id };
  });
  return [...between, { ...position, traced: between.length }];
}

/**
 * @param {readonly LinePosition[]} line
 * @returns {LinePosition[]} without the last place that was clicked, and what came with it
 */
export function withoutLast(line) {
  return line.slice(0, line.length - 1 - (line.at(-1)?.traced ?? 0));
}

/**
 * @param {Session} session
 * @param {readonly LinePosition[]} line
 * @returns {string} for the hint of a tool that traces
 */
export function tracingText({ state }, line) {
  if (!state.isTracing) return line.at(-1)?.point ? ' · F follows the boundary' : '';
  return line.at(-1)?.point ? ' · following the boundary: U goes the other way round, F stops' : ' · following begins at a point of a boundary';
}
