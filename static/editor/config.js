/**
 * What the server put into the page for the editor's modules.
 *
 * @module config
 */

/** @import {EditorConfig} from './types.js' */

/**
 * @returns {EditorConfig}
 * @throws {Error} where the page has none
 */
export function readConfig() {
  const element = document.getElementById('editor-config');
  if (!element?.textContent) throw new Error('The page has no editor-config.');
  return JSON.parse(element.textContent);
}
