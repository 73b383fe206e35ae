/**
 * A point in hand while numbers are typed: dragged, with the button down or let go meanwhile, or by its handle that has the
 * focus.
 *
 * @module point_in_hand
 */

/** @import {EditorMap} from '../editor_map.js' */
/** @import {Pointed} from '../map_view.js' */
/** @import {Target} from './typing.js' */
/** @import {LonLat} from '../types.js' */

import { lockByKey } from './lock_keys.js';
import { beginningOf } from './typing.js';

/**
 * A number that is typed while something is in hand opens the field for it, before the map or a shortcut takes the key; A and O
 * hold its bearing and its length.
 * @param {EditorMap} map
 * @param {KeyboardEvent} event
 */
export function keyInHand(map, event) {
  if (map.typing.isOpen || event.defaultPrevented) return;
  const text = beginningOf(event);
  if (text !== null ? openWith(map, event, text) : lockByKey(map, event, () => inHand(map, null) ?? map.tool.typing?.(map.bench) ?? null)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * @param {EditorMap} map
 * @param {KeyboardEvent} event
 * @param {string} text
 * @returns {boolean} whether there is something in hand
 */
function openWith(map, event, text) {
  if (!map.bench.session.isEditable) return false;
  const target = inHand(map, event.target) ?? map.tool.typing?.(map.bench);
  if (!target) return false;
  map.typing.open(target, text);
  map.hint();
  return true;
}

/**
 * With a point in hand and its button down, the frames of the drag aim; they snap.
 * @param {EditorMap} map
 * @param {Pointed} pointed
 */
export function aim({ bench, hand: { drag }, handles, typing }, { pixel, place, event }) {
  if (handles.press) return;
  if (drag) drag.follow(pixel, event.altKey);
  const from = typing.target?.from;
  typing.aim(drag ? (drag.to ?? place) : bench.snapper.at(pixel, event.altKey, from ? { from } : {}));
}

/**
 * @param {EditorMap} map
 * @param {EventTarget | null} focused
 * @returns {Target | null} the point that is dragged, or that has the focus
 */
function inHand(map, focused) {
  const pointer = map.hand.drag ? null : map.pointer;
  const handle = map.hand.drag ? null : map.handles.handleOf(focused);
  const drag = map.hand.drag ?? (handle && map.tool.drag(map.bench, handle));
  if (!drag) return null;
  map.hand.drag = drag;
  /** @type {LonLat | null} */
  const towards = drag.to ?? drag.dragged.towards ?? pointer;
  return {
    from: drag.dragged.from, towards,
    show: (position) => map.hand.show(position ? drag.previewAt(position) : drag.to && drag.previewAt(drag.to)),
    held: () => map.pointAgain(),
    take: (position) => {
      map.hand.letGo();
      return drag.take(position);
    },
    leave: () => {
      if (!map.handles.press) map.hand.letGo();
    },
  };
}
