/**
 * The pane at the right: what the selected finding is, where it came from, what would fix it, what may be done, and what
 * happened to it.
 *
 * @module review/detail
 */

/** @import {Desk} from './desk.js' */
/** @import {Fixing} from './fixing.js' */
/** @import {ReviewApi} from './review_api.js' */
/** @import {Finding, FindingDetail, ReviewConfig} from './types.js' */

import { ApiProblem, NoAnswer } from '../editor/api.js';
import { fill, h, icon, setAttribute } from '../editor/dom.js';
import { ago, counted, dateTime, figure } from '../editor/format.js';
import { chipText, eventText, parcelLabel, parcelsTitle, ruleName, stateText } from './words.js';

const ASKED_AFTER_MS = 120;
const LONGEST_UNBROKEN = 20;
const NEEDS_REVIEWER = 'This needs the role reviewer.';

/**
 * @typedef {object} DetailDeeds
 * @property {() => void} accept
 * @property {() => void} assign
 * @property {() => void} reopen
 * @property {() => void} dispute
 * @property {() => void} declare the land of a gap open
 * @property {(finding: Finding) => string} editor address of the editor at the place
 */

export class Detail {
  /**
   * @param {HTMLElement} place
   * @param {Desk} desk
   * @param {ReviewApi} api
   * @param {ReviewConfig} config
   * @param {Fixing} fixing
   * @param {DetailDeeds} deeds
   */
  constructor(place, desk, api, config, fixing, deeds) {
    this.place = place;
    this.desk = desk;
    this.api = api;
    this.config = config;
    this.fixing = fixing;
    this.deeds = deeds;
    this.head = h('div', { class: 'detail-head' });
    this.notice = h('div', { class: 'detail-notice', role: 'alert' });
    this.actions = h('div', { class: 'detail-actions' });
    this.more = h('div', {});
    this.body = h('div', { class: 'detail-body', hidden: true }, this.head, this.notice, fixing.element, this.actions, this.more);
    this.none = h('p', { class: 'quiet detail-none' }, 'Choose a finding to see where it is and what would fix it.');
    place.append(this.none, this.body);
    /** @type {AbortController | null} */
    this.running = null;
    this.timer = 0;
    desk.subscribe((state, before) => {
      if (state.selected !== before.selected) this.#selected();
      else if (state.finding !== before.finding && state.finding) this.#render(state.finding);
      if (state.notice !== before.notice) this.#renderNotice();
    });
  }

