/**
 * What only the server can tell before it is done. Dividing by area and into equal parts: it measures areas by the
 * coverage's own method, on the ellipsoid where storage is geographic. Filling: it clips an outline to the free land. It is
 * asked by a dry run, with the steps done so far; what it finds becomes an ordinary split along lines, or drawing of an
 * outline, of exact storage pairs, so that later steps can name its points.
 *
 * @module rehearsal
 */

/** @import {Api} from '../api.js' */
/** @import {DrawPlan, SplitPlan} from '../tools/plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Coverage, EditBody, Operation, Parcel, PointId, Token} from '../types.js' */

import { drawOperation } from '../actions/draw.js';
import { ApiProblem, NoAnswer } from '../api.js';
import { baseFromCoverage } from '../base.js';
import { newKey } from '../new_key.js';
import { segmentsOf } from '../land/rings.js';
import { isCounterclockwise } from '../storage/storage_frame.js';
import { drawPlan, outlineOf } from '../tools/draw.js';
import { splitPlan } from '../tools/split.js';

const DEBOUNCE_MS = 250;
const SEVERAL = 'In this direction the parcel comes apart into more pieces. Choose another direction, or draw the line.';

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
    read: (coverage) => {
      const lines = linesBetween(coverage, ids);
      return { lines, reason: lines ? null : SEVERAL };
    },
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

/**
 * The lines between pieces that lie side by side, each with the earlier ones on its right.
 * @param {Coverage} coverage
 * @param {string[]} ids in order from right to left
 * @returns {Token[][] | null} null where two pieces meet in more than one line
 */
export function linesBetween(coverage, ids) {
  const base = baseFromCoverage(coverage);
  const pieces = ids.map((id) => base.parcels.get(id));
  if (pieces.some((piece) => !piece || piece.parts.length > 1)) return null;
  /** @param {PointId} id */
  const pair = (id) => /** @type {[number, number]} */ (base.points.get(id)?.pair);
  const sides = pieces.map((piece) => directedSides(/** @type {Parcel} */ (piece), pair));
  const lines = sides.slice(1).map((left, index) => {
    const right = new Set(sides.slice(0, index + 1).flat().map(([a, b]) => `${a}|${b}`));
    return chained(left.filter(([a, b]) => right.has(`${b}|${a}`)));
  });
  return lines.every((line) => line !== null) ? lines.map((line) => (line ?? []).map(pair)) : null;
}

/**
 * @param {Parcel} piece
 * @param {(id: PointId) => [number, number]} pair
 * @returns {[PointId, PointId][]} its sides, each with the piece on its left
 */
function directedSides({ parts }, pair) {
  return parts.flatMap((part) => part.flatMap((ring, index) => segmentsOf(isCounterclockwise(ring.map(pair)) === (index === 0) ? ring : [...ring].reverse())));
}

/**
 * @param {[PointId, PointId][]} sides
 * @returns {PointId[] | null} the one path that they make; null where they make none or more
 */
function chained(sides) {
  const next = new Map(sides);
  const ends = new Set(sides.map(([, b]) => b));
  const starts = sides.map(([a]) => a).filter((a) => !ends.has(a));
  const [start] = starts;
  if (start === undefined || starts.length > 1 || next.size < sides.length) return null;
  const path = [start];
  for (let id = next.get(start); id !== undefined; id = next.get(id)) path.push(id);
  return path;
}
