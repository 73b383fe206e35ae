/**
 * Where something is that the rules found in storage coordinates: in degrees, for the map.
 *
 * @module rules/degrees
 */

/** @import {Graph} from '../graph.js' */
/** @import {Refusal, StoragePair} from '../types.js' */

import { lonLatOf } from '../storage/storage_fit.js';

/**
 * @param {Graph} graph
 * @param {StoragePair} pair
 * @returns {[number, number] | null} degrees; null on a map where nothing tells yet where storage coordinates lie
 */
export function lonLatAt({ base }, pair) {
  if (base.grid.isLonLat) return pair;
  const place = lonLatOf(base, pair);
  return place && [place.lon, place.lat];
}

/**
 * @param {Graph} graph
 * @param {StoragePair[][]} rings
 * @returns {Refusal['place']}
 */
export function placeOf(graph, rings) {
  const coordinates = rings.map((ring) => [[...ring, ...ring.slice(0, 1)].flatMap((pair) => [lonLatAt(graph, pair)].filter((place) => place !== null))]);
  if (!coordinates[0]?.[0]?.length) return null;
  return { type: 'MultiPolygon', coordinates };
}
