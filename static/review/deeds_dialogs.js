/**
 * What is asked before findings are accepted, assigned or opened again. Escape means no; nothing is chosen beforehand.
 *
 * @module review/deeds_dialogs
 */

/** @import {Api} from '../editor/api.js' */
/** @import {ReviewConfig} from './types.js' */

import { fill, h } from '../editor/dom.js';
import { createRecordField } from '../editor/panels/record_field.js';

/**
 * @typedef {object} Asked
 * @property {string} title
 * @property {string} text
 * @property {string} yes
 * @property {(Node | null)[]} fields
 * @property {() => string} why what is missing; empty where nothing
 * @property {() => Promise<string>} act empty where it is done, else why it was not: the dialog stays
 */

/**
 * @param {Asked} asked
 * @returns {Promise<boolean>} whether it was done
 */
function askFor({ title, text, yes, fields, why, act }) {
  return new Promise((resolve) => {
    const wrong = h('p', { class: 'wrong', role: 'alert' });
    const button = h('button', { type: 'submit', class: 'action action-primary' }, yes);
    let isBusy = false;
    const submit = async () => {
      if (isBusy) return;
      const missing = why();
      fill(wrong, missing);
      if (missing) return;
      isBusy = true;
      button.setAttribute('aria-busy', 'true');
      const refusal = await act();
      isBusy = false;
      button.removeAttribute('aria-busy');
      if (refusal) fill(wrong, refusal);
      else dialog.close('yes');
    };
    const dialog = h('dialog', { class: 'dialog dialog-small review-dialog', 'aria-labelledby': 'deed-title' },
      h('form', { method: 'dialog', submit: (/** @type {Event} */ event) => { event.preventDefault(); void submit(); } },
        h('h2', { id: 'deed-title' }, title), text ? h('p', {}, text) : null, ...fields, wrong,
        h('div', { class: 'actions' }, button, h('button', { type: 'button', class: 'action', click: () => dialog.close('no') }, 'Cancel'))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
    /** @type {HTMLElement | null} */ (dialog.querySelector('textarea, select, input'))?.focus();
  });
}

/**
 * @param {Api} api
 * @param {ReviewConfig} config
 * @param {string} what "the overlap of 395 and 396", "12 findings"
 * @param {boolean} needsAnother somebody else has to approve it
 * @param {(body: {reason: string, record_id?: number, until?: string}) => Promise<string>} act
 * @returns {Promise<boolean>}
 */
export function askToAccept(api, config, what, needsAnother, act) {
  const reason = reasonField();
  const until = h('input', { type: 'date', id: 'deed-until', min: dayAfter(1) });
  const place = h('div', {});
  const record = createRecordField(place, api, { account: config.user.email, isRequired: false, chosen: null, onChange: () => undefined, id: 'deed-record' });
  return askFor({
    title: needsAnother ? `Propose to accept ${what}?` : `Accept ${what}?`, yes: needsAnother ? 'Submit for approval' : 'Accept',
    text: `A lawful exception: it stays as it is and is not open any more, until the day given here.${needsAnother ? ' Another person approves that; until then it stays open.' : ''}`,
    fields: [reason.label, reason.input, place, h('label', { class: 'field', for: 'deed-until' }, 'Until (it opens again the day after; empty: for good)'), until],
    why: () => (reason.input.value.trim() === '' ? 'Say why it is lawful.' : until.validity.valid ? '' : 'The day is one to come.'),
    act: () => act({
      reason: reason.input.value.trim(), ...(record.chosen() ? { record_id: /** @type {{id: number}} */ (record.chosen()).id } : {}), ...(until.value ? { until: until.value } : {}),
    }),
  });
}

/**
 * @param {string} what "the gap of 395 and 396"
 * @param {boolean} needsAnother somebody else has to approve it
 * @param {(body: {reason: string}) => Promise<string>} act
 * @returns {Promise<boolean>}
 */
export function askToDeclare(what, needsAnother, act) {
  const reason = reasonField();
  return askFor({
    title: `${needsAnother ? 'Propose to declare' : 'Declare'} the land of ${what} open?`, yes: needsAnother ? 'Submit for approval' : 'Declare it open',
    text: `Nobody owns it, and lawfully so: it is a gap no more, and scans do not find it again.${needsAnother ? ' Another person approves that; until then it stays open.' : ''}`,
    fields: [reason.label, reason.input], why: () => (reason.input.value.trim() === '' ? 'Say why nobody owns the land.' : ''),
    act: () => act({ reason: reason.input.value.trim() }),
  });
}

/**
 * @param {ReviewConfig} config
 * @param {string} what
 * @param {string | null} now who has it
 * @param {(body: {assignee: string | null}) => Promise<string>} act
 * @returns {Promise<boolean>}
 */
export function askToAssign(config, what, now, act) {
  const me = config.user.email;
  const others = config.review.people.filter((email) => email !== me);
  const select = h('select', { id: 'deed-assignee' }, ...[me, ...others].map((email) => h('option', { value: email, selected: email === now }, email === me ? `${email} (you)` : email)), h('option', { value: '' }, 'nobody'));
  return askFor({
    title: `Assign ${what}`, text: '', yes: 'Assign', fields: [h('label', { class: 'field', for: 'deed-assignee' }, 'To'), select],
    why: () => '', act: () => act({ assignee: select.value || null }),
  });
}

/**
 * @param {string} what
 * @param {(body: {reason: string}) => Promise<string>} act
 * @returns {Promise<boolean>}
 */
export function askToReopen(what, act) {
  const reason = reasonField();
  return askFor({
    title: `Open ${what} again?`, text: 'It is in the queue again.', yes: 'Open again', fields: [reason.label, reason.input],
    why: () => (reason.input.value.trim() === '' ? 'Say why.' : ''), act: () => act({ reason: reason.input.value.trim() }),
  });
}

/**
 * @param {Api} api
 * @param {ReviewConfig} config
 * @param {string} what
 * @param {boolean} isSettled whether the dispute ends
 * @param {(body: {reason: string, record_id?: number}) => Promise<string>} act
 * @returns {Promise<boolean>}
 */
export function askToDispute(api, config, what, isSettled, act) {
  const reason = reasonField();
  const place = h('div', {});
  const record = isSettled ? null : createRecordField(place, api, { account: config.user.email, isRequired: false, chosen: null, onChange: () => undefined, id: 'deed-record' });
  const chosen = () => record?.chosen() ?? null;
  return askFor({
    title: isSettled ? `Is the dispute about ${what} settled?` : `Is the boundary at ${what} disputed?`, yes: isSettled ? 'It is settled' : 'Mark as disputed',
    text: isSettled ? '' : 'Somebody contests it: the mark says so to everybody and forbids nothing.', fields: [reason.label, reason.input, place],
    why: () => (reason.input.value.trim() === '' ? (isSettled ? 'Say how it was settled.' : 'Say who contests it, and why.') : ''),
    act: () => act({ reason: reason.input.value.trim(), ...(chosen() ? { record_id: /** @type {{id: number}} */ (chosen()).id } : {}) }),
  });
}

/** @returns {{label: HTMLElement, input: HTMLTextAreaElement}} */
function reasonField() {
  const input = h('textarea', { id: 'deed-reason', rows: 3, maxlength: 1000, 'aria-required': 'true', keydown: (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    input.form?.requestSubmit();
  } });
  return { label: h('label', { class: 'field', for: 'deed-reason' }, 'Reason'), input };
}

/**
 * @param {number} days
 * @returns {string} of the reader's calendar
 */
function dayAfter(days) {
  const date = new Date();
  date.setDate(date.getDate() + days);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}
