/**
 * The card above the panel that offers fixes for the finding somebody came to look at. A fix that is used becomes steps of
 * the edit in hand, to be saved like any other with a reason; one that moves nothing farther than points are accurate may
 * be saved at once.
 *
 * @module findings/fix_card
 */

/** @import {Editor} from '../editor.js' */
/** @import {Operation, StoredFinding} from '../types.js' */
/** @import {Fix, Fixes} from './fixes_api.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { fill, h } from '../dom.js';
import { counted } from '../format.js';
import { ruleName } from '../paint/paint_place.js';
import { fixList } from './fix_list.js';
import { FixPreview } from './fix_preview.js';
import { fixesOf } from './fixes_api.js';

/**
 * @typedef {object} FixCard
 * @property {(finding: StoredFinding | null | undefined) => void} offer
 * @property {() => void} saved an edit was saved: what is offered is asked anew
 * @property {(comment: string, hasRecord: boolean) => boolean} lacksReason does the edit in hand hold a fix that wants a reason?
 */

/**
 * @param {HTMLElement} panel
 * @param {Pick<Editor, 'session' | 'api' | 'view'>} editor
 * @param {{needsAnother: () => boolean, onSave: (comment: string) => void}} saving `needsAnother`: somebody else has to
 *   approve; `onSave` saves or submits the edit in hand
 * @returns {FixCard}
 */
export function createFixCard(panel, { session, api, view }, { needsAnother, onSave }) {
  const said = h('p', { class: 'quiet', role: 'status' });
  const body = h('div', {});
  const title = h('h2', { id: 'fixes-title', tabindex: '-1' });
  const close = h('button', { type: 'button', class: 'link', click: () => offer(null) }, 'Close');
  const card = h('section', { class: 'fixes', 'aria-labelledby': 'fixes-title', hidden: true }, h('div', { class: 'fixes-head' }, title, close), said, body);
  panel.prepend(card);
  const preview = new FixPreview(view);
  /** @type {StoredFinding | null} */
  let finding = null;
  /** @type {Fixes | null} */
  let offered = null;
  /** Operations of fixes that want a reason, as they went into the draft. @type {Set<Operation>} */
  const reasoned = new Set();

  const render = () => {
    preview.show(null);
    card.hidden = finding === null;
    if (!finding) return;
    title.textContent = `Fixes for ${ruleName(finding.rule).toLowerCase()} ${finding.id}`;
    said.textContent = offered ? offerSentence(offered) : 'Trying what would fix it…';
    const save = session.state.draft.isEmpty ? (/** @type {Fix} */ fix) => void saveNow(fix) : null;
    fill(body, offered ? fixList(offered.fixes, offered.accuracy_m, { use: (fix) => void use(fix), save, look: (fix) => preview.show(fix), isSubmitted: needsAnother() }) : null);
  };
  const ask = async () => {
    const asked = finding;
    if (!asked) return;
    try {
      const answer = await fixesOf(api, asked.id);
      if (finding !== asked) return;
      offered = answer;
      render();
      if (answer.finding.status === 'fixed' && session.state.finding) session.set({ finding: null });
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      if (finding === asked) fill(said, `Fixes could not be asked for: ${error.message} `, h('button', { type: 'button', class: 'link', click: () => void ask() }, 'Try again'));
    }
  };
  /** @param {StoredFinding | null | undefined} given */
  const offer = (given) => {
    finding = session.canEdit ? given ?? null : null;
    offered = null;
    render();
    void ask();
  };

  /**
   * @param {Fix} fix
   * @returns {Promise<boolean>} whether its steps are in the edit in hand now
   */
  const takeUp = async (fix) => {
    try {
      session.load(await api.coverageOf(fix.parcels.map(({ parcel_id: id }) => id)), null);
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      session.say('bad', `The parcels of the fix could not be loaded: ${error.message}`);
      return false;
    }
    if (!session.performAll(fix.operations)) return false;
    if (fix.needs !== 'nothing') for (const operation of fix.operations) reasoned.add(operation);
    preview.show(null);
    return true;
  };
  /** @param {Fix} fix */
  const use = async (fix) => {
    if (!(await takeUp(fix))) return;
    session.say('info', `The fix is in the edit as ${counted(fix.operations.length, 'step')}. ${fix.needs === 'record' ? 'Name the record' : 'Say why'}, then ${needsAnother() ? 'submit it' : 'save'}.`);
    document.getElementById('edit-comment')?.focus();
  };
  /** @param {Fix} fix */
  const saveNow = async (fix) => {
    if (!(await takeUp(fix))) return;
    title.focus(); // its button is gone
    onSave(fix.comment);
  };
  session.subscribe((state, before) => {
    if (state.draft.isEmpty !== before.draft.isEmpty && offered) render();
  });
  return {
    offer,
    saved: () => {
      reasoned.clear();
      void ask();
    },
    lacksReason: (comment, hasRecord) => {
      const lacks = comment.trim() === '' && !hasRecord && session.state.draft.operations.some((operation) => reasoned.has(operation));
      if (lacks) {
        session.say('warn', 'A fix that moves boundaries farther than points are accurate needs a reason or a record: say why, then save.');
        document.getElementById('edit-comment')?.focus();
      }
      return lacks;
    },
  };
}

/**
 * @param {Fixes} offered
 * @returns {string}
 */
function offerSentence({ fixes, why_none: none }) {
  if (fixes.length === 0) return none ?? 'No fix was found.';
  return `${counted(fixes.length, 'way')} to close it without opening another. None is chosen for you.`;
}
