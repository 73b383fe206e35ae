/**
 * Keys on the handle of a point: arrows move it, Delete removes it, Ctrl+A chooses all of them.
 *
 * @module tools/handle_keys
 */

/** @import {Handle} from './handles.js' */
/** @import {Bench} from './tool.js' */

import { nudge } from './move.js';
import { removePointOf } from './remove.js';

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {Bench} bench
 * @param {Handle} handle
 * @param {KeyboardEvent} event
 * @param {() => Handle[]} points those that are shown
 */
export function pressOnHandle(bench, handle, event, points) {
  const arrow = ARROWS[event.key];
  if (arrow && handle.kind === 'point' && !event.ctrlKey && !event.metaKey) {
    const step = event.shiftKey ? 10 : 1;
    nudge(bench, handle, arrow[0] * step, arrow[1] * step);
  } else if ((event.key === 'Delete' || event.key === 'Backspace') && handle.kind === 'point') {
    removePointOf(bench, handle);
  } else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey) && bench.session.state.tool === 'move') {
    bench.session.set({ points: points().map((each) => each.key) });
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
