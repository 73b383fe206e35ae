/**
 * The middle of the detail: ways to fix, the reason or record that the chosen one wants, and the button that applies it.
 *
 * @module review/fixing
 */

/** @import {Api} from '../editor/api.js' */
/** @import {Fix, Fixes} from '../editor/findings/fixes_api.js' */
/** @import {RecordField} from '../editor/panels/record_field.js' */
/** @import {Refusal} from '../editor/types.js' */
/** @import {Notice} from './desk.js' */
/** @import {ReviewApi} from './review_api.js' */
/** @import {Finding, ReviewConfig} from './types.js' */

import { ApiProblem, NoAnswer } from '../editor/api.js';
import { fill, h, setAttribute } from '../editor/dom.js';
import { createRecordField } from '../editor/panels/record_field.js';
import { askToSignIn } from '../editor/panels/sign_in.js';
import { rememberedRecord } from '../editor/record_choice.js';
import { applyFix, editOf } from './apply_fix.js';
import { proposeFix } from './propose_fix.js';
import { fixChoice } from './fix_choice.js';
import { whyNoFixes } from './words.js';

/** Working out fixes is dry runs: not for findings that are passed by. */
const ASKED_AFTER_MS = 250;
/** Of a fix that does not say. */
const NATURE = 'correction';
const DEED = { name: 'Apply and next', busy: 'Applying…' };
const PROPOSAL = { name: 'Propose and next', busy: 'Proposing…' };

/**
 * @typedef {object} FixingDeeds
 * @property {(fix: Fix | null) => void} preview
 * @property {(finding: Finding, edit: number, closed: number[]) => void} applied
 * @property {(finding: Finding, draft: number) => void} proposed to another person
 * @property {(refusals: Refusal[]) => void} refused shows the places
 * @property {(notice: Notice | null) => void} notice
 * @property {() => void} stale the finding is to be asked for anew
 */

export class Fixing {
  /**
   * @param {Api} api
   * @param {ReviewApi} review
   * @param {ReviewConfig} config
   * @param {FixingDeeds} deeds
   */
  constructor(api, review, config, deeds) {
    this.api = api;
    this.review = review;
    this.config = config;
    this.deeds = deeds;
    this.ways = h('div', { 'aria-live': 'polite' });
    this.reason = h('input', { type: 'text', id: 'fix-reason', maxlength: 500, autocomplete: 'off', placeholder: 'Survey, deed, order', 'aria-describedby': 'fix-need', input: () => this.#renderNeeds(), keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter') void this.apply();
    } });
    this.need = h('span', { id: 'fix-need' });
    this.recordPlace = h('div', {});
    this.needs = h('div', { class: 'fix-needs', hidden: true }, h('label', { class: 'field', for: 'fix-reason' }, 'Reason', this.need), this.reason, this.recordPlace);
    this.element = h('section', { class: 'ways', 'aria-labelledby': 'ways-title' }, h('h3', { id: 'ways-title' }, 'Ways to fix it'), this.ways, this.needs);
    this.button = h('button', { type: 'button', class: 'action action-primary', 'aria-disabled': 'true', click: () => void this.apply() }, DEED.name);
    const { user, record_required: isRequired } = config;
    /** @type {RecordField} */
    this.record = createRecordField(this.recordPlace, api, { account: user.email, isRequired, chosen: rememberedRecord(window.sessionStorage, user.email), onChange: () => this.#renderNeeds(), id: 'fix-record' });
    /** @type {Finding | null} */
    this.finding = null;
    /** @type {Fixes | null} */
    this.offered = null;
    /** @type {Fix | null} */
    this.chosen = null;
    /** Of the edit as it was sent, so that it goes out again as the same. @type {ReturnType<typeof editOf> | null} */
    this.sent = null;
    this.isBusy = false;
    this.timer = 0;
  }

  /** @param {Finding | null} finding */
  show(finding) {
    clearTimeout(this.timer);
    const isOther = finding?.id !== this.finding?.id;
    this.finding = finding;
    this.#choose(null);
    this.offered = null;
    if (isOther) this.reason.value = '';
    const why = finding ? whyNoFixes(finding, this.config.can_edit) : '';
    this.element.hidden = this.button.hidden = finding === null || finding.status === 'fixed';
    fill(this.ways, h('p', { class: 'quiet' }, why || 'Trying what would fix it…'));
    this.#renderNeeds();
    if (finding && !why) this.timer = window.setTimeout(() => void this.ask(finding), isOther ? ASKED_AFTER_MS : 0);
  }

  /** @param {Finding} finding @returns {Promise<void>} */
  async ask(finding) {
    try {
      const offered = await this.review.fixes(finding.id);
      if (this.finding?.id !== finding.id) return;
      this.offered = offered;
      this.button.hidden = offered.fixes.length === 0;
      this.#renderNeeds();
      fill(this.ways, fixChoice(offered, finding, {
        look: (fix) => this.deeds.preview(fix ?? this.chosen), choose: (fix) => this.#choose(fix), take: (fix) => this.#take(fix),
      }));
      if (offered.finding.status === 'fixed' && finding.status !== 'fixed') this.deeds.stale();
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      if (this.finding?.id !== finding.id) return;
      fill(this.ways, h('p', { class: 'quiet' }, `Fixes could not be worked out: ${error.message} `, h('button', { type: 'button', class: 'link', click: () => this.show(finding) }, 'Try again')));
    }
  }

  /** The keyboard goes to the first way. @returns {boolean} whether there is one */
  focus() {
    const first = /** @type {HTMLElement | null} */ (this.ways.querySelector('input'));
    first?.focus();
    return first !== null;
  }

  /** @param {Fix | null} fix */
  #choose(fix) {
    this.chosen = fix;
    this.sent = null;
    this.deeds.preview(fix);
    for (const card of this.ways.querySelectorAll('.fix-card')) card.classList.toggle('is-chosen', /** @type {HTMLInputElement} */ (card.querySelector('input')).checked && fix !== null);
    this.#renderNeeds();
  }

