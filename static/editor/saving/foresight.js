/**
 * What the edit would do to findings, before it is saved: asked by a dry run whenever the steps have come to rest.
 *
 * @module foresight
 */

/** @import {Api} from '../api.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Foreseen} from '../past/past.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, MovedDispute, Problem, Refusal, StoredFinding} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { widen } from '../storage/geodesy.js';
import { Graph as EditGraph } from '../graph.js';
import { newKey } from '../new_key.js';
import { judge } from '../rules/judge.js';

/** Longer than a hand rests between two steps of one thought. */
const DEBOUNCE_MS = 500;
/** Findings lie on parcels that change or right beside them. */
const AROUND_M = 2;

/** A place of a rule, as it is drawn and listed. @typedef {Pick<Refusal, 'rule' | 'parcels' | 'place' | 'measure'>} Place */

/**
 * @typedef {object} Foresight
 * @property {Place[]} opened findings that the edit would open
 * @property {Place[]} closed findings that it would close
 * @property {Refusal[]} refused what it would be refused for
 * @property {MovedDispute[]} disputed boundaries that it would move
 * @property {string | null} reason why nothing can be told, or why it would be refused without a place
 * @property {boolean} [isPreview] what the browser finds at once, of shapes and overlaps; the server is being asked
 */

/**
 * @param {Session} session
 * @param {Pick<Api, 'rehearse' | 'findings'>} api
 * @param {{recordId: () => number | null, isRecordRequired: boolean}} record that the edit rests on
 */
export function foresee(session, api, { recordId, isRecordRequired }) {
  let asked = '';
  let timer = 0;
  /** @type {AbortController | null} */
  let running = null;
  session.subscribe((state) => {
    const { draft } = state;
    if (draft.isEmpty && state.foreseen) return session.set({ foreseen: null });
    const question = draft.isEmpty ? '' : JSON.stringify([recordId(), draft.seen(), draft.operations]);
    if (question === asked || state.isSaving) {
      if (state.isSaving) stop();
      return;
    }
    stop();
    asked = question;
    const preview = question ? atOnce(session) : null;
    if (state.foreseen || preview) session.set({ foreseen: preview });
    if (question) timer = window.setTimeout(() => void ask(question), DEBOUNCE_MS);
  });
  const stop = () => {
    clearTimeout(timer);
    running?.abort();
    asked = '';
  };
  /** @param {string} question */
  const ask = async (question) => {
    running = new AbortController();
    const { signal } = running;
    const foreseen = await foresight(session, api, { recordId: recordId(), isRecordRequired }, signal);
    if (asked === question && !signal.aborted) session.set({ foreseen });
  };
}

/**
 * @param {Session} session
 * @param {Pick<Api, 'rehearse' | 'findings'>} api
 * @param {{recordId: number | null, isRecordRequired: boolean}} record
 * @param {AbortSignal} signal
 * @returns {Promise<Foresight | null>} null where it was given up
 */
async function foresight(session, api, { recordId, isRecordRequired }, signal) {
  const { draft } = session.state;
  const preview = atOnce(session);
  if (isRecordRequired && recordId === null) return unknown(preview, 'Name the record that the edit rests on, and what it does to findings is shown here.');
  const { body } = draft.toSend('What the edit would do', newKey, recordId, session.state.shown);
  try {
    const { findings, receipt, rules } = await api.rehearse({ ...body, key: newKey() }, signal);
    session.terms.renew(rules);
    const isAny = findings.found.length + findings.gone.length > 0;
    return { ...sorted(findings, isAny ? await api.findings(boxOfChange(draft.graph), signal) : []), disputed: receipt.disputed ?? [] };
  } catch (error) {
    if (signal.aborted) return null;
    if (error instanceof NoAnswer) return unknown(preview, 'The server cannot be reached: what the edit does to findings is not known.');
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 401) return unknown(preview, 'You are no longer signed in: what the edit does to findings is not known.');
    return refused(error.problem, error.message);
  }
}

/**
 * @param {Session} session
 * @returns {Foresight | null} what the browser knows before the server answers; null where that is nothing
 */
function atOnce({ state: { draft }, terms }) {
  const { violations, found } = judge(draft.graph, terms);
  const opened = found.filter(({ isNew }) => isNew);
  return violations.length + opened.length > 0 ? { ...nothing(null), opened, refused: violations, isPreview: true } : null;
}

/**
 * @param {Foresight | null} preview
 * @param {string} reason why the server tells nothing
 * @returns {Foresight}
 */
function unknown(preview, reason) {
  return { ...(preview ?? nothing(null)), reason };
}

/**
 * @param {string | null} reason
 * @returns {Foresight}
 */
function nothing(reason) {
  return { opened: [], closed: [], refused: [], disputed: [], reason };
}

/**
 * @param {Problem} problem
 * @param {string} message
 * @returns {Foresight}
 */
function refused({ findings = [] }, message) {
  return { ...nothing(findings.length > 0 ? null : message), refused: findings };
}

/**
 * The server tells findings opened and kept up to date alike: what stands already is not news.
 * @param {Foreseen} findings
 * @param {StoredFinding[]} known
 * @returns {Foresight}
 */
export function sorted({ found, gone }, known) {
  const standing = new Map(known.filter(({ status }) => status !== 'fixed').map((finding) => [nameOf(finding), finding]));
  return {
    ...nothing(null),
    opened: found.filter((finding) => !standing.has(nameOf(finding))),
    closed: gone.flatMap((finding) => standing.get(nameOf(finding)) ?? []),
  };
}

/**
 * @param {{rule: string, parcels: string[]}} finding
 * @returns {string} the same for the same defect
 */
function nameOf({ rule, parcels }) {
  return JSON.stringify([rule, [...parcels].sort()]);
}

/**
 * @param {Graph} graph
 * @returns {Box} around all that changes, as it was and as it becomes
 */
function boxOfChange(graph) {
  const before = new EditGraph(graph.base);
  const boxes = [...graph.changed()].flatMap((id) => [before, graph].flatMap((state) => {
    const parcel = state.parcel(id);
    return parcel ? [state.envelope(parcel)] : [];
  }));
  const box = boxes.reduce(([w, s, e, n], [w2, s2, e2, n2]) => [Math.min(w, w2), Math.min(s, s2), Math.max(e, e2), Math.max(n, n2)]);
  return widen(box, 0, AROUND_M);
}
