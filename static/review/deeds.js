/**
 * Accepting, declaring land open, assigning and opening again, of one finding or of those that are chosen; then the next one has its turn.
 *
 * @module review/deeds
 */

/** @import {Api} from '../editor/api.js' */
/** @import {Desk} from './desk.js' */
/** @import {Loading} from './loading.js' */
/** @import {Act, ReviewApi} from './review_api.js' */
/** @import {Finding, ReviewConfig} from './types.js' */

import { ApiProblem, NoAnswer } from '../editor/api.js';
import { counted } from '../editor/format.js';
import { newKey } from '../editor/new_key.js';
import { askToAccept, askToAssign, askToDeclare, askToDispute, askToReopen } from './deeds_dialogs.js';
import { parcelsTitle, refusalText, ruleName } from './words.js';

/** What somebody else may have to approve, beside edits by their nature. */
const ACCEPTANCE = 'acceptance';
const KNOWN_GAP = 'known_gap';
/** @type {Record<Act, string>} */
const DONE = { accept: 'accepted', declare: 'fixed: the land is declared open', assign: 'assigned', reopen: 'open again' };

export class Deeds {
  /**
   * @param {{desk: Desk, api: Api, review: ReviewApi, loading: Loading, config: ReviewConfig, say: (text: string) => void, focus: () => void, refresh: (id: number) => void}} bench
   *   `refresh`: the selected finding is asked for anew
   */
  constructor(bench) {
    this.bench = bench;
  }

