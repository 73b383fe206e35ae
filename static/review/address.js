/**
 * The address names the filters and the selected finding, so that a view can be sent to somebody and back leads back.
 *
 * @module review/address
 */

/** @import {Desk} from './desk.js' */
/** @import {Loading} from './loading.js' */

import { isSame, readAddress, writeAddress } from './filters.js';

/** Going through the queue is not a hundred places to go back to: only where somebody stayed so long is one. */
const STAYED_MS = 1200;

/**
 * @param {Desk} desk
 * @param {Loading} loading
 */
export function followAddress(desk, loading) {
  let since = performance.now();
  let isLed = false;
  desk.subscribe((state, before) => {
    if (isLed || (state.filters === before.filters && state.selected === before.selected)) return;
    const address = location.pathname + writeAddress({ filters: state.filters, finding: state.selected });
    if (address === location.pathname + location.search) return;
    const hasStayed = performance.now() - since > STAYED_MS && before.selected !== null;
    since = performance.now();
    const isChoice = !isSame(state.filters, before.filters) && before.filters.box === state.filters.box;
    if (isChoice || hasStayed) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  });
  window.addEventListener('popstate', () => {
    const { filters, finding } = readAddress(location.search);
    const isOther = !isSame(filters, desk.state.filters);
    isLed = true;
    if (isOther) desk.set({ filters });
    if (finding !== null) desk.select(finding);
    isLed = false;
    if (isOther) void loading.anew({ isQuiet: true, keep: finding });
  });
}
