/**
 * What shapes have in common, or one has and another has not: between the heights where anything begins, ends or crosses,
 * every side is a straight line, and the land between two sides a trapezoid. So there are no rings to be put together, and
 * what rounding does to a crossing changes no more than a strip as narrow as that.
 *
 * @module rules/common_land
 */

/** Metres in a local plane. @typedef {[number, number]} Metres */

/** Rings, exterior and interior ones. @typedef {Metres[][]} Rings */

/** @typedef {{ax: number, ay: number, bx: number, by: number, of: number}} Side from a up to b, of which shape */

/** South-west, south-east, north-east, north-west. @typedef {[Metres, Metres, Metres, Metres]} Trapezoid */

/** @typedef {{areaM2: number, lengthM: number, pieces: Trapezoid[]}} Land length: of its outline */

/** @typedef {[number, number, number, number]} MetreBox west, south, east, north */

/** What is narrower than that is rounding along a side that two shapes have. */
const NOISE_M = 1e-7;

/**
 * @param {Rings[]} shapes
 * @param {(has: boolean[]) => boolean} isWanted by which of the shapes have it; never where none does
 * @param {MetreBox} box around all that is wanted
 * @returns {Land}
 */
export function landWhere(shapes, isWanted, box) {
  const sides = sidesIn(shapes, box);
  const heights = heightsOf(sides, levelsIn(shapes, box), box);
  const sweep = sweeping(sides);
  /** @type {Land} */
  const land = { areaM2: 0, lengthM: 0, pieces: [] };
  /** @type {Trapezoid[]} */
  let below = [];
  heights.slice(1).forEach((high, index) => {
    const low = /** @type {number} */ (heights[index]);
    const band = bandOf(sweep((low + high) / 2), shapes.length, isWanted, low, high);
    for (const piece of band) {
      const [[west, ], [east, ], [eastUp, ], [westUp, ]] = piece;
      land.areaM2 += ((east - west + eastUp - westUp) / 2) * (high - low);
      land.lengthM += Math.hypot(westUp - west, high - low) + Math.hypot(eastUp - east, high - low);
    }
    land.lengthM += levelLength(below, band);
    land.pieces.push(...band);
    below = band;
  });
  land.lengthM += levelLength(below, []);
  return land;
}

/**
 * @param {Rings[]} shapes
 * @param {MetreBox} box
 * @returns {Side[]} sides at the height of the box that do not lie beyond it in the east, in the order in which they begin
 */
function sidesIn(shapes, [, south, east, north]) {
  /** @type {Side[]} */
  const sides = [];
  shapes.forEach((rings, of) => {
    for (const ring of rings) {
      let [px, py] = /** @type {Metres} */ (ring[ring.length - 1]);
      for (const [x, y] of ring) {
        if (py !== y && (py > south || y > south) && (py < north || y < north) && (px <= east || x <= east)) {
          sides.push(py < y ? { ax: px, ay: py, bx: x, by: y, of } : { ax: x, ay: y, bx: px, by: py, of });
        }
        [px, py] = [x, y];
      }
    }
  });
  return sides.sort((one, other) => one.ay - other.ay);
}

/**
 * @param {Rings[]} shapes
 * @param {MetreBox} box
 * @returns {number[]} heights of level sides: one may run through the box with both of its ends beyond it
 */
function levelsIn(shapes, [west, south, east, north]) {
  /** @type {number[]} */
  const levels = [];
  for (const ring of shapes.flat()) {
    let [px, py] = /** @type {Metres} */ (ring[ring.length - 1]);
    for (const [x, y] of ring) {
      if (py === y && y > south && y < north && (px >= west || x >= west) && (px <= east || x <= east)) levels.push(y);
      [px, py] = [x, y];
    }
  }
  return levels;
}

/**
 * As heights go up, sides begin and end: each is looked at where it is there, not at every height.
 * @param {Side[]} sides in the order in which they begin
 * @returns {(middle: number) => Side[]} those at a height, which is asked for from below upwards
 */
