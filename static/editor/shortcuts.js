/**
 * Keys. Where a text field has the focus only Ctrl+S is ours: undo there belongs to the text.
 *
 * @module shortcuts
 */

/** @import {Session} from './session.js' */

import { isTextField } from './dom.js';
import { TOOLS } from './tools/all.js';

/**
 * @typedef {object} Commands
 * @property {() => void} save
 * @property {() => void} zoomToSelected
 * @property {() => void} toggleSnapping
 * @property {() => void} layers
 * @property {(key: string) => boolean} switchLayer with Shift; whether there is such a layer
 * @property {(() => void)} [search]
 * @property {(() => void)} [asOf] choose the time that the map shows
 */

/**
 * @param {Document | HTMLElement} root where the keys are heard
 * @param {Session} session
 * @param {Commands} commands
 */
export function listenToKeys(root, session, commands) {
  root.addEventListener('keydown', (/** @type {any} */ event) => {
    if (document.querySelector('dialog[open]') || event.defaultPrevented) return;
    const isDone = event.ctrlKey || event.metaKey ? controlKey(event, session, commands) : plainKey(event, session, commands);
    if (isDone) event.preventDefault();
  });
}

/**
 * @param {KeyboardEvent} event
 * @param {Session} session
 * @param {Commands} commands
 * @returns {boolean}
 */
function controlKey(event, session, commands) {
  const key = event.key.toLowerCase();
  if (key === 's') commands.save();
  else if (isTextField(event.target)) return false;
  else if (key === 'z' && !event.shiftKey) session.undo();
  else if (key === 'y' || (key === 'z' && event.shiftKey)) session.redo();
  else return false;
  return true;
}

/**
 * @param {KeyboardEvent} event
 * @param {Session} session
 * @param {Commands} commands
 * @returns {boolean}
 */
function plainKey(event, session, commands) {
  if (isTextField(event.target) || event.altKey) return false;
  const key = event.key.toLowerCase();
  if (event.shiftKey && commands.switchLayer(key)) return true;
  const tool = TOOLS.find((each) => each.key === key && (session.canEdit || !each.edits));
  if (tool) session.set({ tool: tool.name });
  else if (key === 's' && session.canEdit) commands.toggleSnapping();
  else if (key === 'l') commands.layers();
  else if (key === 'z') commands.zoomToSelected();
  else if (key === '/' && commands.search) commands.search();
  else if (key === 'h' && commands.asOf) commands.asOf();
  else if (key === 'escape') session.select(null);
  else return false;
  return true;
}
