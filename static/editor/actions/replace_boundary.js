/**
 * @module actions/replace_boundary
 */

/** @import {Graph} from '../graph.js' */
/** @import {Boundary, Parting, Way} from '../land/boundary_path.js' */
/** @import {PointId, ReplaceBoundary, Token} from '../types.js' */
/** @import {Outcome} from './apply_operation.js' */

import { boundariesBetween, isLeft, nodePath, pathAlong, waysAlong, withPath } from '../land/boundary_path.js';
import { namedPoint, pointAtPosition } from './position.js';
import { ActionRefused } from './refused.js';
import { currentParcel, label, labels } from './ring_repair.js';

/**
 * The operation that means one boundary among all between two points: the parcels are named, the first of them on its left.
 * Where the way that is drawn has its only parcel on the right it is told from its other end.
 * @param {Boundary} boundary
 * @param {Token} from
 * @param {Token} to
 * @param {Token[]} via
 * @returns {ReplaceBoundary}
 */
export function replaceBoundaryOperation({ parcels, ways, graph }, from, to, via) {
  const left = ways.find((way) => isLeft(graph, way))?.parcel;
  if (left === undefined) return { op: 'replace_boundary', from: to, to: from, via: [...via].reverse(), parcels };
  return { op: 'replace_boundary', from, to, via, parcels: [left, ...parcels.filter((id) => id !== left)] };
}

/**
 * The boundary between two points runs another way, for everybody who has it. Inverse: replace it by the points it had.
 * @param {Graph} graph
 * @param {ReplaceBoundary} operation
 * @returns {Outcome}
 * @throws {ActionRefused} unknown_point, invalid_operation
 */
export function replaceBoundary(graph, operation) {
  const { via = [], parcels: among = [] } = operation;
  const [start, end] = [namedPoint(graph, operation.from).id, namedPoint(graph, operation.to).id];
  if (start === end) throw refused('The boundary begins and ends at one point.');
  for (const id of among) currentParcel(graph, id);
  const boundary = meantBoundary(graph, start, end, among);
  const ways = waysByLevel(boundary, start, end);
  refuseOthers(ways);
  const { state, path } = newPath(ways.at(-1)?.graph ?? boundary.graph, start, end, via);
  const replaced = ways.reduce((one, { along, old }) => along.reduce((each, way) => withPath(each, way, old, path), one), state);
  const touched = [...new Set(ways.flatMap(({ along }) => along.map((way) => way.parcel)))].sort();
  return { graph: ways.reduce((one, { level }) => nodePath(one, path, level), replaced), touched };
}

/**
 * @param {Graph} graph
 * @param {PointId} start
 * @param {PointId} end
 * @param {string[]} among
 * @returns {Boundary}
 */
function meantBoundary(graph, start, end, among) {
  const { found, partings } = boundariesBetween(graph, start, end);
  const wanted = [...among].sort().join('|');
  let meant = found.filter((one) => among.length === 0 || [...one.parcels].sort().join('|') === wanted);
  if (among.length > 0 && pathsOf(meant) > 1) {
    meant = meant.filter((one) => one.ways.some((way) => way.parcel === among[0] && isLeft(one.graph, way)));
  }
  const [boundary] = meant;
  if (!boundary) throw refused(whyNone(graph, among, found, partings));
  if (pathsOf(meant) > 1) throw refused('There are several boundaries between these points.');
  return boundary;
}

/**
 * @param {Boundary[]} boundaries
 * @returns {number} how many paths they are: units may have the one of their lots
 */
function pathsOf(boundaries) {
  return new Set(boundaries.map((one) => one.path.join('|'))).size;
}

/**
 * Every ring that runs along the path, of its own level and of those that have exactly it; these are noded too.
 * @param {Boundary} boundary
 * @param {PointId} start
 * @param {PointId} end
 * @returns {{level: string, along: Way[], old: PointId[], graph: Graph}[]} the last has the graph noded for all
 */
function waysByLevel({ graph, level, path }, start, end) {
  let state = graph;
  const found = [];
  for (const each of [...new Set([...graph.parcelsWith(start)].map((parcel) => parcel.level))].sort()) {
    let along = waysAlong(state, each, path);
    const [first] = along;
    if (!first) continue;
    if (each !== level) {
      state = nodePath(state, path, each);
      along = waysAlong(state, each, pathAlong(state, first, start, end));
    }
    const old = pathAlong(state, first, start, end);
    found.push({ level: each, along, old, graph: state });
  }
  return found.map((one) => ({ ...one, graph: state }));
}

/** @param {{along: Way[], old: PointId[], graph: Graph}[]} ways */
function refuseOthers(ways) {
  const following = new Set(ways.flatMap(({ along }) => along.map((way) => way.parcel)));
  for (const { old, graph } of ways) {
    for (const id of old.slice(1, -1)) {
      const other = graph.parcelsWith(id).find((parcel) => !following.has(parcel.id));
      if (other) throw refused(`A point on the boundary is also one of ${label(other)}: replace it up to there, or move that point instead.`);
    }
  }
}

/**
 * @param {Graph} graph
 * @param {PointId} start
 * @param {PointId} end
 * @param {Token[]} via
 * @returns {{state: Graph, path: PointId[]}}
 */
function newPath(graph, start, end, via) {
  let state = graph;
  /** Places that become points of the path, which is in no ring yet. @type {Map<string, PointId>} */
  const made = new Map();
  const inner = via.map((token) => {
    const { point, isNew, names } = pointAtPosition(state, token);
    const id = made.get(point.at) ?? point.id;
    made.set(point.at, id);
    state = state.with({ points: isNew && id === point.id ? [point] : [], names: names.map(([key]) => [key, id]) });
    return id;
  });
  const path = [start, ...inner, end].filter((id, index, all) => id !== all[index - 1]);
  if (new Set(path).size < path.length) throw refused('The new boundary passes a point twice.');
  return { state, path };
}

/**
 * @param {Graph} graph
 * @param {string[]} among
 * @param {Boundary[]} found
 * @param {Parting[]} partings
 * @returns {string}
 */
function whyNone(graph, among, found, partings) {
  /** @param {string[]} ids */
  const names = (ids) => labels(ids.flatMap((id) => graph.parcel(id) ?? []));
  const theirs = partings.filter((parting) => [...parting.before].sort().join('|') === [...among].sort().join('|'));
  if (found.length > 0 && theirs.length === 0) return `No boundary between these points is that of ${names(among)}; there is one of ${found.map((one) => names(one.parcels)).join('; of ')}.`;
  const [parting] = (theirs.length > 0 ? theirs : partings).sort((a, b) => a.count - b.count);
  if (!parting) return 'No ring has both points.';
  if (parting.before.length === 0) return `The boundary there is that of ${names(parting.after)}: it must be that of one parcel or two, all along.`;
  return `The boundary between these points is first that of ${names(parting.before)}, then that of ${names(parting.after)}: replace it piece by piece.`;
}

/**
 * @param {string} message
 * @returns {ActionRefused}
 */
function refused(message) {
  return new ActionRefused('invalid_operation', message);
}
