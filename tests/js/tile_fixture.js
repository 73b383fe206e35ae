/**
 * Vector tiles made by hand, byte by byte as the specification says, to be read by what the browser reads them with.
 */

import { PbfWriter } from 'pbf';

const POLYGON = 3;
const POINT = 1;

/**
 * @param {Record<string, {type: 'polygon' | 'point', geometry: number[][][], properties: Record<string, string | number>}[]>} layers
 *   by name; `geometry`: rings (not closed) of [x, y]
 * @returns {Uint8Array}
 */
export function encodeTile(layers) {
  const tile = new PbfWriter();
  for (const [name, features] of Object.entries(layers)) tile.writeMessage(3, writeLayer, { name, features });
  return tile.finish();
}

function writeLayer({ name, features }, pbf) {
  const keys = [];
  const values = [];
  const indexIn = (list, value) => (list.includes(value) ? list.indexOf(value) : list.push(value) - 1);
  pbf.writeVarintField(15, 2);
  pbf.writeStringField(1, name);
  for (const { type, geometry, properties } of features) {
    const tags = Object.entries(properties).flatMap(([key, value]) => [indexIn(keys, key), indexIn(values, value)]);
    pbf.writeMessage(2, writeFeature, { tags, type: type === 'polygon' ? POLYGON : POINT, geometry });
  }
  for (const key of keys) pbf.writeStringField(3, key);
  for (const value of values) pbf.writeMessage(4, writeValue, value);
  pbf.writeVarintField(5, 4096);
}

function writeFeature({ tags, type, geometry }, pbf) {
  pbf.writePackedVarint(2, tags);
  pbf.writeVarintField(3, type);
  pbf.writePackedVarint(4, commands(type, geometry));
}

function commands(type, rings) {
  const zigzag = (n) => (n << 1) ^ (n >> 31);
  const out = [];
  let [px, py] = [0, 0];
  for (const ring of rings) {
    ring.forEach(([x, y], index) => {
      if (index === 0) out.push((1 << 3) | 1);
      if (index === 1) out.push(((ring.length - 1) << 3) | 2);
      out.push(zigzag(x - px), zigzag(y - py));
      [px, py] = [x, y];
    });
    if (type === POLYGON) out.push((1 << 3) | 7);
  }
  return out;
}

function writeValue(value, pbf) {
  if (typeof value === 'string') pbf.writeStringField(1, value);
  else pbf.writeVarintField(4, value);
}

/** A square lot, clockwise on the screen. */
export function square(id, left, top, width, properties = {}) {
  const [right, bottom] = [left + width, top + width];
  return {
    type: 'polygon', geometry: [[[left, top], [right, top], [right, bottom], [left, bottom]]],
    properties: { parcel_id: id, number: id, level: 'parcels', kind: 'lot', version: 1, ...properties },
  };
}
