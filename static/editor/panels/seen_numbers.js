/**
 * Numbers of parcels of which a picture shows a part: where the middle of a parcel lies beyond it, its number stands in what
 * is seen, away from the edges, from other numbers and from what the picture is about.
 *
 * @module panels/seen_numbers
 */

/** @import {Graph} from '../graph.js' */
/** @import {Frame} from '../map_view.js' */
/** @import {Theme} from '../paint/theme.js' */
/** @import {Parcel} from '../types.js' */

import { rings } from '../base.js';
import { labelPlace } from '../paint/label_place.js';
import { paintLabel, trace } from '../paint/painting.js';

const STEP_PX = 8;
const EDGE_PX = 10;
/** Half of a number's height, with some air. */
const LOW_PX = 8;

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {readonly Parcel[]} parcels
 * @param {{theme: Theme, ratio: number, taken: [number, number][]}} look `ratio`: of the canvas; `taken`: pixels to keep away from
 */
export function paintSeenNumbers(frame, graph, parcels, { theme, ratio, taken }) {
  const { context, project, width, height } = frame;
  const kept = [...taken];
  for (const parcel of parcels) {
    const [x, y] = project(labelPlace(graph, parcel));
    if (x > EDGE_PX && x < width - EDGE_PX && y > EDGE_PX && y < height - EDGE_PX) {
      paintLabel(frame, graph, parcel, theme.text, theme);
      kept.push([x, y]);
      continue;
    }
    const text = parcel.properties['number'];
    if (typeof text !== 'string' || text === '') continue;
    context.font = theme.labelFont;
    const place = seenPlace(frame, graph, parcel, { half: context.measureText(text).width / 2 + 2, ratio, kept });
    if (!place) continue;
    kept.push(place);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = theme.text;
    context.fillText(text, ...place);
  }
}

/**
 * @param {Frame} frame
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @param {{half: number, ratio: number, kept: [number, number][]}} room `half` the width of the number
 * @returns {[number, number] | null} null where it has no room in what is seen
 */
function seenPlace(frame, graph, parcel, { half, ratio, kept }) {
  const { context, width, height } = frame;
  const path = new Path2D();
  for (const ring of rings(parcel)) trace(frame, graph, ring, path);
  const has = (/** @type {number} */ x, /** @type {number} */ y) => context.isPointInPath(path, x * ratio, y * ratio, 'evenodd');
  /** @type {[number, number] | null} */
  let best = null;
  let most = half;
  for (let y = EDGE_PX; y <= height - EDGE_PX; y += STEP_PX) {
    for (let x = half + EDGE_PX; x <= width - half - EDGE_PX; x += STEP_PX) {
      const away = Math.min(3 * Math.min(x - half, width - half - x, y, height - y), ...kept.map(([u, v]) => Math.hypot(u - x, v - y)));
      if (away > most && [[x, y], [x - half, y], [x + half, y], [x, y - LOW_PX], [x, y + LOW_PX]].every(([u = 0, v = 0]) => has(u, v))) [best, most] = [[x, y], away];
    }
  }
  return best;
}
