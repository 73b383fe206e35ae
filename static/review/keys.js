/**
 * Everything by the keyboard. Single letters can be switched off (WCAG 2.1.4), which the browser remembers.
 *
 * @module review/keys
 */

/** @import {Memory} from '../editor/layers.js' */

import { h, isTextField } from '../editor/dom.js';

const REMEMBERED_AS = 'spatial-admin.review-keys';

/** @typedef {(event: KeyboardEvent) => boolean | void} Command false: the key was none here @typedef {{keys: string, text: string}} Line */

/** @type {Line[]} */
const LINES = [
  { keys: 'J  ↓', text: 'next finding' }, { keys: 'K  ↑', text: 'the one before' }, { keys: 'Home  End', text: 'the first, the last' }, { keys: 'Enter', text: 'the place close by, and back' },
  { keys: 'F', text: 'first way to fix it; arrows and Space choose, Enter applies' }, { keys: 'A', text: 'accept as an exception' },
  { keys: 'S', text: 'assign to me' }, { keys: 'E', text: 'open in the editor' }, { keys: 'X', text: 'choose the row, or not' },
  { keys: 'Shift J  K  ↓  ↑', text: 'choose rows on the way' }, { keys: 'Esc', text: 'back to the list; there: choose none' },
  { keys: '/', text: 'search for a parcel or a place' }, { keys: '?', text: 'these keys' },
];

/**
 * @param {Record<string, Command>} commands by key, as KeyboardEvent.key has it, letters small; "Shift+" before those with Shift
 * @param {Memory | null} memory
 * @param {() => void} onClosed the keys were told
 * @returns {{explain: () => void}}
 */
export function listenToKeys(commands, memory, onClosed) {
  let areOn = memory?.getItem(REMEMBERED_AS) !== 'off';
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector('dialog[open], :popover-open')) return;
    if (event.key !== 'Escape' && isTextField(event.target)) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (name.length === 1 && !areOn) return;
    const command = commands[event.shiftKey && name !== '?' ? `Shift+${name}` : name];
    if (command && command(event) !== false) event.preventDefault();
  });
  return {
    explain: () => {
      const box = h('input', { type: 'checkbox', id: 'keys-on', change: () => {
        areOn = box.checked;
        memory?.setItem(REMEMBERED_AS, areOn ? 'on' : 'off');
      } });
      box.checked = areOn;
      const dialog = h('dialog', { class: 'dialog dialog-small', 'aria-labelledby': 'keys-title' }, h('h2', { id: 'keys-title' }, 'Keys'),
        h('dl', { class: 'keys' }, ...LINES.map(({ keys, text }) => h('div', {}, h('dt', {}, ...keys.split('  ').map((key) => h('kbd', {}, key))), h('dd', {}, text)))),
        h('label', { class: 'keys-on', for: 'keys-on' }, box, 'Single letters are commands'),
        h('form', { class: 'actions', method: 'dialog' }, h('button', { type: 'submit', class: 'action', autofocus: true }, 'Close')));
      dialog.addEventListener('close', () => {
        dialog.remove();
        onClosed();
      });
      document.body.append(dialog);
      dialog.showModal();
    },
  };
}
