/**
 * The mark of a finding: each rule has a shape as well as a colour.
 *
 * @module finding_mark
 */

/** @import {Theme} from './theme.js' */

/** Corners of a mark on the unit circle, in turns from the top; none for a circle. @type {Record<string, number[]>} */
const CORNERS = {
  gap: [0, 1 / 3, 2 / 3],
  sliver: [1 / 2, 5 / 6, 1 / 6],
  stack: [1 / 8, 3 / 8, 5 / 8, 7 / 8],
};
/** A shape with corners covers less than a circle of its radius. */
const LARGER = 1.3;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius pixels
 * @param {{rule: string, severity?: string}} finding a rule that has no colour of its own has that of its severity
 * @param {Theme} theme
 */
export function paintMark(context, x, y, radius, { rule, severity = 'error' }, theme) {
  const corners = CORNERS[rule];
  context.beginPath();
  if (!corners) context.arc(x, y, radius, 0, 2 * Math.PI);
  corners?.forEach((turn, index) => {
    const [dx, dy] = [Math.sin(turn * 2 * Math.PI), -Math.cos(turn * 2 * Math.PI)];
    if (index === 0) context.moveTo(x + dx * radius * LARGER, y + dy * radius * LARGER);
    else context.lineTo(x + dx * radius * LARGER, y + dy * radius * LARGER);
  });
  context.closePath();
  context.fillStyle = theme.rules[rule] ?? { notice: theme.quiet, warning: theme.warn }[severity] ?? theme.bad;
  context.fill();
  context.lineWidth = 1.2;
  context.strokeStyle = theme.surface;
  context.stroke();
}
