/**
 * Where only the server knows areas: storage in degrees of another datum than WGS 84, or the library that measures on the
 * ellipsoid is not there. Dividing by area and into equal parts and filling are asked by a dry run then, with the steps done
 * so far; what it finds becomes an ordinary split along lines, or drawing of an outline, of exact storage pairs, so that later
 * steps can name its points.
 *
 * @module rehearsal
 */

/** @import {Api} from '../api.js' */
/** @import {DrawPlan, SplitPlan} from '../tools/plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Coverage, EditBody, Operation, Token} from '../types.js' */

import { drawOperation } from '../actions/draw.js';
import { ApiProblem, NoAnswer } from '../api.js';
import { baseFromCoverage } from '../base.js';
import { newKey } from '../new_key.js';
import { linesFound, sourceOf } from '../land/piece_lines.js';
import { drawPlan } from '../tools/draw.js';
import { outlineOf } from '../tools/outline.js';
import { isFoundHere } from '../tools/found_here.js';
import { splitPlan } from '../tools/split.js';

const DEBOUNCE_MS = 250;

/**
 * What is asked: `question` holds everything that the answer depends on; `read` makes of it what the plan keeps.
 * @typedef {object} Question
 * @property {string} question
 * @property {SplitPlan | DrawPlan} plan
 * @property {string | null} parcel that the operation divides
 * @property {Operation} operation
 * @property {(coverage: Coverage) => {lines?: Token[][] | null, rings?: Token[][][] | null, reason: string | null}} read
 */

/**
 * @param {Session} session
 * @param {Pick<Api, 'rehearse'>} api
 */
export function rehearsePlans(session, api) {
  let asked = '';
  let timer = 0;
  /** @type {AbortController | null} */
  let running = null;
  session.subscribe(() => {
    const now = questionIn(session);
    if ((now?.question ?? '') === asked || session.state.isSaving) return;
    asked = now?.question ?? '';
    running?.abort();
    clearTimeout(timer);
    if (!now || now.plan.found?.asked === now.question) return;
    timer = window.setTimeout(() => {
      running = new AbortController();
      void ask(session, api, now, running.signal);
    }, DEBOUNCE_MS);
  });
}

/**
 * @param {Session} session
 * @returns {Question | null} null where the plan needs no answer
 */
function questionIn(session) {
  const { tool, draft } = session.state;
  if (isFoundHere(session.graph)) return null;
  if (tool === 'split') return splitQuestion(splitPlan(session), draft.operations);
  return tool === 'draw' ? drawQuestion(drawPlan(session), draft.operations) : null;
}

/**
 * @param {SplitPlan} plan
 * @param {Operation[]} operations
 * @returns {Question | null}
 */
function splitQuestion(plan, operations) {
  const { way, parcel, areaM2, directionDeg, parts } = plan;
  if (parcel === null || way === 'line') return null;
  // The parcel would have to end where none continues it; the first piece does, and goes by its id.
  const ids = Array.from({ length: way === 'area' ? 2 : parts }, (_, index) => (index === 0 ? parcel : newKey()));
  const how = way === 'area' ? { area_m2: areaM2 ?? 0 } : { equal_parts: parts };
  return {
    question: JSON.stringify([way, parcel, how, directionDeg, operations]), plan, parcel,
    operation: { op: 'split', parcel_id: parcel, ...how, direction_deg: directionDeg, into: ids.map((id) => (id === parcel ? null : id)) },
    read: (coverage) => linesFound(sourceOf(baseFromCoverage(coverage)), ids, way),
  };
}

/**
 * @param {DrawPlan} plan
 * @param {Operation[]} operations
 * @returns {Question | null}
 */
function drawQuestion(plan, operations) {
  if (!plan.fills || plan.line.length < 3) return null;
  const rings = outlineOf(plan);
  return {
    question: JSON.stringify([rings, operations]), plan, parcel: null,
    operation: { ...drawOperation(plan.id, rings, { kind: plan.parcelKind, number: null }), fill: true },
    read: (coverage) => {
      const base = baseFromCoverage(coverage);
      const parts = base.parcels.get(plan.id)?.parts ?? [];
      return { rings: parts.map((part) => part.map((ring) => ring.map((id) => /** @type {Token} */ (base.points.get(id)?.pair)))), reason: null };
    },
  };
}

/**
 * @param {Session} session
 * @param {Pick<Api, 'rehearse'>} api
 * @param {Question} asked
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
async function ask(session, api, asked, signal) {
  let answer = /** @type {ReturnType<Question['read']>} */ ({ lines: null, rings: null, reason: null });
  try {
    answer = asked.read((await api.rehearse(bodyOf(session, asked), signal)).coverage);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    answer.reason = reasonOf(error);
  }
  const now = questionIn(session);
  if (now?.question !== asked.question) return;
  const found = /** @type {any} */ ({ asked: asked.question, lines: null, rings: null, ...answer });
  session.set({ plan: { ...now.plan, found } });
}

/**
 * @param {ApiProblem | NoAnswer} error
 * @returns {string}
 */
function reasonOf(error) {
  if (!(error instanceof ApiProblem)) return `${error.message} This cannot be found without the server.`;
  const { findings = [], detail, title } = error.problem;
  return findings[0]?.message ?? detail ?? title ?? error.message;
}

/**
 * @param {Session} session
 * @param {Question} question
 * @returns {EditBody}
 */
function bodyOf({ state: { draft }, graph }, { parcel, operation }) {
  const version = parcel === null ? undefined : graph.base.parcels.get(parcel)?.version;
  const seen = { ...draft.seen(), ...(parcel === null || version === undefined ? {} : { [parcel]: version }) };
  return { key: newKey(), comment: 'What a plan would come to', if_stale: 'reject', seen, operations: [...draft.operations, operation] };
}
