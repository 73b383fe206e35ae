/**
 * Every tool, in the order of the toolbar. A new tool is added here.
 *
 * @module tools/all
 */

/** @import {Tool} from './tool.js' */

import { insertTool } from './insert.js';
import { moveTool } from './move.js';
import { removeTool } from './remove.js';
import { selectTool } from './select.js';

/** @type {readonly Tool[]} */
export const TOOLS = Object.freeze([selectTool, moveTool, insertTool, removeTool]);

/**
 * @param {string} name
 * @returns {Tool}
 */
export function toolNamed(name) {
  return TOOLS.find((tool) => tool.name === name) ?? selectTool;
}
