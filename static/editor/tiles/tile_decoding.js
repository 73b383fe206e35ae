/**
 * A vector tile as the map uses it: parcels, zoning, findings and density cells as plain values in the tile's own units. Pure.
 *
 * @module tile_decoding
 */

/** @import {VectorTileFeature, VectorTileLayer} from '@mapbox/vector-tile' */

import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';

import { EXTENT } from './tile_grid.js';

/** x, y, x, y, … of one ring, not closed. Exterior rings run the other way round than interior ones. @typedef {number[]} TileRing */

/** left, top, right, bottom @typedef {[number, number, number, number]} TileBox */

/**
 * What a tile shows of a parcel: the piece of it that lies in the tile.
 * @typedef {object} TileParcel
 * @property {string} id
 * @property {string} number empty where it has none
 * @property {string} kind
 * @property {number} version
 * @property {TileRing[]} rings
 * @property {TileBox} box
 */

/** The piece of a zoning district in the tile. @typedef {{code: string, name: string, rings: TileRing[], box: TileBox}} TileDistrict */

/** @typedef {{id: number, rule: string, severity: string, x: number, y: number}} TileFinding */

/** How many parcels and findings have their middle in a square. @typedef {{parcels: number, findings: number, box: TileBox}} TileCell */

/**
 * @typedef {object} DecodedTile
 * @property {TileParcel[]} parcels large ones first
 * @property {ReadonlyMap<string, TileParcel>} byId
 * @property {TileDistrict[]} zoning large ones first
 * @property {TileFinding[]} findings
 * @property {TileCell[]} cells
 */

/** @type {DecodedTile} */
export const EMPTY_TILE = Object.freeze({ parcels: [], byId: new Map(), zoning: [], findings: [], cells: [] });

/**
 * @param {ArrayBuffer | Uint8Array} bytes of a Mapbox Vector Tile, version 2
 * @returns {DecodedTile}
 * @throws {Error} where they are none
 */
export function decodeTile(bytes) {
  if (bytes.byteLength === 0) return EMPTY_TILE;
  const { layers } = new VectorTile(new PbfReader(bytes));
  const parcels = featuresOf(layers['parcels'], parcelOf);
  parcels.sort((a, b) => span(b.box) - span(a.box));
  const zoning = featuresOf(layers['zoning'], districtOf);
  zoning.sort((a, b) => span(b.box) - span(a.box));
  return {
    parcels,
    byId: new Map(parcels.map((parcel) => [parcel.id, parcel])),
    zoning,
    findings: featuresOf(layers['findings'], findingOf),
    cells: featuresOf(layers['density'], cellsOf).flat(),
  };
}

/**
 * @template T
 * @param {VectorTileLayer | undefined} layer
 * @param {(feature: VectorTileFeature, scale: number) => T} read
 * @returns {T[]}
 */
function featuresOf(layer, read) {
  if (!layer) return [];
  const found = new Array(layer.length);
  for (let index = 0; index < layer.length; index += 1) found[index] = read(layer.feature(index), EXTENT / layer.extent);
  return found;
}

/**
 * @param {VectorTileFeature} feature
 * @param {number} scale
 * @returns {TileParcel}
 */
function parcelOf(feature, scale) {
  const { properties } = feature;
  const rings = ringsOf(feature, scale);
  return {
    id: String(properties['parcel_id']),
    number: String(properties['number'] ?? ''),
    kind: String(properties['kind'] ?? ''),
    version: Number(properties['version'] ?? 0),
    rings,
    box: boxOfRings(rings),
  };
}

/**
 * @param {VectorTileFeature} feature
 * @param {number} scale
 * @returns {TileDistrict}
 */
function districtOf(feature, scale) {
  const { code, name } = feature.properties;
  const rings = ringsOf(feature, scale);
  return { code: String(code ?? ''), name: String(name ?? ''), rings, box: boxOfRings(rings) };
}

/**
 * @param {VectorTileFeature} feature
 * @param {number} scale
 * @returns {TileFinding}
 */
function findingOf(feature, scale) {
  const { properties } = feature;
  const [[place] = []] = feature.loadGeometry();
  return {
    id: Number(properties['id']), rule: String(properties['rule'] ?? ''), severity: String(properties['severity'] ?? ''),
    x: (place?.x ?? 0) * scale, y: (place?.y ?? 0) * scale,
  };
}

/**
 * @param {VectorTileFeature} feature all squares of one count
 * @param {number} scale
 * @returns {TileCell[]}
 */
function cellsOf(feature, scale) {
  const parcels = Number(feature.properties['parcels'] ?? 0);
  const findings = Number(feature.properties['findings'] ?? 0);
  return ringsOf(feature, scale).map((ring) => ({ parcels, findings, box: boxOfRings([ring]) }));
}

/**
 * @param {VectorTileFeature} feature
 * @param {number} scale
 * @returns {TileRing[]}
 */
function ringsOf(feature, scale) {
  return feature.loadGeometry().map((points) => {
    const last = points.length - 1;
    // A polygon's ring comes with its first point again at its end.
    const length = last > 0 && points[0]?.x === points[last]?.x && points[0]?.y === points[last]?.y ? last : last + 1;
    const ring = new Array(2 * length);
    for (let index = 0; index < length; index += 1) {
      const point = /** @type {{x: number, y: number}} */ (points[index]);
      ring[2 * index] = point.x * scale;
      ring[2 * index + 1] = point.y * scale;
    }
    return ring;
  });
}

/**
 * @param {TileRing[]} rings
 * @returns {TileBox}
 */
function boxOfRings(rings) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let index = 0; index < ring.length; index += 2) {
      const x = /** @type {number} */ (ring[index]);
      const y = /** @type {number} */ (ring[index + 1]);
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  return [left, top, right, bottom];
}

/**
 * @param {TileBox} box
 * @returns {number}
 */
function span([left, top, right, bottom]) {
  return (right - left) * (bottom - top);
}
