/**
 * Ways along existing boundaries from one point to another: both ways round a ring that has the two, and the shortest way
 * over all edges, along as many parcels as it takes. Pure.
 *
 * @module land/tracing
 */

/** @import {Graph} from '../graph.js' */
/** @import {PointId} from '../types.js' */

import { rings } from '../base.js';
import { courseBetween } from '../numbers/course.js';

/** @typedef {Map<PointId, Map<PointId, number>>} Network metres to the points that edges lead to */

/** @type {WeakMap<Graph, Network>} */
const networks = new WeakMap();
/** Of the last point that was asked for: while a pointer goes about, it stays the same. @type {{graph: Graph, from: PointId, before: Map<PointId, PointId>} | null} */
let last = null;
/** Many frames ask for the same. @type {{graph: Graph, from: PointId, to: PointId, paths: PointId[][]} | null} */
let answered = null;

/**
 * @param {Graph} graph
 * @param {PointId} from
 * @param {PointId} to
 * @returns {PointId[][]} paths, the shortest first, each with both its ends; none where no boundary leads there
 */
export function pathsBetween(graph, from, to) {
  if (from === to) return [];
  if (answered?.graph !== graph || answered.from !== from || answered.to !== to) answered = { graph, from, to, paths: found(graph, from, to) };
  return answered.paths;
}

/**
 * @param {Graph} graph
 * @param {PointId} from
 * @param {PointId} to
 * @returns {PointId[][]}
 */
function found(graph, from, to) {
  const network = networkOf(graph);
  const shortest = pathTo(treeFrom(graph, network, from), from, to);
  if (!shortest) return [];
  const paths = new Map([shortest, ...roundRings(graph, from, to)].map((path) => [path.join('|'), path]));
  if (paths.size === 1) {
    const other = pathTo(treeWithout(network, from, shortest), from, to);
    if (other) paths.set(other.join('|'), other);
  }
  return [...paths.values()].map((path) => ({ path, metres: lengthOf(network, path) })).sort((a, b) => a.metres - b.metres).map(({ path }) => path);
}

/**
 * @param {Graph} graph
 * @returns {Network}
 */
function networkOf(graph) {
  const known = networks.get(graph);
  if (known) return known;
  /** @type {Network} */
  const network = new Map();
  /** @param {PointId} id */
  const at = (id) => network.get(id) ?? network.set(id, new Map()).get(id);
  for (const parcel of graph.parcels()) {
    for (const ring of rings(parcel)) {
      ring.forEach((id, index) => {
        const next = /** @type {PointId} */ (ring[(index + 1) % ring.length]);
        if (network.get(id)?.has(next)) return;
        const { metres } = courseBetween(graph.base.grid, graph.pairOf(graph.point(id)), graph.pairOf(graph.point(next)));
        at(id)?.set(next, metres);
        at(next)?.set(id, metres);
      });
    }
  }
  networks.set(graph, network);
  return network;
}

/**
 * @param {Graph} graph
 * @param {Network} network
 * @param {PointId} from
 * @returns {Map<PointId, PointId>} the point before each on the shortest way to it
 */
function treeFrom(graph, network, from) {
  if (last?.graph !== graph || last.from !== from) last = { graph, from, before: treeWithout(network, from, []) };
  return last.before;
}

/**
 * @param {Network} network
 * @param {PointId} from
 * @param {PointId[]} shut a path whose edges are not used
 * @returns {Map<PointId, PointId>}
 */
function treeWithout(network, from, shut) {
  const closed = new Set(shut.slice(1).flatMap((id, index) => [`${shut[index]}|${id}`, `${id}|${shut[index]}`]));
  /** @type {Map<PointId, PointId>} */
  const before = new Map();
  const far = new Map([[from, 0]]);
  const done = new Set();
  const queue = new Queue();
  queue.push(from, 0);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (done.has(id)) continue;
    done.add(id);
    for (const [next, metres] of network.get(id) ?? []) {
      const total = (far.get(id) ?? 0) + metres;
      if (total >= (far.get(next) ?? Infinity) || (closed.size > 0 && closed.has(`${id}|${next}`))) continue;
      far.set(next, total);
      before.set(next, id);
      queue.push(next, total);
    }
  }
  return before;
}

/**
 * @param {Map<PointId, PointId>} before
 * @param {PointId} from
 * @param {PointId} to
 * @returns {PointId[] | null}
 */
function pathTo(before, from, to) {
  const path = [to];
  for (let id = before.get(to); id !== undefined; id = before.get(id)) {
    path.push(id);
    if (id === from) return path.reverse();
  }
  return null;
}

/**
 * @param {Graph} graph
 * @param {PointId} from
 * @param {PointId} to
 * @returns {PointId[][]}
 */
function roundRings(graph, from, to) {
  return graph.parcelsWith(from).flatMap((parcel) => [...rings(parcel)].filter((ring) => ring.includes(from) && ring.includes(to)).flatMap((ring) => {
    const start = ring.indexOf(from);
    const turned = [...ring.slice(start), ...ring.slice(0, start)];
    const at = turned.indexOf(to);
    return [turned.slice(0, at + 1), [from, ...turned.slice(at).reverse()]];
  }));
}

/**
 * @param {Network} network
 * @param {PointId[]} path
 * @returns {number} metres
 */
function lengthOf(network, path) {
  return path.slice(1).reduce((sum, id, index) => sum + (network.get(path[index] ?? '')?.get(id) ?? 0), 0);
}

/** What is nearest comes first: a binary heap. */
class Queue {
  constructor() {
    /** @type {{id: PointId, far: number}[]} */
    this.items = [];
  }

  /**
   * @param {PointId} id
   * @param {number} far
   */
  push(id, far) {
    const { items } = this;
    let at = items.length;
    for (let up = (at - 1) >> 1; at > 0 && this.#far(up) > far; up = (at - 1) >> 1) {
      items[at] = /** @type {{id: PointId, far: number}} */ (items[up]);
      at = up;
    }
    items[at] = { id, far };
  }

  /** @returns {PointId | undefined} */
  pop() {
    const { items } = this;
    const first = items[0];
    const end = items.pop();
    if (!first || !end || items.length === 0) return first?.id;
    let at = 0;
    for (let down = 1; down < items.length; down = 2 * at + 1) {
      const child = this.#far(down + 1) < this.#far(down) ? down + 1 : down;
      if (this.#far(child) >= end.far) break;
      items[at] = /** @type {{id: PointId, far: number}} */ (items[child]);
      at = child;
    }
    items[at] = end;
    return first.id;
  }

  /**
   * @param {number} at
   * @returns {number}
   */
  #far(at) {
    return this.items[at]?.far ?? Infinity;
  }
}
