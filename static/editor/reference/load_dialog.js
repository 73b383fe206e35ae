/**
 * What is known of a file before it is read: of a table which columns hold what and which sign divides them, of every file
 * which CRS its coordinates are of. Asked only where the file does not say it all.
 *
 * @module load_dialog
 */

/** @import {Choices, Look, ReferenceApi, ReferenceContent} from './reference_api.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { fill, h, setAttribute } from '../dom.js';

/** @type {[string, string][]} */
const DELIMITERS = [[';', 'Semicolon'], [',', 'Comma'], ['\t', 'Tab'], ['|', 'Bar'], [' ', 'Space']];

/**
 * @param {File} file
 * @param {Look} look
 * @param {Pick<ReferenceApi, 'look' | 'load'>} references
 * @param {string[]} systems EPSG codes that are offered
 * @returns {Promise<{layer: ReferenceContent, crs: string} | null>} null where it was given up
 */
export function askHowToRead(file, look, references, systems) {
  return new Promise((resolve) => {
    let now = look;
    /** @type {{layer: ReferenceContent, crs: string} | null} */
    let loaded = null;
    const crs = h('input', { type: 'text', id: 'reference-crs', list: 'reference-systems', value: look.crs ?? '', autocomplete: 'off', spellcheck: 'false', placeholder: 'EPSG:32618' });
    const delimiter = h('select', { id: 'reference-delimiter', change: () => void again() }, ...DELIMITERS.map(([value, words]) => h('option', { value }, words)));
    const [name, x, y] = ['reference-name', 'reference-x', 'reference-y'].map((id) => h('select', { id, change: () => render() }));
    const sample = h('table', { class: 'figures' });
    const table = h('div', { hidden: look.table === null }, ...(name && x && y ? [row('Divided by', delimiter), row('Name', name), row('East, longitude', x), row('North, latitude', y)] : []), sample);
    const reason = h('p', { class: 'bad', role: 'alert' });
    const doIt = h('button', { type: 'submit', class: 'action action-primary' }, 'Load');
    const form = h('form', { method: 'dialog', submit: (/** @type {Event} */ event) => void submit(event) }, h('h2', { id: 'reference-title' }, `Load ${file.name}`),
      h('p', {}, look.table ? 'These columns were found. Look whether they are meant so.' : 'The file does not say which CRS its coordinates are of.'),
      table, row('CRS', crs), h('datalist', { id: 'reference-systems' }, ...systems.map((code) => h('option', { value: code }))), reason,
      h('div', { class: 'actions' }, doIt, h('button', { type: 'button', class: 'action', click: () => dialog.close() }, 'Cancel')));
    const dialog = h('dialog', { class: 'dialog reference-dialog', 'aria-labelledby': 'reference-title' }, form);

    /** @returns {Choices} */
    const choices = () => ({ crs: crs.value.trim(), ...(now.table ? { delimiter: delimiter.value, x: x?.value ?? '', y: y?.value ?? '', name: name?.value ?? '' } : {}) });
    /** @param {unknown} error */
    const tell = (error) => {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      reason.textContent = error.message.replace(/^(?:file|crs|x|y|name|delimiter): /, '');
    };
    async function again() {
      try {
        now = await references.look(file, { delimiter: delimiter.value });
        reason.textContent = '';
        offer();
      } catch (error) {
        tell(error);
      }
    }
    /** @param {Event} event */
    async function submit(event) {
      event.preventDefault();
      if (doIt.ariaBusy === 'true') return;
      setAttribute(doIt, 'aria-busy', 'true');
      reason.textContent = '';
      try {
        loaded = { layer: await references.load(file, choices()), crs: crs.value.trim() };
        dialog.close();
      } catch (error) {
        tell(error);
      }
      setAttribute(doIt, 'aria-busy', null);
    }
    function offer() {
      const found = now.table;
      if (!found || !name || !x || !y) return;
      delimiter.value = found.delimiter;
      for (const select of [x, y]) fill(select, ...found.columns.map((column) => h('option', { value: column }, column)));
      fill(name, h('option', { value: '' }, 'None'), ...found.columns.map((column) => h('option', { value: column }, column)));
      [name.value, x.value, y.value] = [found.name ?? '', found.x, found.y];
      render();
    }
    function render() {
      const found = now.table;
      if (!found || !name || !x || !y) return;
      const role = (/** @type {string} */ column) => [[name.value, 'name'], [x.value, 'east'], [y.value, 'north']].flatMap(([value, words]) => (value === column ? [words] : [])).join(', ');
      fill(sample, h('thead', {}, h('tr', {}, ...found.columns.map((column) => h('th', { scope: 'col' }, column, h('span', {}, role(column)))))),
        h('tbody', {}, ...found.sample.map((cells) => h('tr', {}, ...found.columns.map((_, index) => h('td', {}, cells[index] ?? ''))))));
    }
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(loaded);
    });
    offer();
    document.body.append(dialog);
    dialog.showModal();
    if (look.table) doIt.focus();
    else crs.focus();
  });
}

/**
 * @param {string} label
 * @param {HTMLElement} field
 * @returns {HTMLElement}
 */
function row(label, field) {
  return h('div', { class: 'row' }, h('label', { for: field.id }, label), field);
}
