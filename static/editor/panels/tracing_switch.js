/**
 * In the card of a tool that draws a line: whether it follows boundaries, and the other way round.
 *
 * @module panels/tracing_switch
 */

/** @import {Session} from '../session.js' */

import { h } from '../dom.js';
import { toolNamed } from '../tools/all.js';

/**
 * @param {Session} session
 * @returns {{element: HTMLElement, render: (canTurn: boolean) => void}}
 */
export function createTracingSwitch(session) {
  const follows = h('input', { type: 'checkbox', change: () => session.set({ isTracing: follows.checked }) });
  const turn = h('button', { type: 'button', class: 'action', 'aria-keyshortcuts': 'U', click: () => toolNamed(session.state.tool).turn?.(session) }, 'The other way round', h('kbd', { 'aria-hidden': 'true' }, 'U'));
  const element = h('div', {},
    h('label', { class: 'choice', title: 'From one point of a boundary to another the line takes all points between' }, follows, h('span', {}, 'Follow boundaries'), h('kbd', { 'aria-hidden': 'true' }, 'F')), turn);
  return {
    element,
    render: (canTurn) => {
      follows.checked = session.state.isTracing;
      turn.hidden = !canTurn;
    },
  };
}
