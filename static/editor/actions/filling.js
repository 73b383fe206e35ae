/**
 * Filling: a drawn parcel is clipped to the free space of its level and takes the points of its neighbours. As
 * cadastre/filling.py.
 *
 * @module actions/filling
 */

/** @import {Graph} from '../graph.js' */
/** @import {Parcel, Part, PointId} from '../types.js' */

import { boxesMeet, widen } from '../storage/geodesy.js';
import { freeLand } from '../land/free_land.js';
import { nodeAmong } from '../land/node_among.js';
import { withinOf } from '../land/noding.js';
import { arranged } from '../land/ring_order.js';
import { landOf } from '../land/rings.js';
import { Work } from '../land/work.js';
import { nodedWhole } from './placing.js';
import { ActionRefused } from './refused.js';
import { refuseBroken } from './soundness.js';

const REACH_M = 0.5;

/**
 * A point within the noding distance of a neighbour's becomes that one; along a neighbour the new boundary is his own, to the
 * bit; where the drawn line meets his, a point is snapped to the grid, to be noded into him afterwards.
 * @param {Graph} graph
 * @param {Parcel} drawn
 * @returns {Graph} with the parcel, not noded yet
 * @throws {ActionRefused} where nothing is left
 */
export function filled(graph, drawn) {
  refuseBroken(graph, graph.changed());
  const state = graph.with({ parcels: [drawn] });
  const box = widen(state.envelope(drawn), 0, REACH_M);
  const others = [...graph.parcels()].filter((parcel) => parcel.level === drawn.level && parcel.id !== drawn.id && boxesMeet(graph.envelope(parcel), box));
  const parts = onPointsOf(new Work(state, drawn.parts), drawn.parts, others);
  // Noded with its neighbours first, on paper only: lines that nearly run together then do, and are clipped as one.
  const noded = nodedWhole(state.with({ parcels: [{ ...drawn, parts }] }), parts, drawn.level);
  const land = landOf(noded, others.map((parcel) => parcel.parts), withinOf(noded));
  const paper = others.length > 0 ? nodeAmong(noded, land, others.map((parcel) => noded.parcel(parcel.id) ?? parcel)) : noded;
  const own = paper.parcel(drawn.id)?.parts ?? parts;
  const scratch = new Work(paper, own);
  const left = arranged(scratch, freeLand(scratch, own, others.map((parcel) => paper.parcel(parcel.id)?.parts ?? [])), [own]);
  if (left.length === 0) throw new ActionRefused('invalid_operation', 'Nothing is left of it: all of that land is taken.');
  const work = new Work(graph, drawn.parts);
  /** @param {PointId} id */
  const kept = (id) => (graph.knows(id) ? id : work.make(scratch.at(id)));
  const shape = left.map((part) => part.map((ring) => ring.map(kept)));
  return work.graph.with({ parcels: [{ ...drawn, parts: shape }] });
}

/**
 * @param {Work} work
 * @param {Part[]} shape
 * @param {Parcel[]} others
 * @returns {Part[]} with those of its points that are near one of the others' on it; parts that collapse are left out
 */
function onPointsOf(work, shape, others) {
  const theirs = [...new Set(others.flatMap((parcel) => parcel.parts.flat(2)))];
  /** @param {PointId} id */
  const moved = (id) => {
    const near = work.nearest(id, theirs);
    return near && near.distance <= work.withinM ? near.id : id;
  };
  const tidy = shape.map((part) => part.map((ring) => ring.map(moved)).map((ring) => ring.filter((id, index) => id !== ring[(index + 1) % ring.length])));
  return tidy.flatMap((part) => ((part[0]?.length ?? 0) >= 3 ? [part.filter((ring) => ring.length >= 3)] : []));
}
