/**
 * The page of a refused row: its geometry beside what is around it, and what can be done with it. What is decided is sent to
 * the API; a refusal is told where it happened, and what was typed stays.
 *
 * @module quarantine/row_page
 */

/** @import {Basemap, Box, EditorConfig, Problem} from '../editor/types.js' */
/** @import {Geometry} from '../editor/quarantine/paint_row.js' */

import { Api, ApiProblem, NoAnswer } from '../editor/api.js';
import { fill, h, isTextField } from '../editor/dom.js';
import { figure } from '../editor/format.js';
import { MapView } from '../editor/map_view.js';
import { newKey } from '../editor/new_key.js';
import { ask } from '../editor/panels/ask.js';
import { boxOfRefusal, paintPlace, ruleName } from '../editor/paint/paint_place.js';
import { onThemeChange, readTheme } from '../editor/paint/theme.js';
import { boxOfRow, paintRow } from '../editor/quarantine/paint_row.js';
import { widen } from '../editor/storage/geodesy.js';
import { groundBelow } from '../list_map/ground_below.js';

/** @typedef {{area_m2: number, parts: number, points: number}} Measured */
/** @typedef {{draw: Record<string, any>, before: Measured, after: Measured, points_added: number, points_removed: number, differs: [number, number][], geometry: Geometry | null}} Repair */
/**
 * @typedef {object} RowConfig
 * @property {{import_id: number, row: number, rule: string, reason: string, decision: string, geometry: Geometry | null, place: [number, number] | null}} row
 * @property {string} href of the row in the API
 * @property {Box} home
 * @property {EditorConfig['urls']} urls
 * @property {Basemap[]} basemaps
 * @property {string} csrf_token
 * @property {boolean} needs_another somebody else has to approve what is admitted
 */

/** @type {RowConfig} */
const config = JSON.parse(/** @type {string} */ (document.getElementById('row-config')?.textContent));
const { row } = config;
const api = new Api(config);
/** @type {Repair | null} */
let repair = null;
/** Where the last refusal was. @type {import('../editor/types.js').Refusal | null} */
let refused = null;

const repaint = drawMap();
listenToKeys();
const decide = /** @type {HTMLFormElement | null} */ (document.getElementById('decide'));
if (decide) offerDecisions(decide);

/** @returns {() => void} draws anew what lies above the county */
function drawMap() {
  const container = /** @type {HTMLElement} */ (document.getElementById('row-map'));
  const view = new MapView(container, config.home);
  const ground = groundBelow(view, config);
  const box = boxOfRow(row.geometry, row.place);
  if (box) view.fit(widen(box, 0.8, 12), { maxZoom: 21, animate: false });
  const surface = view.addSurface('row', (frame) => {
    const theme = readTheme(container);
    const raw = { under: theme.surface, line: theme.bad, dash: [6, 4], hasPoints: true };
    if (row.geometry) paintRow(frame, row.geometry, raw);
    if (repair?.geometry) paintRow(frame, repair.geometry, { under: theme.surface, line: theme.good, dash: [], hasPoints: true });
    if (row.place) paintPlace(frame, { rule: row.rule, place: { type: 'Point', coordinates: row.place } }, ruleName(row.rule), theme, theme.bad);
    if (refused) paintPlace(frame, refused, ruleName(refused.rule), theme);
  });
  onThemeChange(() => surface.repaint());
  void ground.start();
  return () => {
    const place = refused ? boxOfRefusal(refused) : null;
    if (place) view.fit(widen(place, 1.5, 6), { maxZoom: 21 });
    surface.repaint();
  };
}

/** J and K go to the next and the previous row that waits. */
function listenToKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTextField(event.target)) return;
    const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector(`a[data-key="${event.key.toLowerCase()}"]`));
    if (link) location.assign(link.href);
  });
}

