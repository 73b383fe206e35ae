/**
 * Dividing a parcel: along a line, by area, into equal parts.
 *
 * @module actions/split
 */

/** @import {Graph} from '../graph.js' */
/** @import {Face} from '../land/division.js' */
/** @import {Parcel, Part, PointId, Split, Token} from '../types.js' */
/** @import {Outcome} from './apply_operation.js' */
/** @import {Cut} from './split_ways.js' */

import { pointIds, rings, withRings } from '../base.js';
import { boxesMeet, boxOf, widen } from '../storage/geodesy.js';
import { divide } from '../land/division.js';
import { arranged } from '../land/ring_order.js';
import { nearAreaM2 } from '../land/true_area.js';
import { Work } from '../land/work.js';
import { nodePoint, nodeSegment, ringWithPath, sideAt } from '../land/noding.js';
import { keyOf } from '../point_name.js';
import { apportioned } from './apportionment.js';
import { descentsOf, isTaken } from './descent.js';
import { pointAtPosition } from './position.js';
import { ActionRefused } from './refused.js';
import { currentParcel, label, labels } from './ring_repair.js';
import { refuseBroken } from './soundness.js';
import { cutOf } from './split_ways.js';
import { unitsOf } from './units.js';
import { update } from './update.js';

/** At most; each gives the boundary points that its neighbours had there, and mostly there are none. */
const NODINGS = 5;
/** Pieces that differ by less are equally large. */
const SAME_AREA_M2 = 0.01;

/**
 * @param {string} id of the parcel
 * @param {Token[]} line
 * @param {(string | null)[]} [into] for each piece from right to left of the line; null for the one that continues
 * @param {import('../types.js').SplitAttributes} [attributes]
 * @returns {Split}
 */
export function splitOperation(id, line, into, attributes) {
  return { op: 'split', parcel_id: id, line, ...(into ? { into } : {}), ...(attributes ? { attributes } : {}) };
}

/**
 * What neighbours share with the parcel stays shared, and they are at most noded. Inverse: merge.
 * @param {Graph} graph
 * @param {Split} operation
 * @returns {Outcome}
 * @throws {ActionRefused} invalid_operation
 */
export function split(graph, operation) {
  const whole = currentParcel(graph, operation.parcel_id);
  refuseBroken(graph, [whole.id]);
  const work = new Work(graph, whole.parts);
  const line = (operation.line ?? []).map((token) => lineId(work, token));
  const cut = inserted(work, whole, operation, line);
  const stretches = cut.sections.flatMap((section) => section.stretches);
  work.graph = work.graph.with({ names: namesOf(work, operation.line ?? [], line, stretches) });
  const { parts } = currentParcel(work.graph, whole.id);
  const { faces } = divide(work, parts, stretches);
  const pieces = cut.piecesOf(faces);
  refuseCounts(operation, pieces.length);
  const grouped = new Set(pieces.flat());
  const { shapes, continuing } = shapesOf(work, operation, pieces, faces.filter((face) => !grouped.has(face)), parts);
  const areas = shapes.map((shape) => nearAreaM2(work, shape));
  cut.check(areas);
  const { state, ids } = named(work, operation, whole, shapes, { areas, continuing });
  const inner = [...new Set(stretches.flatMap((stretch) => stretch.slice(1, -1)))];
  const noded = inner.reduce((one, id) => nodePoint(one, id), state);
  return { graph: noded, touched: [...new Set([whole.id, ...ids])], pieces: ids };
}

/**
 * @param {Work} work
 * @param {Token} token
 * @returns {PointId} where a position of the line lies; its end becomes a point only where it lies on the boundary
 */
function lineId(work, token) {
  const known = work.graph.resolve(token);
  if (known) return known.id;
  const { point, isNew } = pointAtPosition(work.graph, token);
  if (isNew) work.graph = work.graph.with({ points: [point] });
  return point.id;
}

/**
 * The lines cut to the boundary as it is when its crossed segments have what neighbours have on them, and their points in
 * every ring that has the segments where they lie.
 * @param {Work} work
 * @param {Parcel} whole
 * @param {Split} operation
 * @param {PointId[]} line
 * @returns {Cut}
 */
function inserted(work, whole, operation, line) {
  let found = cut(work, whole, operation, line);
  for (let round = 0; round < NODINGS; round += 1) {
    const before = currentParcel(work.graph, whole.id).parts;
    for (const { segment: [a, b] } of found.sections.flatMap(({ insertions }) => insertions)) work.graph = nodeSegment(nodePoint(nodePoint(work.graph, a), b), a, b);
    if (currentParcel(work.graph, whole.id).parts === before) break;
    found = cut(work, whole, operation, line);
  }
  for (const { segment: [a, b], points } of found.sections.flatMap(({ insertions }) => insertions)) {
    const sides = work.graph.parcelsWith(a).filter((parcel) => [...rings(parcel)].some((ring) => sideAt(ring, a, b) >= 0));
    work.graph = work.graph.with({ parcels: sides.map((parcel) => withRings(parcel, (ring) => ringWithPath(ring, a, b, points))) });
    for (const id of points) work.graph = nodePoint(work.graph, id);
  }
  return found;
}

