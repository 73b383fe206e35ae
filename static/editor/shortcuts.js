/**
 * Keys. Where a text field has the focus only Ctrl+S is ours: undo there belongs to the text.
 *
 * @module shortcuts
 */

/** @import {Session} from './session.js' */

import { isTextField } from './dom.js';
import { COMMANDS, LAND_TOOLS, POINT_TOOLS, runCommand, toolNamed } from './tools/all.js';

/**
 * @typedef {object} Commands
 * @property {() => void} save
 * @property {() => void} zoomToSelected
 * @property {() => void} toggleSnapping
 * @property {() => void} toggleCourses lengths and bearings of the selected parcel
 * @property {() => void} layers
 * @property {(key: string) => boolean} switchLayer with Shift; whether there is such a layer
 * @property {(() => void)} [search]
 * @property {(() => void)} [asOf] choose the time that the map shows
 * @property {() => void} [print] to true scale
 * @property {() => void} [carryOut] do what the active tool has planned
 * @property {boolean} [hasLand] whether parcels may be made and ended here
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
  const tools = commands.hasLand ? [...POINT_TOOLS, ...LAND_TOOLS] : POINT_TOOLS;
  const tool = tools.find((each) => each.key === key && (session.canEdit || !each.edits));
  const command = commands.hasLand && session.canEdit ? COMMANDS.find((each) => each.key === key) : undefined;
  if (tool) session.set({ tool: tool.name });
  else if (command) runCommand(session, command);
  else if (key === 's' && session.canEdit) commands.toggleSnapping();
  else if (key === 'f' && toolNamed(session.state.tool).traces) session.set({ isTracing: !session.state.isTracing });
  else if (key === 'u' && toolNamed(session.state.tool).turn?.(session)) return true;
  else if (key === 'l') commands.layers();
  else if (key === 'k' && session.canEdit) session.set({ isCarrying: !session.state.isCarrying });
  else if (key === 'j' && session.canEdit) session.set({ isJoining: !session.state.isJoining });
  else if (key === 'e') commands.toggleCourses();
  else if (key === 'z') commands.zoomToSelected();
  else if (key === '/' && commands.search) commands.search();
  else if (key === 'h' && commands.asOf) commands.asOf();
  else if (key === 'p' && commands.print) commands.print();
  else if (key === 'escape') escape(session);
  else if (key === 'enter' && event.target === document.body && commands.carryOut) commands.carryOut();
  else return false;
  return true;
}

/**
 * One step back at each press: the last thing told to a plan, the tool that plans, the selection.
 * @param {Session} session
 */
function escape(session) {
  const tool = toolNamed(session.state.tool);
  if (tool.stepBack?.(session)) return;
  if (tool.propose) session.set({ tool: 'select' });
  else session.select(null);
}
