/**
 * The card over a corner of the map that belongs to the active tool: what it is about to do, in numbers, and what it may
 * be told besides. It is there only while a tool that plans is active, and takes no focus by itself.
 *
 * @module panels/tool_card
 */

/** @import {EditorMap} from '../editor_map.js' */
/** @import {Proposal} from '../tools/plan.js' */
/** @import {Session} from '../session.js' */

import { fill, h, setAttribute } from '../dom.js';
import { proposal } from '../tools/plan.js';
import { createBoundaryCard } from './boundary_card.js';
import { createDrawCard } from './draw_card.js';
import { giveWay } from './give_way.js';
import { createMergeCard } from './merge_card.js';
import { createSplitCard } from './split_card.js';

/**
 * @typedef {object} Card what a tool shows
 * @property {HTMLElement} content
 * @property {string} verb of its button
 * @property {(proposal: Proposal) => void} render
 */

/** @type {Record<string, (session: Session) => Card>} */
const CARDS = { boundary: createBoundaryCard, draw: createDrawCard, merge: createMergeCard, split: createSplitCard };

/**
 * @param {HTMLElement} place over the map
 * @param {Session} session
 * @param {EditorMap} map
 */
export function createToolCard(place, session, map) {
  const card = h('section', { class: 'tool-card', 'aria-label': 'Tool', hidden: true });
  place.append(card);
  /** @type {Card | null} */
  let shown = null;
  let name = '';
  const reason = h('p', { class: 'reason', role: 'status' });
  const doIt = h('button', { type: 'button', class: 'action action-primary', click: () => map.carryOut() });
  const cancel = h('button', { type: 'button', class: 'action', click: () => session.set({ tool: 'select' }) }, 'Cancel');
  card.addEventListener('keydown', (event) => {
    // In a text of several lines Enter begins the next; with Ctrl it does what is planned.
    if (event.target instanceof HTMLTextAreaElement && !event.ctrlKey && !event.metaKey) return;
    // A button that is pressed already has nothing else to do.
    if (event.key !== 'Enter' || (event.target instanceof HTMLButtonElement && event.target.ariaPressed !== 'true')) return;
    event.preventDefault();
    map.carryOut();
  });

  const open = () => {
    const make = CARDS[map.tool.name];
    name = map.tool.name;
    shown = session.canEdit && make ? make(session) : null;
    card.hidden = shown === null;
    if (!shown) return fill(card);
    fill(card, h('h2', {}, map.tool.label), shown.content, reason,
      h('div', { class: 'actions' }, doIt, cancel));
    fill(doIt, shown.verb, h('kbd', { 'aria-hidden': 'true' }, 'Enter'));
  };
  const render = () => {
    if (map.tool.name !== name) open();
    const now = shown && proposal(map.bench, map.tool);
    if (!shown || !now) return;
    shown.render(now);
    reason.textContent = now.reason ?? '';
    reason.hidden = !now.reason;
    setAttribute(doIt, 'aria-disabled', now.operation && session.isEditable ? null : 'true');
  };
  session.subscribe(render);
  render();
  giveWay(card, session, map.bench.view);
}
