/**
 * @module land/direction
 */

/** @import {PointId} from '../types.js' */
/** @import {Land} from './rings.js' */

/** @typedef {[number, number]} Place metres */

/**
 * The direction of the shorter sides of the smallest rectangle around points, as cadastre/half_plane.py takes it: lines
 * in it divide a lot across its longer side.
 * @param {Land} land
 * @param {Iterable<PointId>} points
 * @returns {number} bearing from grid north, 0 to 180 degrees
 */
export function acrossTheLongerSide(land, points) {
  const hull = convexHull([...points].map((id) => land.local(land.at(id))));
  let best = { area: Infinity, bearing: 0 };
  hull.forEach(([ax, ay], index) => {
    const [bx, by] = /** @type {Place} */ (hull[(index + 1) % hull.length]);
    const far = Math.hypot(bx - ax, by - ay);
    if (far === 0) return;
    const [east, north] = [(bx - ax) / far, (by - ay) / far];
    const along = span(hull.map(([x, y]) => x * east + y * north));
    const across = span(hull.map(([x, y]) => y * east - x * north));
    const bearing = rounded((Math.atan2(east, north) * 180) / Math.PI + (along > across ? 90 : 0));
    // Of a square both sides are as long: the one counts that is nearer to north, clockwise.
    const isSquare = Math.abs(along - across) <= 1e-6 * Math.max(along, across);
    if (along * across < best.area) best = { area: along * across, bearing: isSquare ? Math.min(bearing, rounded(bearing + 90)) : bearing };
  });
  return best.bearing;
}

/**
 * @param {number} degrees
 * @returns {number} 0 to 180, without what computing leaves at the end
 */
function rounded(degrees) {
  return (Math.round(((degrees + 360) % 180) * 1e9) / 1e9) % 180;
}

/**
 * @param {number[]} values
 * @returns {number}
 */
function span(values) {
  return Math.max(...values) - Math.min(...values);
}

/**
 * @param {Place[]} places
 * @returns {Place[]} corners of their convex hull, counterclockwise (Andrew's monotone chain)
 */
function convexHull(places) {
  const sorted = [...places].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return [...half(sorted), ...half([...sorted].reverse())];
}

/**
 * @param {Place[]} sorted
 * @returns {Place[]} without the last, which begins the other half
 */
function half(sorted) {
  /** @type {Place[]} */
  const chain = [];
  for (const [x, y] of sorted) {
    for (;;) {
      const [a, b] = chain.slice(-2);
      if (!a || !b || (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) > 0) break;
      chain.pop();
    }
    chain.push([x, y]);
  }
  return chain.slice(0, -1);
}