  /** Another finding, or none. */
  #selected() {
    const { selected, finding } = this.desk.state;
    this.running?.abort();
    clearTimeout(this.timer);
    this.body.hidden = selected === null;
    this.none.hidden = selected !== null;
    this.place.scrollTop = 0;
    fill(this.more);
    if (finding) this.#render(finding);
    this.fixing.show(finding);
    if (selected !== null) this.timer = window.setTimeout(() => void this.ask(selected), finding ? ASKED_AFTER_MS : 0);
  }

  /** @param {number} id @returns {Promise<void>} the finding as it is now */
  async ask(id) {
    const { signal } = (this.running = new AbortController());
    try {
      const detail = await this.api.one(id, signal);
      if (signal.aborted) return;
      const isFirst = this.desk.state.finding === null;
      const isOther = this.desk.state.finding?.status !== detail.status;
      this.desk.update(detail);
      this.#renderMore(detail);
      if (isFirst || isOther) this.fixing.show(detail);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      if (error instanceof ApiProblem && error.status === 404) {
        this.body.hidden = true;
        this.none.hidden = false;
        this.none.textContent = `There is no finding ${id}.`;
        return;
      }
      this.desk.set({ notice: { kind: 'bad', text: `The finding could not be asked for: ${error.message}`, again: () => void this.ask(id) } });
    }
  }

  /** @param {Finding & Partial<FindingDetail>} finding */
  #render(finding) {
    const { rule, severity, status, assignee } = finding;
    const sentence = finding.sentence ?? this.config.review.rules[rule]?.sentence ?? '';
    fill(this.head,
      h('div', { class: 'detail-title' },
        h('div', {}, h('span', { class: `eyebrow rule rule-${rule.replaceAll('_', '-')}` }, `${ruleName(rule)} · ${severity}`), h('h2', {}, ...unbroken(parcelsTitle(finding)))),
        h('span', { class: `chip chip-${status}` }, chipText(finding))),
      h('p', { class: 'detail-sentence' }, sentence, finding.opened ? ` ${finding.opened.words}` : ''),
      status === 'open' && !finding.waiting && (assignee || finding.disputed) ? h('p', { class: 'quiet' }, `It is ${stateText(finding, this.config.user.email).replace('open, ', '')}.`) : null,
      finding.waiting ? h('p', { class: 'quiet' }, `${finding.waiting.by} proposed to ${finding.waiting.nature === 'known_gap' ? 'declare its land open' : 'accept it'}: `, h('a', { href: `${this.config.urls.waiting_admin}${finding.waiting.draft_id}/` }, `draft ${finding.waiting.draft_id}`), ' waits for another person.') : null,
      status === 'accepted' ? h('p', { class: 'quiet' }, `Accepted: ${finding.reason ?? ''}${finding.record ? ` (${finding.record.type} ${finding.record.number ?? finding.record.id})` : ''}`) : null);
    this.#renderActions(finding);
  }

  /** @param {Finding} finding */
  #renderActions(finding) {
    const held = /** @type {HTMLElement | null} */ (this.actions.contains(document.activeElement) ? document.activeElement : null)?.dataset['deed'];
    const { can_judge: mayJudge } = this.config.review;
    /** @param {string} deed @param {string} text @param {() => void} click @param {boolean} [may] */
    const button = (deed, text, click, may = mayJudge) => h('button', { type: 'button', class: 'action', 'data-deed': deed, 'aria-disabled': may ? null : 'true', title: may ? null : NEEDS_REVIEWER, click: () => {
      if (may) click();
      else this.desk.set({ notice: { kind: 'warn', text: NEEDS_REVIEWER, again: null } });
    } }, text);
    const { status } = finding;
    setAttribute(this.fixing.button, 'data-deed', 'apply');
    fill(this.actions, this.fixing.button,
      status === 'open' && !finding.waiting ? button('accept', 'Accept as exception…', this.deeds.accept) : null,
      status === 'open' ? button('assign', 'Assign…', this.deeds.assign, mayJudge || this.config.can_edit) : status === 'accepted' ? button('reopen', 'Open again…', this.deeds.reopen) : null,
      finding.parcels.length > 0 ? h('a', { class: 'action', 'data-deed': 'edit', href: this.deeds.editor(finding) }, this.config.can_edit ? 'Edit' : 'On the map') : null);
    if (held) /** @type {HTMLElement | null} */ (this.actions.querySelector(`[data-deed="${held}"]`))?.focus();
  }

  /** @param {FindingDetail} detail */
  #renderMore({ parcels_detail: parcels, history, seen_again: again, rule, status, disputed, waiting, bbox }) {
    const { parcel_admin: parcelUrl, edit_admin: editUrl } = this.config.urls;
    const { can_judge: mayJudge } = this.config.review;
    fill(this.more,
      status !== 'fixed' && mayJudge && bbox ? h('p', { class: 'detail-also' }, h('button', { type: 'button', class: 'link', click: this.deeds.dispute }, disputed ? 'The dispute is settled…' : 'Mark as disputed…'),
        rule === 'gap' && !waiting ? h('button', { type: 'button', class: 'link', click: this.deeds.declare }, 'Land that nobody owns…') : null) : null,
      parcels.length > 0 ? h('section', {}, h('h3', {}, 'Parcels'), h('table', { class: 'figures' },
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Parcel'), h('th', { scope: 'col', class: 'n' }, 'Version'), h('th', { scope: 'col', class: 'n' }, 'Area m²'), h('th', { scope: 'col', class: 'n' }, 'Stated m²'))),
        h('tbody', {}, ...parcels.map((parcel) => h('tr', {}, h('th', { scope: 'row' }, h('a', { href: `${parcelUrl}?id=${encodeURIComponent(parcel.parcel_id)}` }, parcelLabel(parcel, parcels))),
          cell(String(parcel.version)), cell(parcel.area_m2 === null ? '' : figure(parcel.area_m2)), cell(parcel.legal_area_m2 === null ? '' : figure(parcel.legal_area_m2))))))) : null,
      history.length > 0 ? h('section', {}, h('h3', {}, 'History of this finding'), h('ol', { class: 'events' }, ...history.map((event) => h('li', {},
        h('span', {}, eventText(event)), h('time', { datetime: event.at, title: dateTime(event.at) }, dateTime(event.at)),
        event.edit_id === null ? null : h('a', { href: `${editUrl}${event.edit_id}`, 'aria-label': `Edit ${event.edit_id}` }, icon('edits'))))),
      again.scans > 0 ? h('p', { class: 'quiet' }, `Seen again by ${counted(again.scans, 'scan')}${again.last ? `, last ${ago(again.last)}` : ''}.`) : null) : null);
  }

  #renderNotice() {
    const { notice } = this.desk.state;
    setAttribute(this.notice, 'data-kind', notice?.kind ?? null);
    fill(this.notice, ...(notice ? [h('span', {}, notice.text), notice.again ? h('button', { type: 'button', class: 'action action-quiet', click: notice.again }, 'Try again') : null] : []));
    if (notice) this.notice.scrollIntoView({ block: 'nearest' });
  }
}

/**
 * @param {string} text "1-4204 and 1-1835"
 * @returns {(Node | string)[]} numbers with a hyphen stay on one line
 */
function unbroken(text) {
  return text.split(/(\s+)/).map((word) => (word.includes('-') && word.length < LONGEST_UNBROKEN ? h('span', { class: 'nowrap' }, word) : word));
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
function cell(text) {
  return h('td', { class: 'n' }, text);
}
