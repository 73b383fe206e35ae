/**
 * A small button that copies a value.
 *
 * @module panels/copy_button
 */

import { fill, h, icon } from '../dom.js';

const SAID_MS = 1500;

/**
 * @param {string} name of the value
 * @param {string} text
 * @returns {HTMLButtonElement}
 */
export function copyButton(name, text) {
  const said = h('span', { class: 'copied', role: 'status' });
  const copy = async () => {
    said.textContent = (await isCopied(text)) ? 'Copied' : 'Press Ctrl+C';
    window.setTimeout(() => fill(said), SAID_MS);
  };
  const button = h('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${name}`, title: 'Copy', click: () => void copy() }, icon('copy'), said);
  return button;
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} false where the browser gives no clipboard: without HTTPS, or by the reader's choice
 */
async function isCopied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
    return false;
  }
}
