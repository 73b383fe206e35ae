/**
 * Signing in again from the page, in the middle of work: nothing is left, so nothing is lost.
 *
 * @module panels/sign_in
 */

/** @import {Api} from '../api.js' */

import { NoAnswer } from '../api.js';
import { h } from '../dom.js';

/**
 * @param {Pick<Api, 'signIn' | 'renewToken' | 'me' | 'stranger'>} api
 * @returns {Promise<boolean>} whether the session is there again; false where its owner goes back to the map
 */
export function askToSignIn(api) {
  return new Promise((resolve) => {
    const password = h('input', { type: 'password', id: 'sign-in-password', autocomplete: 'current-password', required: true });
    const wrong = h('p', { class: 'wrong', role: 'alert' });
    const dialog = h('dialog', { class: 'dialog dialog-small sign-in-again', 'aria-labelledby': 'sign-in-title' });
    let isBusy = false;
    let hasReturned = false;
    /** @param {() => Promise<boolean>} ask @param {string} otherwise said where that is not enough */
    const attempt = async (ask, otherwise) => {
      if (isBusy) return;
      isBusy = true;
      try {
        if (await ask()) dialog.close('yes');
        else wrong.textContent = api.stranger ? strangerText(api.stranger) : otherwise;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        wrong.textContent = 'The server cannot be reached. Try again.';
      } finally {
        isBusy = false;
      }
      if (hasReturned && dialog.open) returned();
    };
    // Who comes back while an answer is awaited may have signed in after it was asked for.
    const returned = () => {
      hasReturned = isBusy;
      if (!isBusy) void attempt(() => api.renewToken({ isAnew: true }), '');
    };
    dialog.append(h('form', {
      submit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void attempt(() => api.signIn(password.value), 'This password is not right.');
      },
    },
    h('h2', { id: 'sign-in-title' }, 'Sign in again'),
    h('p', {}, 'You are no longer signed in. Your steps are kept. Sign in here, or in another tab and come back.'),
    h('p', { class: 'account' }, api.me ?? ''),
    h('label', { class: 'field', for: 'sign-in-password' }, 'Password'), password, wrong,
    h('div', { class: 'actions' },
      h('button', { type: 'submit', class: 'action action-primary' }, 'Sign in and save'),
      h('button', { type: 'button', class: 'action', click: () => dialog.close('no') }, 'Back to the map'))));
    window.addEventListener('focus', returned);
    dialog.addEventListener('close', () => {
      window.removeEventListener('focus', returned);
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
    password.focus();
  });
}

/**
 * @param {string} email
 * @returns {string}
 */
export function strangerText(email) {
  return `${email} is signed in at this browser now. Your steps are kept; they are saved only under your own name.`;
}
