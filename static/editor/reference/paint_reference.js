/**
 * Drawing reference layers: quiet, above the ground and below what is edited.
 *
 * @module paint_reference
 */

/** @import {Frame} from '../map_view.js' */
/** @import {Theme} from '../paint/theme.js' */
/** @import {ReferenceFeature, ReferenceLayer} from './reference_layer.js' */

const ARM_PX = 4;
const BESIDE_PX = 7;
const HALO_PX = 3;

/**
 * @param {Frame} frame
 * @param {readonly ReferenceLayer[]} layers
 * @param {Theme} theme
 */
export function paintReferences(frame, layers, theme) {
  const shown = layers.filter(({ isShown }) => isShown);
  if (shown.length === 0) return;
  const { context } = frame;
  context.save();
  context.strokeStyle = theme.reference;
  context.lineWidth = 1.2;
  for (const layer of shown) paintLines(frame, layer);
  for (const layer of shown) paintPoints(frame, layer);
  paintNames(frame, shown.flatMap(({ features }) => features), theme);
  context.restore();
}

/**
 * @param {Frame} frame
 * @param {ReferenceLayer} layer
 */
function paintLines({ context, project }, { features }) {
  context.setLineDash([7, 3, 1.5, 3]);
  context.beginPath();
  for (const part of features.flatMap(({ kind, parts }) => (kind === 'point' ? [] : parts))) {
    part.forEach((point, index) => {
      const [x, y] = project(point);
      if (index === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
  }
  context.stroke();
  context.setLineDash([]);
}

/**
 * Points as crosses.
 * @param {Frame} frame
 * @param {ReferenceLayer} layer
 */
function paintPoints({ context, project, width, height }, { features }) {
  context.beginPath();
  for (const { kind, parts } of features) {
    if (kind !== 'point') continue;
    for (const point of parts.flat()) {
      const [x, y] = project(point);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      context.moveTo(x - ARM_PX, y - ARM_PX);
      context.lineTo(x + ARM_PX, y + ARM_PX);
      context.moveTo(x - ARM_PX, y + ARM_PX);
      context.lineTo(x + ARM_PX, y - ARM_PX);
    }
  }
  context.stroke();
}

/**
 * Names where none covers another: beside points, and beside the middle point of lines.
 * @param {Frame} frame
 * @param {readonly ReferenceFeature[]} features
 * @param {Theme} theme
 */
function paintNames({ context, project, width, height }, features, theme) {
  context.font = theme.labelFont;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = theme.reference;
  context.lineWidth = HALO_PX;
  context.lineJoin = 'round';
  context.strokeStyle = theme.surface;
  /** Left, right and middle by rows of the height of a text. @type {Map<number, [number, number][]>} */
  const taken = new Map();
  for (const { name, kind, parts } of features) {
    const [first = []] = parts;
    const middle = kind === 'point' ? first[0] : first[Math.floor((first.length - 1) / 2)];
    if (!name || !middle) continue;
    const [px, py] = project(middle);
    if (px < 0 || py < 0 || px > width || py > height) continue;
    const [x, y] = [px + BESIDE_PX, py - BESIDE_PX];
    const right = x + context.measureText(name).width + 4;
    const row = Math.floor(y / theme.labelPx);
    const isFree = [row - 1, row, row + 1].every((each) => (taken.get(each) ?? []).every(([from, to]) => right < from || x > to));
    if (!isFree) continue;
    taken.set(row, [...(taken.get(row) ?? []), [x, right]]);
    context.strokeText(name, x, y);
    context.fillText(name, x, y);
  }
}
