/**
 * What is narrow between land: grown by half a width and taken back again, with mitred corners, land has swallowed every
 * place that is narrower; as narrow_pieces in cadastre/gap.py, which lets GEOS do it.
 *
 * @module rules/closing
 */

/** @import {Directed} from './arrangement.js' */
/** @import {MetreBox, Metres, Rings} from './common_land.js' */

import { boundaryWhere, byBegin, following, ringsOf } from './arrangement.js';

/** A corner sharper than this is cut off, as by GEOS. */
const MITRE_LIMIT = 5;
/** Segments of a quarter of a circle. */
const QUARTER = 16;
/** Less is rounding (SLIVER_NOISE_M2, NOISE_WIDTH_M of the server). */
const NOISE_M2 = 1e-4;
const NOISE_WIDTH_M = 1e-5;

/** A shape that is asked whether it has a place: its sides at the height of what is looked at. @typedef {{sides: Directed[], box: MetreBox}} Shape */

/** @typedef {{rings: Metres[][], areaM2: number}} Piece `rings`: its exterior one first */

/**
 * @param {readonly Rings[]} covered land, metres
 * @param {number} widthM
 * @param {MetreBox} region in which it is sought; widened by the width
 * @returns {Piece[]} open land that is narrower on average
 */
export function narrowPieces(covered, widthM, region) {
  const zone = rounded(region, widthM);
  const reach = widened(region, widthM + MITRE_LIMIT * widthM);
  const shapes = covered.map((rings) => shapeOf(rings, reach)).filter(({ box }) => meets(box, reach));
  const isCovered = anyOf(shapes);
  const isInZone = anyOf([shapeOf([zone], reach)]);
  const sides = shapes.flatMap((shape) => shape.sides);
  const outline = boundaryWhere(sides, reach, isCovered);
  const holes = narrowOf(holesIn(outline), widthM).filter(({ rings }) => rings[0]?.every(([x, y]) => isInZone(x, y)));
  const grown = [...shapes, ...beside(outline, widthM / 2, 1).map((ring) => shapeOf([ring], reach))];
  const isGrown = anyOf(grown);
  const outer = boundaryWhere(grown.flatMap((shape) => shape.sides), reach, isGrown);
  const taken = beside(outer, widthM / 2, -1).map((ring) => shapeOf([ring], reach));
  const isTaken = anyOf([...taken, ...holes.map(({ rings }) => shapeOf(rings, reach))]);
  const isNarrow = (/** @type {number} */ x, /** @type {number} */ y) => isInZone(x, y) && !isCovered(x, y) && !isTaken(x, y) && isGrown(x, y);
  const all = [...sides, ...taken.flatMap((shape) => shape.sides), ...outer, ...sidesOf([zone])];
  return [...holes, ...narrowOf(polygonsOf(ringsOf(boundaryWhere(all, widened(region, widthM), isNarrow))), widthM)];
}

/**
 * @param {MetreBox} box
 * @param {number} metres
 * @returns {Metres[]} the box grown by so much, round at its corners as GEOS draws them
 */
function rounded([west, south, east, north], metres) {
  const corners = /** @type {Metres[]} */ ([[east, north], [west, north], [west, south], [east, south]]);
  return corners.flatMap(([x, y], corner) => Array.from({ length: QUARTER + 1 }, (_, step) => {
    const turn = ((corner + step / QUARTER) * Math.PI) / 2;
    return /** @type {Metres} */ ([x + metres * Math.cos(turn), y + metres * Math.sin(turn)]);
  }));
}

/**
 * Land that is enclosed, whole: also where it is wider than its mean in the middle, as a triangle is.
 * @param {Directed[]} outline land to the left
 * @returns {Metres[][][]}
 */
function holesIn(outline) {
  const open = outline.map(([a, b]) => /** @type {Directed} */ ([b, a]));
  return ringsOf(open).filter((ring) => twiceArea(ring) > 0).map((ring) => [ring]);
}

/**
 * What is gained by moving sides: a strip beside each, and a corner where two strips part.
 * @param {readonly Directed[]} outline
 * @param {number} metres
 * @param {1 | -1} hand 1 to the right, where no land is; -1 to the left
 * @returns {Metres[][]} rings
 */
function beside(outline, metres, hand) {
  const from = byBegin(outline);
  return outline.flatMap((side) => {
    const [a, b] = side;
    const [nx, ny] = normalOf(side, hand * metres);
    /** @type {Metres[]} */
    const strip = [a, b, [b[0] + nx, b[1] + ny], [a[0] + nx, a[1] + ny]];
    const next = following(side, from);
    const corner = next ? cornerOf(side, next, metres, hand) : null;
    return corner ? [strip, corner] : [strip];
  });
}

/**
 * @param {Directed} side
 * @param {number} metres to its right
 * @returns {Metres}
 */
function normalOf([[ax, ay], [bx, by]], metres) {
  const length = Math.hypot(bx - ax, by - ay);
  return [((by - ay) / length) * metres, ((ax - bx) / length) * metres];
}

/**
 * @param {Directed} side
 * @param {Directed} next
 * @param {number} metres
 * @param {1 | -1} hand
 * @returns {Metres[] | null} the ring between the two strips, to the tip of the mitre; null where they overlap
 */
