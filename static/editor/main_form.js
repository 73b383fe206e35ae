/**
 * Entry of the widget in the admin's form. The drawing travels in two hidden fields of the form, which the browser
 * submits; a refused form comes back with them, and the drawing is made again.
 *
 * @module main_form
 */

/** @import {Editor} from './editor.js' */
/** @import {EditorConfig, Problem} from './types.js' */

import { ApiProblem, NoAnswer } from './api.js';
import { baseFromCoverage, mergeBases } from './base.js';
import { readConfig } from './config.js';
import { slot } from './dom.js';
import { adoptNamed, keepDraft } from './drafts/keep_draft.js';
import { createEditor, openParcel } from './editor.js';
import { widen } from './storage/geodesy.js';
import { askAboutConflict } from './panels/conflict_dialog.js';
import { bindFormRecord } from './panels/form_record.js';
import { createSplitters } from './panels/splitter.js';
import { baseToShow, resolveConflict } from './saving/resolution.js';
import { showRefusal } from './saving/save_edit.js';
import { listenToKeys } from './shortcuts.js';

/** A server that is away says so itself when the form is sent. */
const LONGEST_FLUSH_MS = 1500;

/**
 * @param {EditorConfig} config
 * @returns {Promise<void>}
 */
async function start(config) {
  const root = /** @type {HTMLElement} */ (document.querySelector('[data-editor]'));
  const form = root.closest('form');
  const summary = /** @type {HTMLElement} */ (slot(root, 'summary'));
  const editor = createEditor(config, { root, tool: config.can_edit ? 'move' : 'select', summary });
  const record = form ? bindFormRecord(form, editor.api, config) : null;
  const keeping = form && record ? keepInForm(editor, form, config, record) : null;
  const fields = form ? bindForm(editor, form, config, keeping) : null;
  const splitters = createSplitters(form ?? root, editor.memory);
  // A field that the browser finds wrong must be seen.
  form?.addEventListener('invalid', () => splitters.forEach((splitter) => splitter.show()), true);
  listenToKeys(root, editor.session, { ...editor.commands, save: () => form?.requestSubmit() });
  // Beside the map letters belong to the fields; saving is the same key on all of the page.
  form?.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
    event.preventDefault();
    form.requestSubmit();
  });
  try {
    if (config.parcel) await openParcel(editor, config.parcel);
    else await editor.loading.now();
    // The form came back: its steps go on as the draft that they were kept as.
    if (config.draft_key && keeping) await adoptNamed(keeping, config.draft_key);
    if (await restoreDrawing(editor, config)) fields?.forgetVersionShown();
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    editor.session.say('bad', `The map could not be loaded: ${error.message} What you typed is kept.`);
  }
}

/**
 * What is drawn is kept as on the map; what is typed into the form's own fields is the form's.
 * @param {Editor} editor
 * @param {HTMLFormElement} form
 * @param {EditorConfig} config
 * @param {import('./panels/record_field.js').RecordField} record
 * @returns {import('./drafts/draft_keeping.js').DraftKeeping}
 */
function keepInForm(editor, form, config, record) {
  const reason = /** @type {HTMLInputElement} */ (form.elements.namedItem('comment'));
  const keeping = keepDraft(editor, config, { comment: () => reason.value, record, restore: (comment) => { reason.value = comment || reason.value; } });
  form.addEventListener('input', (event) => {
    if (event.target instanceof HTMLInputElement && ['comment', 'record_id'].includes(event.target.name) && !editor.session.state.draft.isEmpty) keeping.touch();
  });
  return keeping;
}

/**
 * @param {Editor} editor
 * @param {HTMLFormElement} form
 * @param {EditorConfig} config
 * @param {import('./drafts/draft_keeping.js').DraftKeeping | null} keeping
 * @returns {{forgetVersionShown: () => void}} once theirs has been looked at, the version now loaded is the one seen
 */