  /** @param {Fix} fix Enter on it: what it wants is asked for first */
  #take(fix) {
    if (this.#lacks() === '') void this.apply();
    else if (fix.needs === 'record') this.record.ask();
    else this.reason.focus();
  }

  /** @returns {string} what the chosen one still wants; empty where nothing */
  #lacks() {
    if (!this.chosen) return this.offered?.fixes.length === 0 ? 'There is no fix to apply.' : 'Choose a way to fix it first.';
    const hasRecord = this.record.chosen() !== null;
    if (this.chosen.needs === 'record' || this.record.isMissing()) return hasRecord ? '' : 'It must rest on a record: choose one.';
    if (this.chosen.needs === 'reason' && !hasRecord && this.reason.value.trim() === '') return 'Say why, or choose a record.';
    return '';
  }

  #renderNeeds() {
    const needs = this.chosen?.needs ?? 'nothing';
    this.needs.hidden = this.chosen === null || (needs === 'nothing' && !this.config.record_required);
    this.need.textContent = needs === 'reason' ? ' or record (needed: the change is larger than the points are accurate)' : '';
    setAttribute(this.reason, 'aria-required', needs === 'reason' ? 'true' : null);
    const lacks = this.#lacks();
    const deed = this.#isProposal() ? PROPOSAL : DEED;
    this.button.textContent = this.isBusy ? deed.busy : deed.name;
    setAttribute(this.button, 'aria-disabled', lacks || this.isBusy ? 'true' : null);
    setAttribute(this.button, 'title', lacks || null);
  }

  /** @returns {Promise<void>} */
  async apply() {
    const { chosen: fix, finding } = this;
    const lacks = this.#lacks();
    if (this.isBusy) return;
    if (lacks || !fix || !finding) {
      this.deeds.notice({ kind: 'warn', text: lacks, again: null });
      if (!fix) this.focus();
      else if (fix.needs === 'record' || this.record.isMissing()) this.record.ask();
      else this.reason.focus();
      return;
    }
    const body = editOf(fix, this.reason.value, this.record.chosen()?.id ?? null);
    // The same edit again, unless something of it was altered: then it is another, with a key of its own.
    this.sent = this.sent && JSON.stringify({ ...body, key: '' }) === JSON.stringify({ ...this.sent, key: '' }) ? this.sent : body;
    this.#busy(true);
    this.deeds.notice(null);
    try {
      await this.#conclude(finding, await this.#send(this.sent, fix.title));
    } finally {
      this.#busy(false);
    }
  }

  /** @returns {boolean} whether another person has to approve the chosen fix, or would any */
  #isProposal() {
    return (this.config.needs_approval ?? []).includes(this.chosen?.nature ?? NATURE);
  }

  /** @param {import('../editor/types.js').EditBody} body @param {string} title @returns {Promise<import('./apply_fix.js').Outcome>} */
  async #send(body, title) {
    if (this.#isProposal()) return proposeFix(this.api, body, title);
    const outcome = await applyFix(this.api, body);
    if (outcome.kind !== 'refused' || !outcome.problem.type.endsWith('/approval_required')) return outcome;
    // An administrator has set it since the page was loaded.
    this.config.needs_approval = [...(this.config.needs_approval ?? []), this.chosen?.nature ?? NATURE];
    return proposeFix(this.api, body, title);
  }

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.isBusy = isBusy;
    setAttribute(this.button, 'aria-busy', isBusy ? 'true' : null);
    this.#renderNeeds();
  }

  /**
   * @param {Finding} finding
   * @param {import('./apply_fix.js').Outcome} outcome
   * @returns {Promise<void>}
   */
  async #conclude(finding, outcome) {
    if (outcome.kind === 'saved') return this.deeds.applied(finding, outcome.receipt.edit_id, outcome.receipt.findings?.closed ?? [finding.id]);
    if (outcome.kind === 'proposed') return this.deeds.proposed(finding, outcome.draft);
    const again = () => void this.apply();
    if (outcome.kind === 'signed_out') {
      if (await askToSignIn(this.api)) return this.apply();
      return this.deeds.notice({ kind: 'bad', text: 'You are no longer signed in; nothing was changed.', again });
    }
    if (outcome.kind === 'refused') {
      const aboutRecord = this.record.explain(outcome.problem);
      this.deeds.notice({ kind: 'bad', text: aboutRecord ?? outcome.text, again: null });
      return this.deeds.refused(outcome.refusals);
    }
    this.deeds.notice({ kind: outcome.kind === 'stale' ? 'warn' : 'bad', text: outcome.text, again: outcome.kind === 'unreachable' ? again : null });
    if (outcome.kind === 'stale') this.deeds.stale();
  }
}
