/**
 * Saving on the map page: one edit is sent, and every answer leads somewhere without losing a step.
 *
 * @module save_edit
 */

/** @import {Api} from '../api.js' */
/** @import {Loading} from '../loading.js' */
/** @import {MapView} from '../map_view.js' */
/** @import {SaveOutcome} from './saving.js' */
/** @import {Transmission} from './transmission.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, Problem, Receipt, RecordSummary, Refusal} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { counted } from '../format.js';
import { isTextField } from '../dom.js';
import { widen } from '../storage/geodesy.js';
import { Graph } from '../graph.js';
import { newKey } from '../new_key.js';
import { boxOfRefusal } from '../paint/paint_place.js';
import { askAboutConflict } from '../panels/conflict_dialog.js';
import { askToSignIn, strangerText } from '../panels/sign_in.js';
import { failureText } from './failure_text.js';
import { movedText } from './moved_disputes.js';
import { baseToShow, currentBase, resolveConflict } from './resolution.js';

/** A wait that short is not worth a word. */
const SAY_AFTER_MS = 2000;

/**
 * @typedef {object} Saving
 * @property {Api} api
 * @property {MapView} view
 * @property {Session} session
 * @property {Loading} loading
 * @property {boolean} isGeographic
 * @property {string} me my account's name, as the server gives it with a change
 * @property {() => RecordSummary | null} record the record that the edit is to rest on
 * @property {() => {import: number, row: number} | null} admits the refused row of an import that the edit makes a parcel of
 * @property {() => void} onSaved
 * @property {() => void} onSubmitted the draft that the edit is kept as waits for somebody else now
 * @property {Pick<Transmission, 'send'>} transmission
 * @property {(boxes: Box[]) => void} onWritten told where the map is no longer as it was
 * @property {(problem: Problem) => string | null} onRecordRefused says at its field what to do about the record; null for another refusal
 */

/**
 * @param {Saving} saving
 * @param {() => string} commentNow the reason as it stands
 * @returns {Promise<void>}
 */
export async function saveEdit(saving, commentNow) {
  const { session, transmission, record } = saving;
  if (!session.isEditable) return;
  // A field that is left becomes its step, and what is typed while the answer is on its way goes into no field.
  if (isTextField(document.activeElement)) /** @type {HTMLElement} */ (document.activeElement).blur();
  if (session.state.draft.isEmpty) return;
  const { draft, body } = session.state.draft.toSend(commentNow(), newKey, record()?.id ?? null, session.state.shown);
  session.set({ draft, isSaving: true, notice: null, refusals: [], refusedStep: null });
  const timer = window.setTimeout(() => session.say('info', 'Still saving: the server is slow or out of reach. Your steps are safe.'), SAY_AFTER_MS);
  try {
    const row = saving.admits();
    const outcome = await transmission.send(row ? { ...body, admits: row } : body);
    clearTimeout(timer);
    await conclude(saving, outcome, commentNow);
  } finally {
    clearTimeout(timer);
    if (session.state.isSaving) session.set({ isSaving: false });
  }
}

/**
 * @param {Saving} saving
 * @param {SaveOutcome} outcome
 * @param {() => string} commentNow
 * @returns {Promise<void>}
 */
async function conclude(saving, outcome, commentNow) {
  const { session } = saving;
  switch (outcome.kind) {
    case 'saved':
      return afterSave(saving, outcome.receipt);
    case 'submitted':
      saving.onSubmitted();
      return session.say('good', `Submitted for approval as draft ${outcome.draft}. Nothing changes until a reviewer approves it; you find it under Drafts.`);
    case 'conflict':
      return onConflict(saving, outcome.problem);
    case 'version_required':
      return onVersionRequired(saving, outcome.problem);
    case 'refused':
      return onRefused(saving, outcome.problem);
    case 'signed_out':
      return onSignedOut(saving, commentNow);
    case 'unreachable':
      return session.say('bad', `${outcome.message} Your steps are kept; saving again is safe, the edit is applied once.`);
    case 'failed':
      return session.say('bad', failureText(outcome.problem));
    default:
      throw new TypeError(`unknown outcome ${JSON.stringify(outcome)}`);
  }
}

/**
 * @param {Saving} saving
 * @param {Receipt} receipt
 * @returns {Promise<void>}
 */
