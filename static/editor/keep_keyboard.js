/**
 * The keyboard is never lost: when what had it is gone, hidden or switched off (the handles of a tool that was left, the button of
 * a plan that was carried out, the field of a reason that was saved), the map has it, where the way of an edit goes on.
 *
 * @module keep_keyboard
 */

/** @import {MapView} from './map_view.js' */
/** @import {Session} from './session.js' */

/**
 * Asked last, when all else has been drawn after a change.
 * @param {Document} page
 * @param {Session} session
 * @param {Pick<MapView, 'takeKeyboard'>} view
 */
export function keepKeyboard(page, session, view) {
  let last = /** @type {Element | null} */ (null);
  page.addEventListener('focusin', (event) => {
    last = event.target instanceof Element ? event.target : null;
  });
  session.subscribe(() => {
    if (page.activeElement === page.body && last && !canHaveIt(last)) view.takeKeyboard();
  });
}

/**
 * @param {Element} element
 * @returns {boolean}
 */
function canHaveIt(element) {
  return element.isConnected && element.getClientRects().length > 0 && !element.matches(':disabled');
}