function cornerOf(side, next, metres, hand) {
  const [x, y] = side[1];
  const [n, m] = [normalOf(side, hand * metres), normalOf(next, hand * metres)];
  const turn = (n[0] * m[1] - n[1] * m[0]) * hand;
  const cosine = (n[0] * m[0] + n[1] * m[1]) / (metres * metres);
  // The strips part where the ring turns away from them; straight on there is nothing between.
  if (turn < 0 || (turn === 0 && cosine > 0)) return null;
  const p = /** @type {Metres} */ ([x + n[0], y + n[1]]);
  const q = /** @type {Metres} */ ([x + m[0], y + m[1]]);
  const ratio = Math.sqrt(2 / Math.max(1e-12, 1 + cosine));
  if (ratio <= MITRE_LIMIT) return [[x, y], p, [x + (n[0] + m[0]) / (1 + cosine), y + (n[1] + m[1]) / (1 + cosine)], q];
  const [ux, uy] = [(n[1] / metres) * -hand, (n[0] / metres) * hand];
  const [dx, dy] = ratio > 1e5 ? [ux, uy] : [(n[0] + m[0]) / Math.hypot(n[0] + m[0], n[1] + m[1]), (n[1] + m[1]) / Math.hypot(n[0] + m[0], n[1] + m[1])];
  const [vx, vy] = [(m[1] / metres) * hand, (m[0] / metres) * -hand];
  const far = MITRE_LIMIT * metres;
  const [t, s] = [(far - n[0] * dx - n[1] * dy) / (ux * dx + uy * dy), (far - m[0] * dx - m[1] * dy) / (vx * dx + vy * dy)];
  return [[x, y], p, [p[0] + t * ux, p[1] + t * uy], [q[0] + s * vx, q[1] + s * vy], q];
}

/**
 * @param {Metres[][]} rings
 * @returns {Metres[][][]} exterior rings, each with those of its holes
 */
function polygonsOf(rings) {
  const polygons = rings.filter((ring) => twiceArea(ring) > 0).map((ring) => [ring]);
  for (const hole of rings) {
    if (twiceArea(hole) >= 0) continue;
    const [x, y] = /** @type {Metres} */ (hole[0]);
    const around = polygons.filter(([shell = []]) => hasPlace(sidesOf([shell]), x, y)).sort(([a = []], [b = []]) => twiceArea(a) - twiceArea(b))[0];
    around?.push(hole);
  }
  return polygons;
}

/**
 * @param {Metres[][][]} polygons
 * @param {number} widthM
 * @returns {Piece[]}
 */
function narrowOf(polygons, widthM) {
  return polygons.flatMap((rings) => {
    const areaM2 = rings.reduce((sum, ring) => sum + twiceArea(ring) / 2, 0);
    const lengthM = rings.flatMap((ring) => sidesOf([ring])).reduce((sum, [a, b]) => sum + Math.hypot(b[0] - a[0], b[1] - a[1]), 0);
    const width = (2 * areaM2) / lengthM;
    return areaM2 > NOISE_M2 && width > NOISE_WIDTH_M && width < widthM ? [{ rings, areaM2 }] : [];
  });
}

/**
 * @param {Rings} rings
 * @returns {Directed[]}
 */
export function sidesOf(rings) {
  return rings.flatMap((ring) => ring.map((a, index) => /** @type {Directed} */ ([a, /** @type {Metres} */ (ring[(index + 1) % ring.length])])));
}

/**
 * @param {Metres[]} ring
 * @returns {number}
 */
function twiceArea(ring) {
  const [[x0, y0] = [0, 0]] = ring;
  return sidesOf([ring]).reduce((sum, [[ax, ay], [bx, by]]) => sum + (ax - x0) * (by - y0) - (bx - x0) * (ay - y0), 0);
}

/**
 * @param {Rings} rings
 * @param {MetreBox} reach what is looked at: of a road that goes through the town little lies there
 * @returns {Shape}
 */
function shapeOf(rings, reach) {
  /** @type {MetreBox} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  /** @type {Directed[]} */
  const sides = [];
  for (const ring of rings) {
    let p = /** @type {Metres} */ (ring[ring.length - 1]);
    for (const q of ring) {
      if (q[0] < box[0]) box[0] = q[0];
      if (q[1] < box[1]) box[1] = q[1];
      if (q[0] > box[2]) box[2] = q[0];
      if (q[1] > box[3]) box[3] = q[1];
      // What lies west of it is not counted by a ray to the east.
      if (Math.max(p[1], q[1]) >= reach[1] && Math.min(p[1], q[1]) <= reach[3] && Math.max(p[0], q[0]) >= reach[0]) sides.push([p, q]);
      p = q;
    }
  }
  return { sides, box };
}

/**
 * @param {readonly Shape[]} shapes
 * @returns {(x: number, y: number) => boolean}
 */
function anyOf(shapes) {
  return (x, y) => shapes.some(({ sides, box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && hasPlace(sides, x, y));
}

/**
 * @param {readonly Directed[]} sides
 * @param {number} x
 * @param {number} y
 * @returns {boolean}
 */
function hasPlace(sides, x, y) {
  let isInside = false;
  for (const [[px, py], [qx, qy]] of sides) if (py > y !== qy > y && x < px + ((qx - px) * (y - py)) / (qy - py)) isInside = !isInside;
  return isInside;
}

/**
 * @param {MetreBox} box
 * @param {number} metres
 * @returns {MetreBox}
 */
export function widened([west, south, east, north], metres) {
  return [west - metres, south - metres, east + metres, north + metres];
}

/**
 * @param {MetreBox} one
 * @param {MetreBox} other
 * @returns {boolean}
 */
function meets(one, other) {
  return one[0] <= other[2] && other[0] <= one[2] && one[1] <= other[3] && other[1] <= one[3];
}
