/**
 * Sides in a plane, cut where they meet, and of these the ones around the land that is wanted. Ends that fall together but
 * for rounding are one vertex, so that sides of different origin join into rings.
 *
 * @module rules/arrangement
 */

/** @import {MetreBox, Metres} from './common_land.js' */

/** What is nearer is the same place. */
const SAME_M = 1e-6;
/** So far beside a side it is asked which land lies there. */
const BESIDE_M = 3e-6;
/** In the tip of a sharp corner there is no such room on both sides: it is this much blunter. */
const BLUNT_M = 0.005;

/** Land to the left. @typedef {[Metres, Metres]} Directed */

/** @typedef {{a: Metres, b: Metres, west: number, east: number, south: number, north: number, cuts: Metres[]}} Side */

/** Places by a grid of cells: one that is near to a known one is that. */
class Vertices {
  constructor() {
    /** @type {Map<string, Metres>} */
    this.known = new Map();
  }

  /**
   * @param {Metres} place
   * @returns {Metres} always the same object for the same place
   */
  at(place) {
    const [column, row] = [Math.round(place[0] / SAME_M), Math.round(place[1] / SAME_M)];
    for (let x = column - 1; x <= column + 1; x += 1) {
      for (let y = row - 1; y <= row + 1; y += 1) {
        const found = this.known.get(`${x},${y}`);
        if (found && Math.hypot(found[0] - place[0], found[1] - place[1]) <= SAME_M) return found;
      }
    }
    this.known.set(`${column},${row}`, place);
    return place;
  }
}

/**
 * @param {Iterable<Directed>} segments
 * @param {MetreBox} box only what meets it counts
 * @param {(x: number, y: number) => boolean} isWanted
 * @returns {Directed[]} the sides that have wanted land on one hand only, that to their left
 */
export function boundaryWhere(segments, box, isWanted) {
  const vertices = new Vertices();
  const sides = cutSides(segments, box, vertices);
  /** @type {Directed[]} */
  const boundary = [];
  for (const [a, b] of pieces(sides)) {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const scale = BESIDE_M / Math.hypot(dx, dy);
    const t = middleWithin(a, [dx, dy], box);
    if (t === null) continue;
    const [mx, my] = [a[0] + t * dx, a[1] + t * dy];
    const left = isWanted(mx - dy * scale, my + dx * scale);
    if (left !== isWanted(mx + dy * scale, my - dx * scale)) boundary.push(left ? [a, b] : [b, a]);
  }
  return boundary;
}

/**
 * @param {Metres} from
 * @param {Metres} way to its end
 * @param {MetreBox} box
 * @returns {number | null} share of the way at the middle of what lies in the box: beyond it nobody says what is wanted
 */
function middleWithin([x, y], [dx, dy], [west, south, east, north]) {
  let [low, high] = [0, 1];
  for (const [at, step, least, most] of /** @type {const} */ ([[x, dx, west, east], [y, dy, south, north]])) {
    if (step === 0) {
      if (at < least || at > most) return null;
      continue;
    }
    const [p, q] = [(least - at) / step, (most - at) / step];
    low = Math.max(low, Math.min(p, q));
    high = Math.min(high, Math.max(p, q));
  }
  return low > high ? null : (low + high) / 2;
}

/**
 * @param {Iterable<Directed>} segments
 * @param {MetreBox} box
 * @param {Vertices} vertices
 * @returns {Side[]}
 */
function cutSides(segments, [west, south, east, north], vertices) {
  /** @type {Side[]} */
  const sides = [];
  for (const [p, q] of segments) {
    if (Math.max(p[0], q[0]) < west || Math.min(p[0], q[0]) > east || Math.max(p[1], q[1]) < south || Math.min(p[1], q[1]) > north) continue;
    const [a, b] = [vertices.at(p), vertices.at(q)];
    if (a === b) continue;
    sides.push({ a, b, west: Math.min(a[0], b[0]), east: Math.max(a[0], b[0]), south: Math.min(a[1], b[1]), north: Math.max(a[1], b[1]), cuts: [] });
  }
  sides.sort((one, other) => one.west - other.west);
  for (const [index, one] of sides.entries()) {
    for (let next = index + 1; next < sides.length; next += 1) {
      const other = /** @type {Side} */ (sides[next]);
      if (other.west > one.east + SAME_M) break;
      if (other.south > one.north + SAME_M || other.north < one.south - SAME_M) continue;
      cutBoth(one, other, vertices);
    }
  }
  return sides;
}

/**
 * @param {Side} one
 * @param {Side} other
 * @param {Vertices} vertices
 */
function cutBoth(one, other, vertices) {
  let isTouching = false;
  for (const [side, ends] of /** @type {const} */ ([[one, [other.a, other.b]], [other, [one.a, one.b]]])) {
    for (const end of ends) {
      if (end === side.a || end === side.b) isTouching = true;
      else if (isOn(side, end)) {
        side.cuts.push(end);
        isTouching = true;
      }
    }
  }
  const at = isTouching ? null : crossing(one, other);
  if (!at) return;
  const vertex = vertices.at(at);
  for (const side of [one, other]) if (vertex !== side.a && vertex !== side.b) side.cuts.push(vertex);
}

/**
 * @param {Side} side
 * @param {Metres} place
 * @returns {boolean} whether it lies on it, between its ends
 */
