/**
 * What somebody has clicked or typed of a line, and has not carried out yet, outlives a reload of the page, in its tab. What
 * is done is a step, which the draft keeps.
 *
 * @module keep_plan
 */

/** @import {Graph} from '../graph.js' */
/** @import {Session} from '../session.js' */
/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {BoundaryPlan, DrawPlan, Plan, SplitPlan} from '../tools/plan.js' */

import { tellText } from '../tools/draw.js';

const KEPT_AS = 'spatial-admin.plan';

/** A plan with a line of its own: what is told of a merge is a word or two. @typedef {SplitPlan | BoundaryPlan | DrawPlan} LinePlan */
/** @typedef {{tool: string, plan: LinePlan}} Kept */

/**
 * @param {Session} session of a map that is placed
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null} storage of this tab; null where the browser keeps nothing
 * @param {() => void} onText a text is there again
 */
export function keepPlan(session, storage, onText) {
  /** What positions mean is known once their surroundings are loaded. @type {Kept | null} */
  let waiting = session.canEdit ? JSON.parse(storage?.getItem(KEPT_AS) ?? 'null') : null;
  let isBack = false;
  session.subscribe((state, before) => {
    if (waiting) {
      const { plan, tool } = waiting;
      // Another tool was taken up meanwhile: what is told it is told now.
      if (isBack && state.tool !== tool) waiting = null;
      else if (!state.loaded || !isUnderway(session, plan)) return;
      else {
        waiting = null;
        restore(session, plan);
        if (plan.kind === 'draw' && plan.typed) onText();
        return;
      }
    }
    if (state.plan !== before.plan && !isSameBut(state.plan, before.plan)) keep(storage, state.tool, state.plan);
  });
  if (!waiting) return;
  isBack = true;
  session.set({ tool: waiting.tool });
}

/**
 * @param {Session} session
 * @param {LinePlan} plan
 * @returns {boolean} whether the parcel that it is about is there, and selected as it was
 */
function isUnderway({ chosen }, plan) {
  return plan.kind === 'draw' || plan.parcel === null || (chosen.length === 1 && chosen[0]?.id === plan.parcel);
}

/**
 * @param {Pick<Storage, 'setItem' | 'removeItem'> | null} storage
 * @param {string} tool
 * @param {Plan | null} plan
 */
function keep(storage, tool, plan) {
  const isTold = plan !== null && plan.kind !== 'merge' && (plan.line.length > 0 || (plan.kind === 'draw' && plan.typed !== null));
  if (!isTold) return storage?.removeItem(KEPT_AS);
  const bare = { ...plan, pointer: null, found: null, line: plan.line.map(bareOf) };
  // Who has a number is asked anew.
  const kept = bare.kind === 'draw' && bare.typed ? { ...bare, typed: { ...bare.typed, named: null } } : bare.kind === 'split' ? { ...bare, taken: {} } : bare;
  storage?.setItem(KEPT_AS, JSON.stringify({ tool, plan: kept }));
}

/**
 * @param {LinePosition} position
 * @returns {LinePosition} without what it was snapped by, which is another after a reload
 */
function bareOf(position) {
  return { ...position, snap: null };
}

/**
 * @param {Plan | null} plan
 * @param {Plan | null} before
 * @returns {boolean} whether only the pointer is elsewhere: it is at every move of the mouse
 */
function isSameBut(plan, before) {
  if (plan === null || before === null || plan.kind !== before.kind) return false;
  const names = /** @type {(keyof typeof plan)[]} */ (Object.keys(plan));
  return names.every((name) => ['pointer', 'found', 'taken'].includes(name) || plan[name] === before[name]);
}

/**
 * @param {Session} session
 * @param {LinePlan} plan
 */
function restore(session, plan) {
  const there = (/** @type {LinePosition} */ position) => thereIn(session.graph, position);
  const line = plan.line.map(there);
  // One that an older page kept has no numbers.
  if (plan.kind === 'split') return session.set({ plan: { ...plan, line, numbers: plan.numbers ?? [], taken: plan.taken ?? {} } });
  if (plan.kind !== 'draw' || !plan.typed) return session.set({ plan: { ...plan, line } });
  const { text, closing, start, system } = plan.typed;
  session.set({ plan: { ...plan, line: [], typed: null } });
  // What the text comes to is worked out on what is there now.
  tellText(session, { text, closing, system, start: start && there(start) });
}

/**
 * @param {Graph} graph
 * @param {LinePosition} position
 * @returns {LinePosition} the point that it was may be gone, or not loaded: then the place is meant
 */
function thereIn(graph, position) {
  return position.point !== null && !graph.resolve(position.token) ? { ...position, point: null } : position;
}
