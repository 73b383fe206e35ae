/**
 * The record field in a form of the admin: it takes the place of the number field that is there without scripts, and
 * sends the same.
 *
 * @module panels/form_record
 */

/** @import {Api} from '../api.js' */
/** @import {EditorConfig} from '../types.js' */

import { rememberedRecord } from '../record_choice.js';
import { createRecordField } from './record_field.js';

/**
 * @param {HTMLFormElement} form
 * @param {Pick<Api, 'records'>} api
 * @param {EditorConfig} config `record` is what a form that came back had named
 * @returns {import('./record_field.js').RecordField | null} null in a form to look at
 */
export function bindFormRecord(form, api, config) {
  const number = form.elements.namedItem('record_id');
  if (!(number instanceof HTMLInputElement)) return null;
  const place = /** @type {HTMLElement} */ (number.closest('.form-field'));
  const { user: { email: account }, record_required: isRequired } = config;
  number.type = 'hidden';
  number.removeAttribute('list');
  number.removeAttribute('aria-describedby');
  place.replaceChildren(number);
  const chosen = config.record ?? rememberedRecord(window.sessionStorage, account);
  const field = createRecordField(place, api, { account, isRequired, chosen, onChange: () => {
    write();
    number.dispatchEvent(new Event('input', { bubbles: true }));
  } });
  const write = () => {
    number.value = String(field.chosen()?.id ?? '');
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll('button[type=submit]'))) field.switchOff(button);
  };
  write();
  // Before every other listener of the form: what is stopped here was never sent.
  form.addEventListener('submit', (event) => {
    if (!field.isMissing()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.ask();
  }, { capture: true });
  // One that is remembered from an edit before was not sent, so the refusal is not about it.
  if (config.problem && (config.record || !field.chosen())) field.explain(config.problem);
  return field;
}
