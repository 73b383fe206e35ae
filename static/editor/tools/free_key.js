/**
 * Holding Alt places a point freely, and S switches snapping: both count at once, not only when the pointer moves again.
 *
 * @module tools/free_key
 */

/** @import {EditorMap} from '../editor_map.js' */

/**
 * @param {EditorMap} map
 */
export function listenToFreeKey(map) {
  for (const type of /** @type {const} */ (['keydown', 'keyup'])) {
    document.addEventListener(type, (event) => {
      if (event.key !== 'Alt' || event.repeat || (!map.hand.drag && !map.pointed)) return;
      // The browser's menu would take the keyboard away.
      event.preventDefault();
      const { hand, pointed } = map;
      const isFree = { altKey: type === 'keydown' };
      if (hand.last) hand.last = new PointerEvent('pointermove', { clientX: hand.last.clientX, clientY: hand.last.clientY, ...isFree });
      if (pointed) map.pointed = { ...pointed, event: new MouseEvent('mousemove', isFree) };
      map.pointAgain();
    });
  }
  map.bench.session.subscribe((state, before) => {
    if (state.isSnapping !== before.isSnapping) map.pointAgain();
  });
}
