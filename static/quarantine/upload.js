/**
 * The page that takes a file: what it holds is shown as soon as it is chosen, then it is sent to be imported.
 *
 * @module quarantine/upload
 */

import { fill, h } from '../editor/dom.js';

/** @typedef {{driver: string | null, layer: string | null, layers: string[], crs: string | null, fields: string[], id_fields: string[], rows: Record<string, string | null>[], rows_read: number, refused: number}} Look */

/** A larger one is looked at when it is imported. */
const LOOKED_AT_BYTES = 32 * 1024 * 1024;
const SHOWN_FIELDS = 8;

const form = /** @type {HTMLFormElement} */ (document.getElementById('upload'));
const input = /** @type {HTMLInputElement} */ (form.elements.namedItem('file'));
const drop = /** @type {HTMLElement} */ (form.querySelector('[data-drop]'));
const found = /** @type {HTMLElement} */ (form.querySelector('[data-found]'));
const options = /** @type {HTMLElement} */ (form.querySelector('[data-options]'));
const said = /** @type {HTMLElement} */ (form.querySelector('[data-said]'));
const bar = /** @type {HTMLProgressElement} */ (form.querySelector('progress'));
const button = /** @type {HTMLButtonElement} */ (form.querySelector('button[type="submit"]'));
const mostBytes = Number(form.dataset['most']);
let asked = 0;

input.addEventListener('change', () => void look());
field('layer').addEventListener('change', () => void look());
for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add('is-over');
  });
}
for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('is-over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  const files = event.dataTransfer?.files;
  if (!files || files.length === 0) return;
  if (files.length > 1) return tell(`One file at a time: ${files.length} were dropped. Zip the files of a Shapefile together.`);
  input.files = files;
  void look();
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void upload();
});
// Chosen before this ran, or kept by the browser on the way back.
if (input.files?.length) void look();

/**
 * @param {string} name
 * @returns {HTMLInputElement | HTMLSelectElement}
 */
function field(name) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));
}

/** @param {string} text nothing: all is well */
function tell(text) {
  said.textContent = text;
  said.hidden = text === '';
}

/** @returns {File | null} the chosen one, where it is not too large */
function chosen() {
  const file = input.files?.[0] ?? null;
  if (file && file.size > mostBytes) {
    tell(`${file.name} has ${mib(file.size)}; at most ${mib(mostBytes)} are taken. Split it into several files.`);
    return null;
  }
  return file;
}

async function look() {
  tell('');
  const file = chosen();
  options.hidden = file === null;
  button.disabled = file === null;
  fill(found);
  if (!file) return;
  if (file.size > LOOKED_AT_BYTES) return fill(found, h('p', { class: 'about' }, `${file.name}, ${mib(file.size)}: large, so it is looked at when it is imported.`));
  fill(found, h('p', { class: 'about' }, `Looking into ${file.name}…`));
  const mine = (asked += 1);
  const body = new FormData();
  body.set('file', file);
  if (field('layer').value) body.set('layer', field('layer').value);
  const answer = await send('?look=1', body);
  if (mine !== asked) return;
  fill(found);
  if (answer.status !== 200) return tell(answer.body?.detail ?? 'The file could not be looked at.');
  show(file, /** @type {Look} */ (answer.body));
}

/**
 * @param {File} file
 * @param {Look} held
 */
function show(file, { driver, layers, layer, crs, fields, id_fields: ids, rows, rows_read: read, refused }) {
  const layerField = /** @type {HTMLSelectElement} */ (field('layer'));
  if (layers.length > 1) {
    fill(layerField, h('option', { value: '' }, 'Choose a layer'), ...layers.map((name) => h('option', { value: name }, name)));
    layerField.disabled = false;
    layerField.focus();
    return fill(found, h('p', {}, `${file.name} holds ${layers.length} layers: choose one.`));
  }
  if (layer && layerField.options.length < 2) fill(layerField, h('option', { value: '' }, layer));
  for (const name of ['id_field', 'number_field', 'kind_field']) {
    const select = /** @type {HTMLSelectElement} */ (field(name));
    fill(select, h('option', { value: '' }, select.dataset['none'] ?? ''), ...fields.map((one) => h('option', { value: one }, one)));
  }
  const crsField = field('crs');
  crsField.toggleAttribute('required', crs === null);
  const shown = fields.slice(0, SHOWN_FIELDS);
  fill(found,
    h('dl', { class: 'details' },
      pair('File', `${file.name}, ${mib(file.size)}, ${driver ?? ''}`),
      pair('CRS', crs === null ? 'the file does not say: name it below' : crs.startsWith('PROJCS') || crs.startsWith('GEOGCS') ? 'as the file defines it' : crs),
      pair('Fields', fields.length > 0 ? fields.join(', ') : 'none'),
      pair('Id', ids.length > 0 ? `${ids[0]}, if it is a key` : 'no usual field: rows are named by their number, unless you choose one'),
      pair('First rows', refused > 0 ? `${refused} of the first ${read} cannot become parcels as they are` : `${read} looked at, none refused`)),
    rows.length > 0 && h('div', { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': 'First rows' },
      h('table', { class: 'list' },
        h('thead', {}, h('tr', {}, ...shown.map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, ...rows.map((one) => h('tr', {}, ...shown.map((name) => h('td', {}, one[name] ?? '–'))))))),
    fields.length > shown.length && h('p', { class: 'about' }, `${fields.length - shown.length} more fields are kept, and not shown here.`));
}

/**
 * @param {string} name
 * @param {string} text
 */
function pair(name, text) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, text));
}

async function upload() {
  tell('');
  const file = chosen();
  if (!file) return;
  const body = new FormData();
  for (const [name, value] of new FormData(form)) if (value !== '') body.append(name, value);
  button.disabled = true;
  bar.hidden = false;
  const answer = await send('', body);
  if (answer.status === 202) {
    location.assign(`${form.dataset['page']}${answer.body.import_id}`);
    return;
  }
  bar.hidden = true;
  button.disabled = false;
  tell(answer.body?.detail ?? (answer.status === 0 ? 'The server did not answer. Nothing was imported; try again.' : `The server refused the file (${answer.status}).`));
  said.focus();
}

/**
 * With XMLHttpRequest, which tells how much has been sent.
 * @param {string} query
 * @param {FormData} body
 * @returns {Promise<{status: number, body: any}>} status 0 without an answer
 */
function send(query, body) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/imports${query}`);
    request.setRequestHeader('X-CSRFToken', form.dataset['token'] ?? '');
    request.setRequestHeader('Accept', 'application/json');
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.max = total || 1;
      bar.value = loaded;
    });
    request.addEventListener('loadend', () => {
      let answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // A proxy may answer in its own words; the status says enough.
      }
      resolve({ status: request.status, body: answer });
    });
    request.send(body);
  });
}

/**
 * @param {number} bytes
 * @returns {string}
 */
function mib(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