function sweeping(sides) {
  let begun = 0;
  /** @type {Side[]} */
  let here = [];
  return (middle) => {
    // A point beyond the box may lie at this very height: one of its two sides counts.
    here = here.filter((side) => side.by > middle);
    for (; begun < sides.length && /** @type {Side} */ (sides[begun]).ay <= middle; begun += 1) {
      const side = /** @type {Side} */ (sides[begun]);
      if (side.by > middle) here.push(side);
    }
    return here;
  };
}

/**
 * @param {Side[]} sides in the order in which they begin
 * @param {number[]} levels
 * @param {MetreBox} box
 * @returns {number[]} ascending: where sides begin, end, cross or lie level within the box
 */
function heightsOf(sides, levels, [west, south, , north]) {
  const heights = new Set([south, north, ...levels]);
  const inside = sides.filter((side) => side.ax >= west || side.bx >= west);
  for (const [index, one] of inside.entries()) {
    for (const y of [one.ay, one.by]) if (y > south && y < north) heights.add(y);
    for (let next = index + 1; next < inside.length; next += 1) {
      const other = /** @type {Side} */ (inside[next]);
      if (other.ay >= one.by) break;
      const y = crossingHeight(one, other);
      if (y !== null && y > south && y < north) heights.add(y);
    }
  }
  return [...heights].sort((a, b) => a - b);
}

/**
 * @param {Side} one
 * @param {Side} other
 * @returns {number | null} where they cross between their ends
 */
function crossingHeight(one, other) {
  const [low, high] = [Math.max(one.ay, other.ay), Math.min(one.by, other.by)];
  if (low >= high) return null;
  const before = xAt(one, low) - xAt(other, low);
  const after = xAt(one, high) - xAt(other, high);
  return before * after < 0 ? low + ((high - low) * before) / (before - after) : null;
}

/**
 * @param {Side} side
 * @param {number} y
 * @returns {number}
 */
function xAt({ ax, ay, bx, by }, y) {
  return y === by ? bx : ax + ((bx - ax) * (y - ay)) / (by - ay);
}

/**
 * @param {Side[]} sides that are there between the heights
 * @param {number} count of shapes
 * @param {(has: boolean[]) => boolean} isWanted
 * @param {number} low
 * @param {number} high
 * @returns {Trapezoid[]} from west to east
 */
function bandOf(sides, count, isWanted, low, high) {
  const middle = (low + high) / 2;
  const here = sides.map((side) => ({ side, x: xAt(side, middle) })).sort((a, b) => a.x - b.x);
  const has = new Array(count).fill(false);
  /** @type {Trapezoid[]} */
  const band = [];
  /** @type {typeof here[number] | null} */
  let from = null;
  for (const to of here) {
    has[to.side.of] = !has[to.side.of];
    const isIn = isWanted(has);
    if (isIn && !from) from = to;
    else if (!isIn && from) {
      if (to.x - from.x > NOISE_M) band.push([[xAt(from.side, low), low], [xAt(to.side, low), low], [xAt(to.side, high), high], [xAt(from.side, high), high]]);
      from = null;
    }
  }
  return band;
}

/**
 * @param {Trapezoid[]} below
 * @param {Trapezoid[]} above
 * @returns {number} metres of the height between two bands at which only one of them has land
 */
function levelLength(below, above) {
  const ends = [...below.flatMap(([, , [east], [west]]) => [[west, 1], [east, -1]]), ...above.flatMap(([[west], [east]]) => [[west, 2], [east, -2]])];
  ends.sort(([a = 0], [b = 0]) => a - b);
  let [length, one, other, last] = [0, 0, 0, 0];
  for (const [x = 0, step = 0] of ends) {
    if ((one > 0) !== (other > 0)) length += x - last;
    if (Math.abs(step) === 1) one += step;
    else other += step;
    last = x;
  }
  return length;
}
