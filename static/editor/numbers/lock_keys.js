/**
 * Holding the length or the bearing of what is in hand: A its bearing, O its length, which becomes a circle; the same key or
 * Escape lets it go.
 *
 * @module numbers/lock_keys
 */

/** @import {EditorMap} from '../editor_map.js' */
/** @import {Lock} from '../snapping/lock.js' */
/** @import {Target} from './typing.js' */

import { isTextField } from '../dom.js';
import { courseBetween } from './course.js';

/** @type {Record<string, keyof Lock>} */
const KEYS = { a: 'degrees', o: 'metres' };

/**
 * @param {EditorMap} map
 * @param {KeyboardEvent} event
 * @param {() => Target | null} target what is in hand; asked for only where the key means a lock
 * @returns {boolean} whether the key meant a lock
 */
export function lockByKey(map, event, target) {
  const { session } = map.bench;
  const { lock } = session.state;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTextField(event.target) || document.querySelector('dialog[open]')) return false;
  if (event.key === 'Escape' && lock) {
    hold(map, null);
    return true;
  }
  const kind = KEYS[event.key.toLowerCase()];
  if (!kind || !session.isEditable) return false;
  if (lock && lock[kind] !== null) {
    const other = { ...lock, [kind]: null };
    hold(map, other.metres === null && other.degrees === null ? null : other);
    return true;
  }
  const { from = null, towards = null } = target() ?? {};
  if (!from || !towards) return false;
  const { graph } = session;
  const course = courseBetween(graph.base.grid, graph.pairOf(from), graph.pairOf(towards));
  if (course.metres > 0) hold(map, { metres: null, degrees: null, ...lock, [kind]: course[kind] });
  return true;
}

/**
 * @param {EditorMap} map
 * @param {Lock | null} lock
 */
export function hold(map, lock) {
  map.bench.session.set({ lock });
  map.pointAgain();
}
