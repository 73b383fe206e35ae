/**
 * The card above the panel while somebody makes a parcel of a row that an import refused (`?quarantine=IMPORT-ROW`): its
 * outline is a drawn step of the edit in hand, to be corrected like any other; the save that draws it also decides about
 * the row.
 *
 * @module quarantine/row_card
 */

/** @import {Editor} from '../editor.js' */
/** @import {Draw, Operation} from '../types.js' */
/** @import {Geometry} from './paint_row.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { annotate } from '../describe.js';
import { fill, h } from '../dom.js';
import { paintPlace, ruleName } from '../paint/paint_place.js';
import { readTheme } from '../paint/theme.js';
import { widen } from '../storage/geodesy.js';
import { boxOfRow, paintRow } from './paint_row.js';
import { rowNote, rowOf } from './row_note.js';

/**
 * @typedef {object} QuarantinedRow
 * @property {number} import_id
 * @property {number} row
 * @property {string} rule
 * @property {string} reason
 * @property {string} decision
 * @property {{draft_id: number, by: string} | null} [waiting] the draft that would admit it, and waits for another person
 * @property {Geometry | null} geometry as its file has it, in lon/lat
 * @property {[number, number] | null} place
 * @property {{draw: Draw | null, why_no_draw: string | null, advice: string}} proposal
 * @property {string} href of its page
 * @property {string | null} next page of the next row that waits
 */

/**
 * @typedef {object} RowCard
 * @property {() => {import: number, row: number} | null} admits the row that the next save decides about, in a draft that is gone on with too
 * @property {() => Promise<void>} open shows the row and draws it
 * @property {(isSubmitted?: boolean) => void} saved `isSubmitted`: it waits for another person
 * @property {(comment: string) => boolean} lacksReason
 */

/** Metres around it that are shown and loaded. */
const AROUND_M = 25;

/**
 * @param {HTMLElement} panel
 * @param {Pick<Editor, 'session' | 'api' | 'view'>} editor
 * @param {QuarantinedRow | null | undefined} given
 * @returns {RowCard}
 */
export function createRowCard(panel, { session, api, view }, given) {
  let row = session.canEdit && given?.decision === 'quarantined' && !given.waiting ? given : null;
  /** @type {QuarantinedRow | null} */
  let admitted = null;
  let waits = false;
  const card = h('section', { class: 'fixes row-card', 'aria-labelledby': 'row-title', hidden: true });
  panel.prepend(card);
  const isDrawn = () => session.state.draft.operations.some((step) => step.op === 'draw');
  const surface = view.addSurface('refused', (frame) => {
    if (!row) return;
    const theme = readTheme(view.container);
    if (row.geometry) paintRow(frame, row.geometry, { under: theme.surface, line: theme.bad, dash: [2, 5], hasPoints: false });
    // Once it is drawn, what is wrong with the drawing is foreseen and marked like that of any edit.
    if (row.place && !isDrawn()) paintPlace(frame, { rule: row.rule, place: { type: 'Point', coordinates: row.place } }, ruleName(row.rule), theme, theme.bad);
  });
  const render = () => {
    card.hidden = !row && !admitted;
    surface.repaint();
    if (!row && admitted) fill(card, ...thanks(admitted, waits, close));
    if (!row) return;
    const { draw } = row.proposal;
    fill(card,
      h('div', { class: 'fixes-head' },
        h('h2', { id: 'row-title' }, `Row ${row.row} of import ${row.import_id}`),
        h('button', { type: 'button', class: 'link', click: leave, title: 'The row stays in quarantine; what is drawn stays a step' }, 'Leave it')),
      h('p', {}, h('strong', {}, `${ruleName(row.rule)}. `), row.reason),
      h('p', { class: 'quiet' }, draw
        ? 'It is drawn as a step of this edit: correct its points, then save with a reason. Saving makes it a parcel and ends its quarantine.'
        : `${row.proposal.why_no_draw ?? ''} Draw one parcel (D); saving makes it of this row.`),
      h('div', { class: 'actions' },
        draw && !isDrawn() && h('button', { type: 'button', class: 'action', click: () => void drawIt(draw) }, 'Draw its outline'),
        h('a', { class: 'action', href: row.href }, 'Its page')));
  };
  const leave = () => {
    row = null;
    forgetInAddress();
    render();
  };
  const close = () => {
    admitted = null;
    render();
  };
  /** @param {Draw} draw */
  const drawIt = async (draw) => {
    const box = row && boxOfRow(row.geometry, row.place);
    if (!row || !box) return;
    const around = widen(box, 0.4, AROUND_M);
    try {
      session.load(await api.coverage(around), around);
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      return session.say('bad', `The parcels around the row could not be loaded: ${error.message}`);
    }
    const step = /** @type {Operation} */ ({ ...draw });
    annotate(step, rowNote({ import: row.import_id, row: row.row }));
    if (!session.performAll([step])) return;
    session.select(draw.parcel_id ?? null);
    session.set({ tool: 'move' });
    render();
  };
  session.subscribe((state, before) => {
    if (row && state.draft !== before.draft) render();
  });
  return {
    admits: () => (row ? { import: row.import_id, row: row.row } : rowOf(session.state.draft.operations)),
    open: async () => {
      if (given === null) return session.say('warn', 'The refused row that the address names is not there, or is not yours to decide about.');
      if (given?.waiting) return session.say('warn', `Row ${given.row} of import ${given.import_id} waits for approval already, as draft ${given.waiting.draft_id} of ${given.waiting.by}.`);
      if (given && !row) return session.say('warn', `Row ${given.row} of import ${given.import_id} is ${given.decision} already.`);
      if (!row) return undefined;
      render();
      const box = boxOfRow(row.geometry, row.place);
      if (box) view.fit(widen(box, 0.4, AROUND_M), { maxZoom: 20.5, animate: false });
      if (row.proposal.draw && session.state.draft.isEmpty) return drawIt(row.proposal.draw);
      return undefined;
    },
    saved: (isSubmitted = false) => {
      admitted = row;
      waits = isSubmitted;
      leave();
    },
    lacksReason: (comment) => {
      const lacks = row !== null && comment.trim() === '';
      if (lacks) {
        session.say('warn', 'Say why the row is admitted: the reason stands in its history.');
        document.getElementById('edit-comment')?.focus();
      }
      return lacks;
    },
  };
}

/**
 * @param {QuarantinedRow} row that was admitted
 * @param {boolean} waits for another person first
 * @param {() => void} close
 * @returns {HTMLElement[]}
 */
function thanks({ row, import_id: batch, href, next }, waits, close) {
  return [
    h('div', { class: 'fixes-head' },
      h('h2', { id: 'row-title' }, `Row ${row} of import ${batch} ${waits ? 'waits for approval' : 'is admitted'}`),
      h('button', { type: 'button', class: 'link', click: close }, 'Close')),
    h('div', { class: 'actions' },
      next ? h('a', { class: 'action', href: next }, 'Next row that waits') : h('span', { class: 'quiet' }, 'No later row waits.'),
      h('a', { class: 'action', href }, 'Its page')),
  ];
}

/** A reload must not ask for it again. */
function forgetInAddress() {
  const url = new URL(location.href);
  url.searchParams.delete('quarantine');
  history.replaceState(null, '', url);
}