/**
 * @param {Work} work
 * @param {Parcel} whole
 * @param {Split} operation
 * @param {PointId[]} line
 * @returns {Cut}
 */
function cut(work, whole, operation, line) {
  const now = currentParcel(work.graph, whole.id);
  const drawn = boxOf(line.map((id) => work.graph.point(id)));
  const box = drawn ? widen(drawn, 0, 1) : work.graph.envelope(now);
  const near = [...work.graph.parcels()].filter((parcel) => parcel.level === whole.level && boxesMeet(work.graph.envelope(parcel), box));
  return cutOf(work, now.parts, operation, { line, others: near.flatMap((parcel) => [...pointIds(parcel)]) });
}

/**
 * Positions of the line that have become points name them; those beyond the parcel name nothing.
 * @param {Work} work
 * @param {Token[]} tokens
 * @param {PointId[]} line
 * @param {PointId[][]} stretches
 * @returns {[string, PointId][]}
 */
function namesOf(work, tokens, line, stretches) {
  return tokens.flatMap((token, index) => {
    const nearest = work.nearest(line[index] ?? '', stretches.flat());
    return nearest && nearest.distance <= work.withinM ? [/** @type {[string, PointId]} */ ([keyOf(token), nearest.id])] : [];
  });
}

/**
 * @param {Split} operation
 * @param {number} count
 */
function refuseCounts({ into, attributes }, count) {
  for (const [name, given] of Object.entries({ into, 'attributes.pieces': attributes?.pieces })) {
    if (given && given.length !== count) throw new ActionRefused('invalid_operation', `It gives ${count} pieces, and ${name} has ${given.length} entries.`);
  }
}

/**
 * @param {Work} work
 * @param {Split} operation
 * @param {Face[][]} pieces
 * @param {Face[]} rest whole parts that the line does not divide: they stay with the piece that continues
 * @param {Part[]} model
 * @returns {{shapes: Part[][], continuing: number | null}}
 */
function shapesOf(work, { into }, pieces, rest, model) {
  const largest = largestOf(pieces.map((faces) => nearAreaM2(work, faces.map((face) => face.part))));
  const named = into ? into.indexOf(null) : largest;
  const main = named < 0 ? largest : named;
  const shapes = pieces.map((faces, index) => arranged(work, [...faces, ...(index === main ? rest : [])].map((face) => face.part), [model]));
  return { shapes, continuing: named < 0 ? null : named };
}

/**
 * @param {number[]} areas
 * @returns {number} index of the first of the largest
 */
function largestOf(areas) {
  const most = Math.max(...areas);
  return areas.findIndex((area) => area > most - SAME_AREA_M2);
}

/**
 * @param {Work} work
 * @param {Split} operation
 * @param {Parcel} whole
 * @param {Part[][]} shapes
 * @param {{areas: number[], continuing: number | null}} sizes
 * @returns {{state: Graph, ids: string[]}} the pieces come into being, and the parcel ends where none continues it
 */
function named(work, operation, whole, shapes, { areas, continuing }) {
  const { into, attributes = {} } = operation;
  const properties = apportioned(whole.properties, areas, continuing, continuing ?? largestOf(areas), attributes);
  if (continuing === null) refuseOrphans(work.graph, whole);
  let count = 0;
  const ids = shapes.map((_, index) => (index === continuing ? whole.id : (into?.[index] ?? newId(work.graph, (count += 1)))));
  const taken = ids.find((id) => id !== whole.id && isTaken(work.graph, id));
  if (taken) throw new ActionRefused('id_taken', `The id ${taken} is taken; an id is never used again.`, [taken]);
  const parcels = shapes.map((parts, index) => ({
    ...whole, id: /** @type {string} */ (ids[index]), version: index === continuing ? whole.version : 0, parts,
    properties: /** @type {import('../types.js').Properties} */ (properties[index]),
  }));
  const parents = work.graph.base.parcels.has(whole.id) ? [whole.id] : [whole.id, ...work.graph.family(whole.id)];
  const descents = ids.flatMap((id) => descentsOf(work.graph, parents, id, 'split'));
  let state = work.graph.with({ retired: continuing === null ? [whole.id] : [], parcels, descents });
  attributes.pieces?.forEach((patch, index) => {
    if (patch) state = update(state, { op: 'update', parcel_id: /** @type {string} */ (ids[index]), properties: patch }).graph;
  });
  return { state, ids };
}

/**
 * @param {Graph} graph
 * @param {Parcel} whole
 */
function refuseOrphans(graph, whole) {
  const units = unitsOf(graph, [whole.id]);
  if (units.length > 0) throw new ActionRefused('invalid_operation', `${label(whole)} has units (${labels(units)}): let one of the pieces continue it.`);
}

/**
 * @param {Graph} graph
 * @param {number} [place] among those that one operation needs, from 1
 * @returns {string} a name for a parcel that only the server gives its id
 */
export function newId(graph, place = 1) {
  return `new-${[...graph.overlay.parcels.keys()].filter((id) => /^new-\d+$/.test(id)).length + place}`;
}
