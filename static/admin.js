/**
 * What the admin's pages do in the browser besides the map: one listener each, no inline handlers (the content
 * security policy refuses them).
 *
 * @module admin
 */

import { isTextField } from './editor/dom.js';
import { ask } from './editor/panels/ask.js';

// A form marked data-confirm asks before it is sent. What it asks ends with a question mark; the rest explains.
document.addEventListener('submit', (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const { confirm, harmless } = form.dataset;
  if (!confirm) return;
  event.preventDefault();
  const end = confirm.indexOf('?') + 1;
  const yes = event.submitter?.textContent?.trim() || 'Go on';
  void ask({ title: confirm.slice(0, end), text: confirm.slice(end).trim(), yes, no: 'Cancel', isHarmless: harmless !== undefined }).then((isSure) => {
    // The page of a job may have been shown anew meanwhile, and without the form where the job has ended.
    const current = form.isConnected ? form : [...document.forms].find((each) => each.action === form.action);
    if (isSure) current?.submit();
  });
});

// The slash leads to the search of the header, as on the map.
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTextField(event.target)) return;
  event.preventDefault();
  document.getElementById('search')?.focus();
});

// Choosing an option above a list shows it at once; without scripts there is the button.
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-autosubmit]'))) {
  form.addEventListener('change', (event) => {
    if (event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
}

// What was refused is read first, also by a screen reader.
document.getElementById('problem')?.focus();

// A form that was sent is not sent twice by a double click. Sent twice all the same, it is one edit: the key says so.
for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-unsaved]'))) {
  let isSent = false;
  form.addEventListener('submit', (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  window.addEventListener('pageshow', () => { isSent = false; });
}

// The page of a job that has not ended shows how far it is, without being loaded anew. It asks less often while nothing
// changes, and not at all while nobody looks.
const SOON_MS = 2000;
const RARELY_MS = 15000;
const job = document.getElementById('job');
if (job?.dataset.refresh) followJob(job, SOON_MS);

/**
 * @param {HTMLElement} shown what is replaced
 * @param {number} pause milliseconds until the next look
 */
function followJob(shown, pause) {
  window.setTimeout(async () => {
    if (document.hidden) {
      document.addEventListener('visibilitychange', () => followJob(shown, 0), { once: true });
      return;
    }
    const next = await fetchJob();
    // By its text: the token in its form is another each time.
    const isChanged = next !== null && next.textContent !== shown.textContent;
    if (next && isChanged) showJob(shown, next);
    const rarer = Math.min(2 * Math.max(pause, SOON_MS), RARELY_MS);
    if (!next || next.dataset.refresh) followJob(shown, isChanged ? SOON_MS : rarer);
  }, pause);
}

/** @returns {Promise<HTMLElement | null>} the job as it is now; null where the server does not say */
async function fetchJob() {
  try {
    const answer = await fetch(window.location.href, { headers: { Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('job');
  } catch {
    return null; // the network; the next look may go better
  }
}

/**
 * @param {HTMLElement} shown
 * @param {HTMLElement} next
 */
function showJob(shown, next) {
  const before = stateOf(shown);
  const hadFocus = document.activeElement?.id === 'job-stop';
  shown.replaceChildren(...next.childNodes);
  if (hadFocus) document.getElementById('job-stop')?.focus();
  const state = stateOf(shown);
  const said = document.getElementById('job-said');
  if (said && state !== before) said.textContent = `The job is ${state}.`;
}

/**
 * @param {HTMLElement} within
 * @returns {string} the word that says how the job is
 */
function stateOf(within) {
  return within.querySelector('.chip')?.textContent ?? '';
}

// Findings are chosen by their boxes, all of a page at once; how many is said beside the steps.
const choosing = /** @type {HTMLFormElement | null} */ (document.querySelector('form[data-chosen]'));
if (choosing) {
  const all = /** @type {HTMLInputElement} */ (choosing.querySelector('[data-all]'));
  const said = /** @type {HTMLElement} */ (choosing.querySelector('[data-count]'));
  const boxes = () => /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(`input[name="rowid"][form="${choosing.id}"]`));
  const count = () => {
    const chosen = [...boxes()].filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && !all.checked;
    said.textContent = chosen ? `${chosen} chosen` : 'None chosen';
    for (const button of choosing.querySelectorAll('button')) button.disabled = chosen === 0;
  };
  all.addEventListener('change', () => {
    for (const box of boxes()) box.checked = all.checked;
    count();
  });
  document.addEventListener('change', (event) => { if (event.target instanceof HTMLInputElement && event.target.name === 'rowid') count(); });
  window.addEventListener('pageshow', count);
  count();
}
