/**
 * @module panels/ask
 */

import { h } from '../dom.js';

/**
 * Ask before something is lost, or before much is begun (`isHarmless`). Escape and the second button mean no, and it has the focus.
 * @param {{title: string, text: string, yes: string, no: string, isHarmless?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function ask({ title, text, yes, no, isHarmless = false }) {
  return new Promise((resolve) => {
    const dialog = h('dialog', { class: 'dialog dialog-small', 'aria-labelledby': 'ask-title' },
      h('h2', { id: 'ask-title' }, title),
      h('p', {}, text),
      h('div', { class: 'actions' },
        h('button', { type: 'button', class: `action ${isHarmless ? 'action-primary' : 'action-danger'}`, click: () => dialog.close('yes') }, yes),
        h('button', { type: 'button', class: 'action', autofocus: true, click: () => dialog.close('no') }, no)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