async function afterSave({ api, session, loading, onSaved, onWritten }, receipt) {
  const idsOf = (/** @type {string} */ change) => receipt.parcels.flatMap((row) => (row.change === change ? [row.parcel_id] : []));
  const changed = receipt.parcels.filter((parcel) => parcel.change !== 'noded').length;
  const text = `Saved as edit ${receipt.edit_id}: ${counted(changed, 'parcel')} changed.${movedText(receipt.disputed)}`;
  onSaved();
  onWritten(boxesOf(receipt, session));
  try {
    const { base, box } = await currentBase(api, loading.choice.box(), session, new Set(idsOf('retired')), [...idsOf('created'), ...idsOf('restored')]);
    session.finish(base, text);
    session.set({ loaded: box });
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    // Saved all the same. Editing on from the old versions would conflict, so the new ones are asked for again.
    session.finish(session.graph.base, `${text} The map could not be refreshed yet: ${error.message}`);
    loading.expire();
    loading.soon();
  }
}

/**
 * @param {Receipt} receipt
 * @param {Session} session with the edit as it was sent
 * @returns {Box[]} where each parcel of the edit was, and where it is
 */
function boxesOf(receipt, { graph }) {
  const before = new Graph(graph.base);
  return receipt.parcels.flatMap(({ parcel_id: id }) => [before, graph].flatMap((state) => {
    const parcel = state.parcel(id);
    return parcel ? [state.envelope(parcel)] : [];
  }));
}

/**
 * @param {Saving} saving
 * @param {Problem} problem
 * @returns {Promise<void>}
 */
async function onConflict({ api, loading, session, isGeographic, me, record }, problem) {
  const conflicts = problem.conflicts ?? [];
  // Still saving: what is answered is about the steps as they were sent.
  const now = await baseToShow({ api, loading, session }, conflicts);
  session.set({ isSaving: false, notice: null });
  const answer = await askAboutConflict(session, problem, { isGeographic, me, now, record: record() });
  if (answer === 'back') return;
  // Until the steps stand on what is loaded now, nothing may be done with them as they were.
  session.set({ isSaving: true });
  try {
    await resolveConflict({ api, loading, session }, conflicts, answer);
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    session.say('bad', `The current versions could not be loaded: ${error.message} Your steps are kept.`);
  }
}

/**
 * A rule is shown where it is broken; what is wrong with the record is said at its field.
 * @param {Saving} saving
 * @param {Problem} problem
 */
function onRefused({ view, session, onRecordRefused }, problem) {
  const aboutRecord = onRecordRefused(problem);
  session.refuse(aboutRecord === null ? problem : { ...problem, detail: aboutRecord });
  showRefusal(view, problem.findings?.[0]);
}

/**
 * The edit changes parcels that this page did not count: they are loaded and shown, and then they are seen.
 * @param {Saving} saving
 * @param {Problem} problem
 * @returns {Promise<void>}
 */
async function onVersionRequired({ api, session, view }, problem) {
  const ids = (problem.missing ?? []).map((row) => row.parcel_id);
  session.set({ isSaving: false });
  try {
    session.load(await api.coverageOf(ids), null);
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    return session.say('bad', `The edit also changes ${ids.join(', ')}, which could not be loaded: ${error.message} Your steps are kept; save again later.`);
  }
  const parcels = ids.flatMap((id) => session.graph.parcel(id) ?? []);
  const [box] = parcels.map((parcel) => session.graph.envelope(parcel));
  if (box) view.fit(box, { maxZoom: 20 });
  session.set({ shown: [...new Set([...session.state.shown, ...ids])] });
  session.say('warn', `The edit also changes ${ids.join(', ')}, which this map had not loaded. It is shown now: look at it, then save again.`);
}

/**
 * Signed in again from here, the same edit goes out under the same key.
 * @param {Saving} saving
 * @param {() => string} commentNow
 * @returns {Promise<void>}
 */
async function onSignedOut(saving, commentNow) {
  const { session, api } = saving;
  session.set({ isSaving: false, notice: null });
  if (await askToSignIn(api)) return saveEdit(saving, commentNow);
  session.say('bad', api.stranger ? strangerText(api.stranger) : 'You are no longer signed in. Your steps are kept: save again to sign in, or sign in in another tab.');
}

/**
 * @param {MapView} view
 * @param {Pick<Refusal, 'place'> | undefined} refusal
 */
export function showRefusal(view, refusal) {
  const box = refusal ? boxOfRefusal(refusal) : null;
  if (box) view.fit(widen(box, 1.5, 6), { maxZoom: 22 });
}
