/**
 * Every tool, in the order of the toolbar. A new tool is added here.
 *
 * @module tools/all
 */

/** @import {Session} from '../session.js' */
/** @import {Command, Tool} from './tool.js' */

import { boundaryTool } from './boundary.js';
import { drawTool } from './draw.js';
import { insertTool } from './insert.js';
import { mergeTool } from './merge.js';
import { moveTool } from './move.js';
import { removeTool } from './remove.js';
import { retireCommand } from './retire.js';
import { selectTool } from './select.js';
import { splitTool } from './split.js';

/** The form of one parcel has these. @type {readonly Tool[]} */
export const POINT_TOOLS = Object.freeze([selectTool, moveTool, insertTool, removeTool]);

/** The map page has these besides: they make parcels and end them. @type {readonly Tool[]} */
export const LAND_TOOLS = Object.freeze([boundaryTool, drawTool, splitTool, mergeTool]);

/** @type {readonly Tool[]} */
export const TOOLS = Object.freeze([...POINT_TOOLS, ...LAND_TOOLS]);

/** @type {readonly Command[]} */
export const COMMANDS = Object.freeze([retireCommand]);

/**
 * Do it where it can be done; say why not where it cannot.
 * @param {Session} session
 * @param {Command} command
 */
export function runCommand(session, command) {
  if (!session.isEditable) return;
  const reason = command.whyNot(session);
  if (reason) session.say('warn', `${command.label}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`);
  else command.run(session);
}

/**
 * @param {string} name
 * @returns {Tool}
 */
export function toolNamed(name) {
  return TOOLS.find((tool) => tool.name === name) ?? selectTool;
}
