/**
 * The courses or coordinates that somebody is typing, and has not drawn yet, outlive a reload of the page.
 *
 * @module keep_text
 */

/** @import {Session} from '../session.js' */
/** @import {DrawPlan} from '../tools/plan.js' */

import { drawPlan, tellText } from '../tools/draw.js';

const KEPT_AS = 'spatial-admin.courses';

/** @typedef {Pick<DrawPlan, 'parcelKind' | 'number'> & Pick<NonNullable<DrawPlan['typed']>, 'text' | 'start' | 'closing'>} Kept */

/**
 * @param {Session} session of a map that is placed
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null} storage of this tab; null where the browser keeps nothing
 * @param {() => void} onRestored the text is there again
 */
export function keepText(session, storage, onRestored) {
  /** What numbers mean is known once something is loaded. @type {Kept | null} */
  let waiting = session.canEdit ? JSON.parse(storage?.getItem(KEPT_AS) ?? 'null') : null;
  session.subscribe((state, before) => {
    if (waiting) {
      if (!state.loaded || state.tool !== 'draw') return;
      const kept = waiting;
      waiting = null;
      restore(session, kept);
      onRestored();
      return;
    }
    if (state.plan === before.plan) return;
    const plan = state.plan?.kind === 'draw' ? state.plan : null;
    if (!plan?.typed) return storage?.removeItem(KEPT_AS);
    const { text, start, closing } = plan.typed;
    storage?.setItem(KEPT_AS, JSON.stringify({ text, start, closing, parcelKind: plan.parcelKind, number: plan.number }));
  });
  if (waiting) session.set({ tool: 'draw' });
}

/**
 * @param {Session} session
 * @param {Kept} kept
 */
function restore(session, { text, start, closing, parcelKind, number }) {
  session.set({ plan: { ...drawPlan(session), parcelKind, number } });
  // The point it began at may be gone, or not loaded: then the place is meant.
  const isThere = start?.point && session.graph.resolve(start.token);
  tellText(session, { text, closing, start: start && !isThere ? { ...start, point: null } : start });
}
