/**
 * Whose boundary is redrawn, by how much each parcel changes, and the other way round where there is one.
 *
 * @module panels/boundary_card
 */

/** @import {Proposal} from '../tools/plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Card} from './tool_card.js' */

import { label } from '../actions/ring_repair.js';
import { fill, h } from '../dom.js';
import { figure, signed } from '../format.js';
import { boundaryPlan } from '../tools/boundary.js';
import { createTracingSwitch } from './tracing_switch.js';

/**
 * @param {Session} session
 * @returns {Card}
 */
export function createBoundaryCard(session) {
  const rows = h('div', { class: 'choices' });
  const tracing = createTracingSwitch(session);
  const content = h('div', {}, rows, tracing.element);
  return {
    content, verb: 'Redraw',
    render: (/** @type {Proposal} */ { graph, pieces = [], choices = 0 }) => {
      fill(rows, ...pieces.map((id) => {
        const [before, after] = [session.graph.parcel(id), graph?.parcel(id)];
        if (!before || !after || !graph) return null;
        const area = graph.areaM2(after);
        return h('div', { class: 'choice' }, h('span', {}, label(after)), h('span', { class: 'n' }, `${figure(area)} m² (${signed(area - session.graph.areaM2(before))})`));
      }));
      const { isDone, line } = boundaryPlan(session);
      tracing.render(isDone ? choices > 1 : session.state.isTracing && Boolean(line.at(-1)?.point));
    },
  };
}