  /**
   * @param {boolean} [isTaking] editors may take findings and give them back
   * @returns {boolean} whether this person may; otherwise it is said
   */
  #may(isTaking = false) {
    const { config, desk } = this.bench;
    const may = config.review.can_judge || (isTaking && config.can_edit);
    if (!may) desk.set({ notice: { kind: 'warn', text: `This needs the role ${isTaking ? 'editor or reviewer' : 'reviewer'}.`, again: null } });
    return may;
  }

  /** @returns {Promise<void>} */
  async accept() {
    const { api, config, desk, focus } = this.bench;
    const findings = desk.inHand.filter(({ status, waiting }) => status === 'open' && !waiting);
    if (findings.length === 0 || !this.#may()) return;
    await askToAccept(api, config, named(findings), this.#needsAnother(ACCEPTANCE), this.#byOneOrTwo('accept', ACCEPTANCE, findings));
    focus();
  }

  /** Of gaps: their land is nobody's, and lawfully so. @returns {Promise<void>} */
  async declare() {
    const { desk, focus } = this.bench;
    const findings = desk.inHand.filter(({ rule, status, waiting }) => rule === 'gap' && status !== 'fixed' && !waiting);
    if (findings.length === 0 || !this.#may()) return;
    await askToDeclare(named(findings), this.#needsAnother(KNOWN_GAP), this.#byOneOrTwo('declare', KNOWN_GAP, findings));
    focus();
  }

  /** @param {string} nature @returns {boolean} whether somebody else has to approve it */
  #needsAnother(nature) {
    return (this.bench.config.needs_approval ?? []).includes(nature);
  }

  /**
   * @param {Act} act
   * @param {string} nature
   * @param {Finding[]} findings
   * @returns {(body: {reason: string, record_id?: number, until?: string}) => Promise<string>}
   */
  #byOneOrTwo(act, nature, findings) {
    const key = newKey();
    return async (body) => {
      if (this.#needsAnother(nature)) return this.#propose(key, nature, findings, body);
      const why = await this.#do(act, findings, body);
      // An administrator has set it since the page was loaded.
      return this.#needsAnother(nature) ? this.#propose(key, nature, findings, body) : why;
    };
  }

  /**
   * Somebody else has to approve it: it waits as a draft, and the findings stay open until then.
   * @param {string} key
   * @param {string} nature
   * @param {Finding[]} findings
   * @param {{reason: string, record_id?: number, until?: string}} body
   * @returns {Promise<string>} empty where it is done, at least in part; else why not
   */
  #propose(key, nature, findings, body) {
    const { desk, review, loading, refresh, say } = this.bench;
    return guarded(async () => {
      const { draft_id: draft, done, left } = await review.propose(key, nature, findings, body);
      const why = [...new Set(left.map((each) => each.why))].join(' ');
      const many = done.length === 1 ? `finding ${done[0]}` : counted(done.length, 'finding');
      const text = `Submitted: ${nature === KNOWN_GAP ? `to declare the land of ${many} open` : `to accept ${many}`} waits for another person as draft ${draft}.`;
      const rest = left.length > 0 ? ` ${counted(left.length, 'finding')} left as they are: ${why}` : '';
      say(`${text}${rest}`);
      desk.set({ notice: { kind: left.length > 0 ? 'warn' : 'good', text: `${text}${rest}`, again: null } });
      const { selected } = desk.state;
      void loading.anew({ isQuiet: true, keep: selected });
      desk.check([]);
      if (selected !== null) refresh(selected);
    });
  }

  /** @returns {Promise<void>} */
  async assign() {
    const { config, desk, focus } = this.bench;
    const findings = desk.inHand;
    if (findings.length === 0 || !this.#may(true)) return;
    await askToAssign(config, named(findings), findings[0]?.assignee ?? null, (body) => this.#do('assign', findings, body));
    focus();
  }

  /** @returns {Promise<void>} at once */
  async assignToMe() {
    const { config, desk } = this.bench;
    const findings = desk.inHand;
    if (findings.length === 0 || !this.#may(true)) return;
    const why = await this.#do('assign', findings, { assignee: config.user.email });
    if (why) desk.set({ notice: { kind: 'bad', text: why, again: () => void this.assignToMe() } });
  }

  /** @returns {Promise<void>} */
  async reopen() {
    const { desk, focus } = this.bench;
    const findings = desk.inHand.filter(({ status }) => status === 'accepted');
    if (findings.length === 0 || !this.#may()) return;
    await askToReopen(named(findings), (body) => this.#do('reopen', findings, body));
    focus();
  }

  /** Of the selected one: its boundary is contested, or is so no more. @returns {Promise<void>} */
  async dispute() {
    const { api, config, desk, review, refresh, say, focus } = this.bench;
    const { finding } = desk.state;
    if (!finding || !this.#may()) return;
    const isSettled = finding.disputed;
    await askToDispute(api, config, named([finding]), isSettled, (body) => guarded(async () => {
      await (isSettled ? review.settle(finding, body.reason) : review.dispute(finding.id, body));
      say(isSettled ? 'The dispute is settled.' : 'The boundary is marked as disputed.');
      refresh(finding.id);
    }));
    focus();
  }

  /**
   * @param {Act} act
   * @param {Finding[]} findings
   * @param {{reason?: string, until?: string, assignee?: string | null}} body
   * @returns {Promise<string>} empty where it is done, at least in part; else why not
   */
  async #do(act, findings, body) {
    const { desk, review, loading, say } = this.bench;
    try {
      const { done, left, current } = await review.act(act, findings, body);
      const why = [...new Set(left.map((each) => each.why))].join(' ');
      if (done.length === 0 && left.length > 0) return why;
      const isAll = left.length === 0;
      if (current) desk.update(current);
      this.#show(act, new Set(done), body.assignee ?? null);
      say(`${done.length === 1 ? `Finding ${done[0]} is` : `${done.length} findings are`} ${DONE[act]}.${isAll ? '' : ` ${left.length} left as they are: ${why}`}`);
      if (!isAll) desk.set({ notice: { kind: 'warn', text: `${counted(left.length, 'finding')} left as they are: ${why}`, again: null } });
      void loading.summary();
      return '';
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      if (error instanceof NoAnswer) return `${error.message} Try again.`;
      const { config } = this.bench;
      if (error.is('approval_required')) config.needs_approval = [...(config.needs_approval ?? []), act === 'declare' ? KNOWN_GAP : ACCEPTANCE];
      if (error.problem.current) desk.update(error.problem.current);
      return refusalText(error.status, error.problem);
    }
  }

  /**
   * @param {Act} act
   * @param {ReadonlySet<number>} done
   * @param {string | null} assignee
   */
  #show(act, done, assignee) {
    const { desk, loading, refresh, config } = this.bench;
    const { filters, selected } = desk.state;
    const isGone = act === 'declare' ? filters.status === 'open' || filters.status === 'accepted' : act === 'accept' ? filters.status === 'open' : act === 'reopen' ? filters.status === 'accepted' || filters.status === 'fixed'
      : (filters.assignee === 'me' && assignee !== config.user.email) || (filters.assignee === 'none' && assignee !== null);
    if (isGone) return desk.remove(done);
    if (done.size > 1) void loading.anew({ isQuiet: true, keep: selected });
    desk.check([]);
    if (selected !== null && done.has(selected)) refresh(selected);
  }
}

/**
 * @param {() => Promise<void>} act
 * @returns {Promise<string>} empty where it is done, else why not
 */
async function guarded(act) {
  try {
    await act();
    return '';
  } catch (error) {
    if (error instanceof NoAnswer) return `${error.message} Try again.`;
    if (error instanceof ApiProblem) return refusalText(error.status, error.problem);
    throw error;
  }
}

/**
 * @param {Finding[]} findings
 * @returns {string}
 */
function named(findings) {
  const [one] = findings;
  return one && findings.length === 1 ? `the ${ruleName(one.rule).toLowerCase()} of ${parcelsTitle(one)}` : counted(findings.length, 'finding');
}
