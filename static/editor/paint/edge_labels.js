/**
 * Where texts stand along lines on the screen: beside the middle, turned with the line so that they are read from below or
 * from the right, and never over each other. Pure arithmetic in pixels.
 *
 * @module edge_labels
 */

/** @typedef {{from: [number, number], to: [number, number], text: string, short?: string, isWanted?: boolean}} LabelledLine `short`: where the whole text does not fit; `isWanted`: level beside the line where it does not fit along it */
/** @typedef {{x: number, y: number, angle: number, halfWidth: number, halfHeight: number}} TextBox turned about its middle; angle in radians */
/** @typedef {TextBox & {text: string}} EdgeLabel */

/** Room for the handles at both ends. */
const END_PX = 9;
const BESIDE_PX = 3;

/**
 * @param {readonly LabelledLine[]} lines the first has the first choice
 * @param {(text: string) => number} widthOf pixels
 * @param {number} height pixels
 * @param {readonly TextBox[]} [taken] what stands there already
 * @returns {EdgeLabel[]} those that found a place
 */
export function placeEdgeLabels(lines, widthOf, height, taken = []) {
  const boxes = [...taken];
  return lines.flatMap((line) => {
    for (const text of line.short ? [line.text, line.short] : [line.text]) {
      const box = candidates(line, widthOf(text) / 2, height / 2).find((one) => !boxes.some((other) => boxesOverlap(one, other)));
      if (!box) continue;
      boxes.push(box);
      return [{ ...box, text }];
    }
    return [];
  });
}

/**
 * @param {LabelledLine} line
 * @param {number} halfWidth
 * @param {number} halfHeight
 * @returns {TextBox[]} the best first
 */
function candidates({ from: [ax, ay], to: [bx, by], isWanted = false }, halfWidth, halfHeight) {
  const [dx, dy] = [bx - ax, by - ay];
  const size = Math.hypot(dx, dy);
  const [x, y] = [(ax + bx) / 2, (ay + by) / 2];
  if (size >= 2 * (halfWidth + END_PX)) {
    const raw = Math.atan2(dy, dx);
    const angle = raw >= Math.PI / 2 - 1e-3 ? raw - Math.PI : raw < -Math.PI / 2 - 1e-3 ? raw + Math.PI : raw;
    const away = halfHeight + BESIDE_PX;
    return [-1, 1].map((side) => ({ x: x - side * Math.sin(angle) * away, y: y + side * Math.cos(angle) * away, angle, halfWidth, halfHeight }));
  }
  if (!isWanted || size === 0) return [];
  // Level, just clear of the line on either side.
  const [nx, ny] = [-dy / size, dx / size];
  const away = Math.abs(nx) * halfWidth + Math.abs(ny) * halfHeight + 2 * BESIDE_PX;
  return [1, -1].map((side) => ({ x: x + side * nx * away, y: y + side * ny * away, angle: 0, halfWidth, halfHeight }));
}

/**
 * @param {TextBox} one
 * @param {TextBox} other
 * @returns {boolean} whether they have more in common than a border: no axis of either keeps them apart
 */
export function boxesOverlap(one, other) {
  return [one.angle, one.angle + Math.PI / 2, other.angle, other.angle + Math.PI / 2].every((axis) => {
    const apart = Math.abs((other.x - one.x) * Math.cos(axis) + (other.y - one.y) * Math.sin(axis));
    return apart < reach(one, axis) + reach(other, axis) - 1e-9;
  });
}

/**
 * @param {TextBox} box
 * @param {number} axis radians
 * @returns {number} how far it reaches from its middle along an axis
 */
function reach({ angle, halfWidth, halfHeight }, axis) {
  return Math.abs(Math.cos(axis - angle)) * halfWidth + Math.abs(Math.sin(axis - angle)) * halfHeight;
}
