/**
 * Entry of the page at /: the full-window editor, read-only for viewers.
 *
 * @module main_map
 */

/** @import {Editor} from './editor.js' */
/** @import {Kin, Version} from './past/past.js' */
/** @import {AsOf, Box, EditorConfig, Refusal} from './types.js' */

import { asOfText } from './past/as_of.js';
import { readConfig } from './config.js';
import { h, slot } from './dom.js';
import { createEditor } from './editor.js';
import { keepKeyboard } from './keep_keyboard.js';
import { createFixCard } from './findings/fix_card.js';
import { offerAfterRefusal } from './findings/refusal_offer.js';
import { foresee } from './saving/foresight.js';
import { dateTime } from './format.js';
import { showColleagues } from './drafts/show_colleagues.js';
import { DraftApi } from './drafts/draft_api.js';
import { keepDraft } from './drafts/keep_draft.js';
import { keepPlan } from './drafts/keep_plan.js';
import { memoryOf } from './layers.js';
import { addressAt, followAddress, open } from './map_address.js';
import { askAsOf, createAsOfBar } from './panels/as_of.js';
import { ask } from './panels/ask.js';
import { createAttributes } from './panels/attributes.js';
import { createEdges } from './panels/edges.js';
import { createLineage } from './panels/lineage.js';
import { createParcelFacts } from './panels/parcel_facts.js';
import { offerSearch } from './panels/map_search.js';
import { createParcelPanel } from './panels/parcel_panel.js';
import { createSaveBar } from './panels/save_bar.js';
import { createSidePanel } from './panels/side_panel.js';
import { toolButton } from './panels/toolbar.js';
import { createVersions } from './panels/versions.js';
import { PastShape } from './past/past_shape.js';
import { offerPrint } from './print/print.js';
import { createRowCard } from './quarantine/row_card.js';
import { offerReferences } from './reference/reference.js';
import { restoreVersion } from './past/restore_version.js';
import { saveEdit, showRefusal } from './saving/save_edit.js';
import { Transmission } from './saving/transmission.js';
import { listenToKeys } from './shortcuts.js';

/**
 * @param {EditorConfig} config
 */
function start(config) {
  const root = /** @type {HTMLElement} */ (document.querySelector('[data-editor]'));
  const summary = h('div', {});
  const editor = createEditor(config, { root, tool: 'select', summary, hasTiles: !config.as_of });
  const { session, api, view, loading, ground } = editor;
  fillPanel(editor, config, root, summary);
  const side = createSidePanel(editor, root);
  const transmission = new Transmission(api, new DraftApi(api), config.needs_approval, () => keeping);
  const saveBar = createSaveBar(/** @type {HTMLElement} */ (slot(root, 'save')), editor, config, {
    save: () => save(), discard: () => void discard(editor), changed: () => keeping.touch(), needsAnother: () => transmission.needsAnother,
  });
  const keeping = keepDraft(editor, config, { ...saveBar, admits: () => row.admits() });
  const { record } = saveBar;
  showColleagues(editor, config, /** @type {HTMLElement} */ (slot(root, 'save')));
  if (session.canEdit) foresee(session, api, { recordId: () => record.chosen()?.id ?? null, isRecordRequired: config.record_required });
  const saving = {
    api, view, session, loading, transmission, isGeographic: config.is_geographic, me: config.user.email, record: record.chosen, admits: () => row.admits(), onSaved: () => {
      saveBar.clear();
      fixes.saved();
      row.saved();
    },
    onSubmitted: () => {
      keeping.release();
      saveBar.clear();
      fixes.saved();
      row.saved(true);
    },
    onRecordRefused: record.explain,
    onWritten: (/** @type {Box[]} */ boxes) => void ground?.wrote(boxes),
  };
  const save = () => {
    side?.show();
    if (record.isMissing() && !session.state.draft.isEmpty) record.ask();
    else if (fixes.lacksReason(saveBar.comment(), record.chosen() !== null) || row.lacksReason(saveBar.comment())) return;
    else void saveEdit(saving, saveBar.comment);
  };

  const fixes = createFixCard(/** @type {HTMLElement} */ (slot(root, 'panel')), editor, {
    needsAnother: () => transmission.needsAnother, onSave: (comment) => {
      // What is submitted is the draft, with the reason that stands there.
      if (transmission.needsAnother) saveBar.restore(comment);
      void saveEdit({ ...saving, record: () => null }, () => comment);
    },
  });
  fixes.offer(config.finding);
  const row = createRowCard(/** @type {HTMLElement} */ (slot(root, 'panel')), editor, config.quarantine);
  offerAfterRefusal(summary, session, api, () => record.chosen()?.id ?? null);

  const search = offerSearch(editor, config, (id) => void open(editor, id));
  offerReferences(editor, config, keeping);
  const print = offerPrint(editor, config, root);
  const asOf = offerTimes(editor, config, root);
  listenToKeys(document, session, { ...editor.commands, carryOut: () => editor.map.carryOut(), save, search, asOf, print });
  window.addEventListener('beforeunload', (event) => {
    if (!session.state.draft.isEmpty) event.preventDefault();
  });
  followAddress(editor, config);
  void row.open();
  keepKeyboard(document, session, view);
  keepPlan(session, memoryOf(() => window.sessionStorage), () => root.querySelector('details.courses')?.setAttribute('open', ''));
}