function isOn({ a, b }, [x, y]) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy);
  const along = ((x - a[0]) * dx + (y - a[1]) * dy) / length;
  return along > 0 && along < length && Math.abs((x - a[0]) * dy - (y - a[1]) * dx) / length <= SAME_M;
}

/**
 * @param {Side} one
 * @param {Side} other
 * @returns {Metres | null}
 */
function crossing({ a, b }, { a: p, b: q }) {
  const [dx, dy, ex, ey] = [b[0] - a[0], b[1] - a[1], q[0] - p[0], q[1] - p[1]];
  const turn = dx * ey - dy * ex;
  if (turn === 0) return null;
  const t = ((p[0] - a[0]) * ey - (p[1] - a[1]) * ex) / turn;
  const s = ((p[0] - a[0]) * dy - (p[1] - a[1]) * dx) / turn;
  return t > 0 && t < 1 && s > 0 && s < 1 ? [a[0] + t * dx, a[1] + t * dy] : null;
}

/**
 * @param {Side[]} sides
 * @returns {Directed[]} between one cut and the next, each once
 */
function pieces(sides) {
  /** @type {Map<Metres, Set<Metres>>} */
  const known = new Map();
  /** @type {Directed[]} */
  const found = [];
  for (const { a, b, cuts } of sides) {
    const along = (/** @type {Metres} */ [x, y]) => (x - a[0]) * (b[0] - a[0]) + (y - a[1]) * (b[1] - a[1]);
    const path = cuts.length === 0 ? [a, b] : [a, ...cuts.sort((p, q) => along(p) - along(q)), b];
    for (let index = 1; index < path.length; index += 1) {
      const [p, q] = [/** @type {Metres} */ (path[index - 1]), /** @type {Metres} */ (path[index])];
      if (p === q || known.get(p)?.has(q) || known.get(q)?.has(p)) continue;
      known.set(p, (known.get(p) ?? new Set()).add(q));
      found.push([p, q]);
    }
  }
  return found;
}

/**
 * Sides around land as rings. Where two pieces of land touch in a point, each has a ring of its own.
 * @param {readonly Directed[]} boundary
 * @returns {Metres[][]} counterclockwise around land, clockwise around what it leaves open; what does not close is left out
 */
export function ringsOf(boundary) {
  const from = byBegin(boundary);
  /** @type {Metres[][]} */
  const rings = [];
  const left = new Set(boundary);
  for (const first of boundary) {
    if (!left.has(first)) continue;
    /** @type {Metres[]} */
    const ring = [];
    let side = /** @type {Directed | undefined} */ (first);
    let end = first[0];
    while (side && left.delete(side)) {
      ring.push(side[0]);
      end = side[1];
      side = isSame(end, first[0]) && isNext(side, first, from, left) ? undefined : following(side, from, left);
    }
    // At the edge of what is looked at a walk ends in the open.
    if (isSame(end, first[0]) && ring.length > 2) rings.push(ring);
  }
  return rings;
}

/**
 * @param {Directed} side
 * @param {Directed} first
 * @param {Map<Metres, Directed[]>} from
 * @param {Set<Directed>} left
 * @returns {boolean} whether the ring closes here: the sharpest turn to the left is back onto its first side
 */
function isNext(side, first, from, left) {
  const other = following(side, from, left);
  return other === undefined || turnOf(side, first) >= turnOf(side, other);
}

/**
 * @param {readonly Directed[]} boundary
 * @returns {Map<Metres, Directed[]>} sides by where they begin
 */
export function byBegin(boundary) {
  /** @type {Map<Metres, Directed[]>} */
  const from = new Map();
  for (const side of boundary) {
    const known = from.get(side[0]);
    if (known) known.push(side);
    else from.set(side[0], [side]);
  }
  return from;
}

/**
 * @param {Directed} side
 * @param {Map<Metres, Directed[]>} from
 * @param {Set<Directed> | null} [left] not walked yet; null: all
 * @returns {Directed | undefined} the one that turns most to the left: the land there is the same piece
 */
export function following(side, from, left = null) {
  let best = /** @type {Directed | undefined} */ (undefined);
  for (const next of from.get(side[1]) ?? []) if ((!left || left.has(next)) && (!best || turnOf(side, next) > turnOf(side, best))) best = next;
  if (best) return best;
  let least = BLUNT_M;
  for (const [begin, sides] of from) {
    const away = Math.hypot(begin[0] - side[1][0], begin[1] - side[1][1]);
    const next = away <= least ? sides.find((one) => one !== side && (!left || left.has(one))) : undefined;
    if (next) [best, least] = [next, away];
  }
  return best;
}

/**
 * @param {Metres} one
 * @param {Metres} other
 * @returns {boolean} whether a ring that comes from one to the other is closed
 */
function isSame(one, other) {
  return one === other || Math.hypot(one[0] - other[0], one[1] - other[1]) <= BLUNT_M;
}

/**
 * @param {Directed} side
 * @param {Directed} next
 * @returns {number} -pi to pi, to the left
 */
function turnOf([[ax, ay], [bx, by]], [, [cx, cy]]) {
  const [dx, dy, ex, ey] = [bx - ax, by - ay, cx - bx, cy - by];
  return Math.atan2(dx * ey - dy * ex, dx * ex + dy * ey);
}
