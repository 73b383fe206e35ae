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

import { linePosition } from '../tools/line_position.js';
import { beginningOf } from './typing.js';

/**
 * A number that is typed while something is in hand opens the field for it, before the map or a shortcut takes the key.
 * @param {EditorMap} map
 * @param {KeyboardEvent} event
 */
export function openByKey(map, event) {
  const text = map.typing.isOpen ? null : beginningOf(event);
  if (text === null || !map.bench.session.isEditable) return;
  const target = inHand(map, event.target) ?? map.tool.typing?.(map.bench);
  if (!target) return;
  event.preventDefault();
  event.stopPropagation();
  map.typing.open(target, text);
  map.hint();
}

/**
 * With a point in hand and its button down, the frames of the drag aim; they snap.
 * @param {EditorMap} map
 * @param {Pointed} pointed
 */
export function aim({ bench, drag, handles, typing }, { pixel, place, event }) {
  if (handles.press) return;
  if (drag) drag.follow(pixel, event.altKey);
  typing.aim(drag ? (drag.to ?? place) : linePosition(bench, pixel, event.altKey, null));
}

/**
 * @param {EditorMap} map
 * @param {EventTarget | null} focused
 * @returns {Target | null} the point that is dragged, or that has the focus
 */
function inHand(map, focused) {
  const pointer = map.drag ? null : map.pointer;
  const handle = map.drag ? null : map.handles.handleOf(focused);
  const drag = map.drag ?? (handle && map.tool.drag(map.bench, handle));
  if (!drag) return null;
  map.drag = drag;
  /** @type {LonLat | null} */
  const towards = drag.to ?? drag.dragged.towards ?? pointer;
  return {
    from: drag.dragged.from, towards,
    show: (position) => map.showPreview(position ? drag.previewAt(position) : drag.to && drag.previewAt(drag.to)),
    take: (position) => {
      map.letGo();
      return drag.take(position);
    },
    leave: () => {
      if (!map.handles.press) map.letGo();
    },
  };
}