/**
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {HTMLElement} root
 * @param {HTMLElement} summary
 */
function fillPanel(editor, config, root, summary) {
  const { session, api, view, layers, memory } = editor;
  const attributes = h('div', {});
  const versionList = h('div', {});
  const tree = h('div', {});
  const history = h('div', {}, versionList, tree);
  createAttributes(attributes, session);
  createParcelFacts(attributes, session, api, config.is_geographic ? 'ellipsoidal' : `grid, EPSG:${config.srid}`, {
    open: (id) => void open(editor, id), edit: (id) => `${config.urls.edit_admin}${id}`, record: (id) => `${config.urls.record_admin}${id}`,
  });
  const shape = new PastShape(view, session, api);
  const toRefusal = (/** @type {Refusal | undefined} */ refusal) => showRefusal(view, refusal);
  const versions = createVersions(versionList, session, api, shape, {
    addressOf: (version) => addressAt({ session, view, layers }, momentOf(version)), edit: (id) => `${config.urls.edit_admin}${id}`, record: (id) => `${config.urls.record_admin}${id}`,
    restore: session.canEdit ? (id, version) => void restoreVersion({ session, api, shape, showRefusal: toRefusal }, id, version) : null,
  });
  const lineage = createLineage(tree, session, api, (kin) => void goToKin(editor, shape, kin));
  const showHistory = () => {
    versions.show();
    lineage.show();
  };
  const sides = h('div', { hidden: true });
  const edges = createEdges(sides, session, { isGeographic: config.is_geographic, srid: config.srid }, memory);
  const edit = { name: 'edit', label: 'This edit', content: summary, needsParcel: false, count: () => session.state.draft.told.length };
  const panel = createParcelPanel(/** @type {HTMLElement} */ (slot(root, 'panel')), session, [
    { name: 'attributes', label: 'Attributes', content: attributes, needsParcel: true },
    ...(session.canEdit ? [edit] : []),
    { name: 'edges', label: 'Sides', content: sides, needsParcel: true, opened: edges.show },
    { name: 'history', label: 'History', content: history, needsParcel: true, ofRetired: true, opened: showHistory, closed: versions.hide },
  ], (id) => adminUrl(config.urls.parcel_admin, id));
  // A side that is chosen on the map is told about where all are listed.
  session.subscribe((state, before) => {
    if (state.edge && state.edge !== before.edge && sides.hidden) panel.open('edges');
  });
}

/**
 * @param {Editor} editor
 * @param {PastShape} shape
 * @param {Kin} kin
 * @returns {Promise<void>}
 */
async function goToKin(editor, shape, { parcel_id: id, number, version, is_current: isCurrent, retired_at: end }) {
  if (isCurrent) return void (await open(editor, id));
  const box = await shape.show(id, version);
  if (!box) return;
  editor.view.fit(box, { maxZoom: 19.5 });
  editor.session.say('info', `Parcel ${number ?? id} as it last was. It was retired on ${dateTime(end)}.`);
}

/**
 * @param {string} prefix
 * @param {string} id
 * @returns {string}
 */
function adminUrl(prefix, id) {
  return `${prefix.endsWith('=') ? prefix : `${prefix}?id=`}${encodeURIComponent(id)}`;
}

/**
 * @param {Version} version
 * @returns {AsOf} the moment in which it began
 */
function momentOf(version) {
  return { at: version.begun_at, legal_at: null };
}

/**
 * The button that asks for a time and, on a map of another time, the bar that says so. Another time is another page:
 * steps that are not saved are kept, and offered when the map is back at now.
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {HTMLElement} root
 * @returns {() => void} asks
 */
function offerTimes(editor, config, root) {
  const shown = config.as_of ?? null;
  const choose = async () => {
    const answer = await askAsOf(shown);
    if (answer) location.assign(addressAt(editor, answer === 'now' ? null : answer));
  };
  const button = toolButton('clock', 'Parcels as they were', 'H', () => void choose());
  button.classList.add('as-of');
  slot(root, 'toolbar')?.append(button);
  const bar = slot(document, 'as-of');
  if (shown && bar) {
    createAsOfBar(bar, shown, { change: () => void choose(), toNow: () => addressAt(editor, null) });
    document.title = `${asOfText(shown)} · ${document.title}`;
  }
  return () => void choose();
}

/**
 * @param {Editor} editor
 * @returns {Promise<void>}
 */
async function discard({ session }) {
  if (session.state.draft.isEmpty || session.state.isSaving) return;
  const isSure = await ask({
    title: 'Discard this edit?', text: 'Its steps are forgotten. Nothing of it was saved.', yes: 'Discard', no: 'Keep editing',
  });
  if (isSure) session.discard();
}

start(readConfig());
