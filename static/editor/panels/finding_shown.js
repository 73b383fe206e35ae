/**
 * A finding that somebody came to look at, by `?finding=ID`: its place is in view and marked until the next click or
 * Escape, and is in the address meanwhile.
 *
 * @module panels/finding_shown
 */

/** @import {MapView} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {StoredFinding} from '../types.js' */

import { measureText } from '../findings/measure.js';
import { widen } from '../storage/geodesy.js';
import { boxOfRefusal, ruleName } from '../paint/paint_place.js';

/**
 * @param {MapView} view
 * @param {Session} session
 * @param {StoredFinding | null | undefined} finding
 * @param {boolean} isPlaced the map stays where it is
 */
export function showFinding(view, session, finding, isPlaced) {
  if (!finding) return;
  session.set({ finding });
  const box = boxOfRefusal(finding);
  if (box && !isPlaced) view.fit(widen(box, 1.5, 6), { maxZoom: 21, animate: false });
  const clear = () => {
    if (session.state.finding) session.set({ finding: null });
  };
  view.onClick(clear);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') clear();
  });
}

/**
 * @param {StoredFinding} finding
 * @returns {string} "Overlap of 12 and 13, 4.20 m², open"
 */
export function findingSentence({ rule, parcels, measure, status, place }) {
  const of = parcels.length > 0 ? ` of ${new Intl.ListFormat('en').format(parcels)}` : '';
  const size = measureText(rule, measure);
  return `${ruleName(rule)}${of}${size ? `, ${size}` : ''}, ${status}${place ? '' : '; its place is not known'}`;
}
