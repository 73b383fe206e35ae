/**
 * @module panels/toolbar
 */

/** @import {Session} from '../session.js' */
/** @import {Tool} from '../tools/tool.js' */

import { h, icon, setAttribute } from '../dom.js';
import { COMMANDS, LAND_TOOLS, POINT_TOOLS, runCommand } from '../tools/all.js';

/**
 * Tools and what goes with them. A viewer sees only what a viewer can do.
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {{zoomToSelected: () => void, toggleSnapping: () => void, hasLand: boolean}} commands
 */
export function createToolbar(place, session, { zoomToSelected, toggleSnapping, hasLand }) {
  const points = toolButtons(POINT_TOOLS, session);
  const land = toolButtons(hasLand ? LAND_TOOLS : [], session);
  const tools = [...points, ...land];
  const commands = (hasLand && session.canEdit ? COMMANDS : []).map((command) => ({
    command, button: toolButton(command.icon, command.label, command.key.toUpperCase(), () => runCommand(session, command)),
  }));
  const fit = toolButton('fit', 'Zoom to the parcel', 'Z', zoomToSelected);
  const undo = toolButton('undo', 'Undo', '', () => session.undo(), 'Ctrl+Z');
  const redo = toolButton('redo', 'Redo', '', () => session.redo(), 'Ctrl+Shift+Z');
  const snapping = toolButton('magnet', 'Snapping', 'S', toggleSnapping);
  const carrying = toolButton('carry', 'Line points follow', 'K', () => session.set({ isCarrying: !session.state.isCarrying }));
  const joining = toolButton('join', 'Near points join', 'J', () => session.set({ isJoining: !session.state.isJoining }));
  for (const toggle of [snapping, carrying, joining]) toggle.classList.add('toggle');
  place.append(...points.map(({ button }) => button));
  if (land.length > 0) place.append(h('hr'), ...[...land, ...commands].map(({ button }) => button));
  place.append(h('hr'), fit);
  if (session.canEdit) place.append(h('hr'), undo, redo, h('hr'), snapping, carrying, joining);

  const render = () => {
    const { tool, draft, isSnapping, isCarrying, isJoining, selected } = session.state;
    for (const { tool: each, button } of tools) {
      setAttribute(button, 'aria-pressed', String(each.name === tool));
      const reason = each.whyNot?.(session) ?? null;
      if (each.whyNot) disable(button, reason !== null, reason ?? '');
    }
    for (const { command, button } of commands) {
      const reason = command.whyNot(session);
      disable(button, reason !== null, reason ?? '');
    }
    setAttribute(snapping, 'aria-pressed', String(isSnapping));
    setAttribute(carrying, 'aria-pressed', String(isCarrying));
    setAttribute(joining, 'aria-pressed', String(isJoining));
    disable(fit, !selected, 'Select a parcel first');
    disable(undo, !draft.history.canUndo, 'Nothing to undo');
    disable(redo, !draft.history.canRedo, 'Nothing to redo');
  };
  session.subscribe(render);
  render();
}

/**
 * @param {readonly Tool[]} tools
 * @param {Session} session
 * @returns {{tool: Tool, button: HTMLButtonElement}[]} those that this account has
 */
function toolButtons(tools, session) {
  return tools.filter((tool) => session.canEdit || !tool.edits).map((tool) => ({
    tool, button: toolButton(tool.icon, tool.label, tool.key.toUpperCase(), () => session.set({ tool: tool.name })),
  }));
}

/**
 * A control that cannot be used keeps its place and says why; it stays in the tab order so that the reason is heard.
 * @param {HTMLElement} button
 * @param {boolean} isDisabled
 * @param {string} reason
 */
function disable(button, isDisabled, reason) {
  setAttribute(button, 'aria-disabled', isDisabled ? 'true' : null);
  setAttribute(button, 'title', isDisabled ? `${button.dataset['title']}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}` : (button.dataset['title'] ?? ''));
}

/**
 * @param {string} drawing
 * @param {string} label
 * @param {string} key shown in the corner
 * @param {() => void} act
 * @param {string} [shortcut] where it is longer than a key
 * @returns {HTMLButtonElement}
 */
export function toolButton(drawing, label, key, act, shortcut = key) {
  const title = shortcut ? `${label} (${shortcut})` : label;
  return h('button', {
    type: 'button', class: 'tool', 'aria-label': label, title, 'data-title': title,
    'aria-keyshortcuts': shortcut.replace('Ctrl', 'Control') || null, click: act,
  }, icon(drawing), key ? h('kbd', { 'aria-hidden': 'true' }, key) : null);
}