function bindForm({ session }, form, { parcel, seen: shown = {} }, keeping) {
  const operations = hiddenField(form, 'operations');
  const seen = hiddenField(form, 'seen');
  const draftKey = hiddenField(form, 'draft_key');
  let isSubmitting = false;
  /** The version whose attributes stand in the form; somebody may have saved before the map was loaded. */
  let versionShown = parcel === null ? Infinity : (shown[parcel] ?? Infinity);
  const write = () => {
    const { draft, loaded } = session.state;
    if (!loaded) return;
    const versions = draft.seen();
    const version = parcel === null ? undefined : draft.graph.base.parcels.get(parcel)?.version;
    if (parcel !== null && version !== undefined) versions[parcel] = Math.min(version, versionShown);
    operations.value = JSON.stringify(draft.operations);
    seen.value = JSON.stringify(versions);
  };
  session.subscribe((state, before) => {
    if (state.draft !== before.draft) write();
  });
  let isKept = false;
  // The server discards the draft with the save, so it has to have it: a step of a moment ago is sent first.
  form.addEventListener('submit', (event) => {
    if (!keeping || isKept || session.state.draft.isEmpty) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = /** @type {SubmitEvent} */ (event);
    void Promise.race([keeping.flush(), new Promise((resolve) => setTimeout(resolve, LONGEST_FLUSH_MS))]).then(() => {
      draftKey.value = keeping.name?.key ?? '';
      isKept = true;
      form.requestSubmit(submitter);
      isKept = false;
    });
  }, { capture: true });
  form.addEventListener('submit', () => { isSubmitting = true; });
  window.addEventListener('pageshow', () => { isSubmitting = false; });
  window.addEventListener('beforeunload', (event) => {
    if (!session.state.draft.isEmpty && !isSubmitting) event.preventDefault();
  });
  return { forgetVersionShown: () => { versionShown = Infinity; write(); } };
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {HTMLInputElement}
 */
function hiddenField(form, name) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) return field;
  throw new Error(`The form has no hidden field ${name}.`);
}

/**
 * After a refused save: the same steps on the same versions, and what the server said about them.
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @returns {Promise<boolean>} whether a conflict was resolved
 */
async function restoreDrawing(editor, config) {
  const { session, api } = editor;
  const { operations = [], seen = {}, problem = null } = config;
  if (operations.length > 0) {
    const missing = Object.keys(seen).filter((id) => !session.graph.base.parcels.has(id));
    let { base } = session.graph;
    if (missing.length > 0) base = mergeBases(base, baseFromCoverage(await api.coverageOf(missing)), base.parcels.keys());
    for (const conflict of problem?.conflicts ?? []) {
      if (!conflict.base) continue;
      const others = [...base.parcels.keys()].filter((id) => id !== conflict.parcel_id);
      base = mergeBases(base, baseFromCoverage(conflict.base), others);
    }
    session.restart(base, operations);
  }
  return problem ? explain(editor, config, problem) : false;
}

/**
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {Problem} problem
 * @returns {Promise<boolean>} whether a conflict was resolved
 */
async function explain({ session, api, view, loading }, config, problem) {
  // Nothing drawn: the page itself compares the typed fields, and stands on the current version already.
  if (problem.conflicts && session.state.draft.isEmpty) return true;
  if (!problem.conflicts) {
    session.refuse(problem);
    showRefusal(view, problem.findings?.[0]);
    return false;
  }
  const box = problem.conflicts.flatMap(({ parcel_id: id }) => session.graph.parcel(id) ?? []).map((parcel) => session.graph.envelope(parcel))[0];
  if (box) view.fit(widen(box, 0.3));
  const now = await baseToShow({ api, loading, session }, problem.conflicts);
  const answer = await askAboutConflict(session, problem, { isGeographic: config.is_geographic, me: config.user.email, now, record: config.record ?? null });
  if (answer === 'back') return false;
  await resolveConflict({ api, loading, session }, problem.conflicts, answer);
  return true;
}

await start(readConfig());
