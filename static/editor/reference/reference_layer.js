/**
 * A reference layer as the editor has it: points that may be snapped to, and lines between them. Pure.
 *
 * @module reference_layer
 */

/** @import {ExactPlace} from '../snapping/snap_index.js' */
/** @import {Point, StoragePair} from '../types.js' */
/** @import {ReferenceContent} from './reference_api.js' */

import { keyOf } from '../point_name.js';

/** A line is closed where its last point is its first. @typedef {{name: string | null, kind: 'point' | 'line' | 'area', parts: Point[][]}} ReferenceFeature */

/**
 * @typedef {object} ReferenceLayer
 * @property {number} id
 * @property {string} name of the file
 * @property {boolean} isShown
 * @property {number | null} draftId the draft that it goes with; null until there is one
 * @property {boolean} isKept stays with its owner, whatever becomes of drafts
 * @property {readonly Point[]} points each with the exact storage pair as its name
 * @property {readonly ReferenceFeature[]} features
 */

/** Before a point's identity: it is no point of the graph, though it may stand where one does. */
const PREFIX = 'reference ';

/**
 * @param {ReferenceContent} content
 * @param {boolean} isShown
 * @returns {ReferenceLayer}
 */
export function layerOf({ id, name, draft_id: draftId, is_kept: isKept, points, features }, isShown) {
  const made = points.map(([x, y, lon, lat]) => {
    const pair = /** @type {StoragePair} */ ([x, y]);
    const at = keyOf(pair);
    return { id: `${PREFIX}${at}`, name: pair, lon, lat, pair, at };
  });
  return {
    id, name, isShown, draftId, isKept, points: made,
    features: features.map((feature) => ({ ...feature, parts: feature.parts.map((part) => part.flatMap((index) => made[index] ?? [])) })),
  };
}

/**
 * @param {readonly ReferenceLayer[]} layers
 * @returns {readonly ExactPlace[]} that may be snapped to: the same list while the layers are the same
 */
export function snapPlaces(layers) {
  const known = places.get(layers);
  if (known) return known;
  const found = layers.filter(({ isShown }) => isShown).flatMap((layer) => {
    const names = new Map(layer.features.flatMap(({ kind, name, parts }) => (kind === 'point' && name ? parts.flat().map((point) => /** @type {const} */ ([point, name])) : [])));
    return layer.points.map((point) => ({ pair: /** @type {StoragePair} */ (point.pair), lon: point.lon, lat: point.lat, name: names.get(point) ?? layer.name }));
  });
  places.set(layers, found);
  return found;
}

/** @type {WeakMap<readonly ReferenceLayer[], readonly ExactPlace[]>} */
const places = new WeakMap();
