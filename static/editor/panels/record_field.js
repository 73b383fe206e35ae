/**
 * The record that an edit rests on: searched for by number or title, chosen, and kept for the edits that follow.
 *
 * @module panels/record_field
 */

/** @import {Api} from '../api.js' */
/** @import {Problem, RecordSummary} from '../types.js' */
/** @import {Found} from './combobox.js' */

import { h, icon, setAttribute } from '../dom.js';
import { arranged, mayCarryEdits, recordName, recordQuestion, recordRefusal, recordText, rememberRecord } from '../record_choice.js';
import { createCombobox } from './combobox.js';

const WANTED = 'Every edit here rests on a record: choose one first.';

/**
 * @typedef {object} RecordField
 * @property {() => RecordSummary | null} chosen
 * @property {(record: RecordSummary | null) => void} choose
 * @property {() => boolean} isMissing none is chosen, and every edit must name one
 * @property {(button: HTMLElement, isBusy?: boolean) => void} switchOff takes a button out of use, with the reason, while one is missing
 * @property {(problem: Problem) => string | null} explain a refusal about the record at the field; null where it is about something else
 * @property {() => void} ask brings somebody who tried to save without one here
 */

/**
 * @param {HTMLElement} place
 * @param {Pick<Api, 'records'>} api
 * @param {{account: string, isRequired: boolean, chosen: RecordSummary | null, onChange: () => void, id?: string}} options `id` of its
 *   field: a page with two has two
 * @returns {RecordField}
 */
export function createRecordField(place, api, { account, isRequired, chosen: first, onChange, id = 'edit-record' }) {
  let chosen = first;
  let refusal = '';
  const { input, list, clear, need, note, all } = elements(id);
  const shown = () => (chosen ? recordText(chosen) : '');
  const isMissing = () => isRequired && chosen === null;
  const render = () => {
    input.value = shown();
    input.title = shown();
    clear.hidden = chosen === null;
    need.hidden = !isRequired;
    setAttribute(input, 'aria-required', isRequired ? 'true' : null);
    setAttribute(input, 'aria-invalid', refusal ? 'true' : null);
    note.textContent = refusal || (isMissing() ? WANTED : '');
    setAttribute(note, 'data-kind', refusal ? 'bad' : null);
  };
  /** @param {RecordSummary | null} record */
  const choose = (record) => {
    chosen = record;
    refusal = '';
    rememberRecord(window.sessionStorage, account, record);
    render();
    onChange();
  };
  const { open } = createCombobox(input, list, {
    find: (words, signal) => find(api, words === shown() ? '' : words, signal, choose),
    onEscape: render,
  });
  input.addEventListener('click', open);
  input.addEventListener('focus', () => input.select());
  // What was typed and not taken is no choice; an emptied field is one: none.
  input.addEventListener('blur', () => (input.value.trim() === '' && chosen ? choose(null) : render()));
  clear.addEventListener('click', () => {
    choose(null);
    input.focus();
  });
  place.append(all);
  render();
  return {
    chosen: () => chosen,
    choose,
    isMissing,
    switchOff: (button, isBusy = false) => {
      setAttribute(button, 'aria-disabled', isBusy || isMissing() ? 'true' : null);
      setAttribute(button, 'aria-busy', isBusy ? 'true' : null);
      setAttribute(button, 'aria-describedby', isMissing() ? note.id : null);
      setAttribute(button, 'title', isMissing() ? WANTED : null);
    },
    explain: (problem) => {
      const text = recordRefusal(problem, chosen);
      if (text === null) return null;
      refusal = text;
      isRequired ||= problem.type.endsWith('record_required');
      render();
      onChange();
      input.focus();
      return text;
    },
    ask: () => {
      refusal = WANTED;
      render();
      input.focus();
    },
  };
}

/** @param {string} id */
function elements(id) {
  const input = h('input', {
    type: 'text', id, role: 'combobox', autocomplete: 'off', spellcheck: 'false', maxlength: 200, placeholder: 'Number or title of a document',
    'aria-expanded': 'false', 'aria-controls': `${id}-list`, 'aria-autocomplete': 'list', 'aria-describedby': `${id}-note`,
  });
  const list = h('ul', { id: `${id}-list`, class: 'search-results', role: 'listbox', 'aria-label': 'Found records', hidden: true });
  const clear = h('button', { type: 'button', class: 'record-clear', 'aria-label': 'Clear the record', title: 'Clear the record' }, icon('close'));
  const need = h('span', { class: 'needed' }, ' (required)');
  const note = h('p', { id: `${id}-note`, class: 'record-note', 'aria-live': 'polite' });
  const all = h('div', { class: 'record-field' },
    h('label', { class: 'field', for: id }, 'Record', need), h('div', { class: 'record-box' }, input, clear, list), note);
  return { input, list, clear, need, note, all };
}

/**
 * @param {Pick<Api, 'records'>} api
 * @param {string} words
 * @param {AbortSignal} signal
 * @param {(record: RecordSummary) => void} choose
 * @returns {Promise<Found>}
 */
async function find(api, words, signal, choose) {
  const { records, isMore } = await api.records(recordQuestion(words), signal);
  const choices = arranged(records).map((record) => ({
    label: recordName(record),
    detail: [mayCarryEdits(record) ? '' : 'returned, carries no edits', record.title].filter(Boolean).join(' · '),
    isDisabled: !mayCarryEdits(record),
    take: () => choose(record),
  }));
  if (choices.length > 0) return { choices, note: isMore ? 'There are more: type a number or a word of the title.' : '' };
  return { choices, note: `${words ? `No record matches “${words}”.` : 'There is no record yet.'} They are entered in Admin, under Records.` };
}