/** @param {HTMLFormElement} form */
function offerDecisions(form) {
  const one = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (form.querySelector(selector));
  const said = /** @type {HTMLElement} */ (document.getElementById('row-said'));
  const proposal = one('[data-proposal]');
  let isBusy = false;
  /** Was the last step refused because somebody else has to approve it? */
  let needsAnother = false;

  /** @param {string} name */
  const value = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value.trim();
  /**
   * @param {Problem | {type?: string, title: string, detail: string, findings?: import('../editor/types.js').Refusal[]}} problem
   */
  const tell = (problem) => {
    refused = problem.findings?.[0] ?? null;
    const lines = (problem.findings ?? []).map((finding) => h('li', {}, finding.message ?? ruleName(finding.rule)));
    const overlaps = acceptable(problem.findings ?? []);
    fill(said, h('div', { class: 'notice notice-bad' }, h('p', {}, h('strong', {}, `${problem.title}. `), lines.length > 0 ? null : problem.detail ?? null), lines.length > 0 ? h('ul', {}, ...lines) : null, isDecided(problem) && h('p', {}, h('a', { href: location.href }, 'Show what was decided')),
      overlaps.length > 0 && h('p', {}, h('button', { type: 'button', class: 'action', click: () => void admit(overlaps) }, `Accept ${overlaps.length === 1 ? 'the overlap' : `the ${overlaps.length} overlaps`} as lawful, for the reason below`))));
    said.focus();
    repaint();
  };
  /**
   * @param {string} step of the row
   * @param {Record<string, unknown>} body
   * @returns {Promise<any>} null where it was refused, and that was said
   */
  const send = async (step, body) => {
    if (isBusy) return null;
    isBusy = true;
    needsAnother = false;
    form.setAttribute('aria-busy', 'true');
    fill(said);
    refused = null;
    try {
      return await api.write('POST', `${config.href}/${step}`, body);
    } catch (error) {
      needsAnother = error instanceof ApiProblem && error.is('approval_required');
      if (error instanceof ApiProblem) tell(/** @type {Problem} */ (error.problem));
      else if (error instanceof NoAnswer) tell({ title: 'The server did not answer', detail: `${error.message} What you typed is still here; try again.` });
      else throw error;
      return null;
    } finally {
      isBusy = false;
      form.removeAttribute('aria-busy');
    }
  };
  /** @param {string} name */
  const needs = (name) => {
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
    const isMissing = field.value.trim() === '';
    field.toggleAttribute('aria-invalid', isMissing);
    if (isMissing) {
      tell({ title: 'Say why', detail: 'The reason stands in the history of the row.' });
      field.focus();
    }
    return isMissing;
  };

  one('[data-act="repair"]')?.addEventListener('click', async () => {
    const answer = await send('repair', {});
    if (!answer) return;
    repair = answer;
    showRepair(proposal, answer);
    one('[data-act="repair"]').hidden = true;
    const admit = one('[data-act="admit"]');
    admit.hidden = false;
    admit.textContent = config.needs_another ? 'Submit the repaired outline' : 'Admit the repaired outline';
    repaint();
  });
  /** @param {{rule: string, parcels: string[]}[]} overlaps that a reviewer accepts with it, for the same reason */
  const admit = async (overlaps = []) => {
    if (needs('comment')) return;
    const accept = overlaps.map((overlap) => ({ ...overlap, reason: value('comment') }));
    const naming = { parcel_id: value('parcel_id'), number: value('number') };
    const shape = repair ? { operations: [{ ...repair.draw, ...naming }] } : naming;
    const body = { key: newKey(), comment: value('comment'), ...shape, ...(accept.length > 0 ? { accept } : {}) };
    if (await send(config.needs_another ? 'propose' : 'admit', body)) return location.reload();
    // An administrator has set it since the page was loaded.
    if (needsAnother) config.needs_another = true;
    if (needsAnother && (await send('propose', body))) location.reload();
  };
  one('[data-act="admit"]')?.addEventListener('click', () => void admit());
  one('[data-act="reject"]').addEventListener('click', async () => {
    if (needs('comment')) return;
    const isSure = await ask({ title: `Reject row ${row.row} for good?`, text: 'It stays in the history of its import, and never becomes a parcel.', yes: 'Reject', no: 'Keep it in quarantine' });
    if (isSure && await send('reject', { reason: value('comment') })) location.reload();
  });
  form.addEventListener('submit', (event) => event.preventDefault());
}

/**
 * @param {import('../editor/types.js').Refusal[]} refusals
 * @returns {{rule: string, parcels: string[]}[]} the overlaps, where nothing else is against it: they may be lawful
 */
function acceptable(refusals) {
  return refusals.every(({ rule }) => rule === 'overlap') ? refusals.map(({ rule, parcels }) => ({ rule, parcels })) : [];
}

/**
 * @param {{type?: string}} problem
 * @returns {boolean} whether another reviewer was first
 */
function isDecided({ type = '' }) {
  return type.endsWith('row_decided');
}

/**
 * @param {HTMLElement} into
 * @param {Repair} found
 */
function showRepair(into, { before, after, points_added: added, points_removed: removed }) {
  const line = (/** @type {string} */ what, /** @type {string} */ was, /** @type {string} */ is) => h('tr', {}, h('th', { scope: 'row' }, what), h('td', { class: 'n' }, was), h('td', { class: 'n' }, is));
  fill(into,
    h('table', { class: 'list' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Proposed repair'), h('th', { scope: 'col', class: 'n' }, 'As it came'), h('th', { scope: 'col', class: 'n' }, 'Repaired'))),
      h('tbody', {},
        line('Area m²', figure(before.area_m2, 1), figure(after.area_m2, 1)),
        line('Parts', String(before.parts), String(after.parts)),
        line('Points', String(before.points), `${after.points} (+${added} −${removed})`))),
    h('p', { class: 'about' }, 'Green on the map. Nothing is stored until you admit it.'));
}
