/**
 * Dividing by area and into equal parts: the server finds the lines, for it measures areas by the coverage's own method, on
 * the ellipsoid where storage is geographic. It is asked by a dry run, with the steps done so far; what it finds becomes an
 * ordinary split along a line of exact storage pairs, so that later steps can name its points.
 *
 * @module split_rehearsal
 */

/** @import {Api} from './api.js' */
/** @import {SplitPlan} from './plan.js' */
/** @import {Session} from './session.js' */
/** @import {Coverage, EditBody, Operation, Parcel, PointId, Token} from './types.js' */

import { ApiProblem, NoAnswer } from './api.js';
import { baseFromCoverage } from './base.js';
import { newKey } from './new_key.js';
import { segmentsOf } from './land/rings.js';
import { isCounterclockwise } from './storage_frame.js';
import { splitPlan } from './tools/split.js';

const DEBOUNCE_MS = 250;
const SEVERAL = 'In this direction the parcel comes apart into more pieces. Choose another direction, or draw the line.';

/**
 * @param {Session} session
 * @param {Pick<Api, 'rehearse'>} api
 */
export function rehearseSplits(session, api) {
  let asked = '';
  let timer = 0;
  /** @type {AbortController | null} */
  let running = null;
  session.subscribe(() => {
    const plan = session.state.tool === 'split' ? splitPlan(session) : null;
    const question = plan && plan.parcel && plan.way !== 'line' ? questionOf(session, plan) : '';
    if (question === asked || session.state.isSaving) return;
    asked = question;
    running?.abort();
    clearTimeout(timer);
    if (question === '' || !plan || plan.found?.asked === question) return;
    timer = window.setTimeout(() => {
      running = new AbortController();
      void ask(session, api, question, running.signal);
    }, DEBOUNCE_MS);
  });
}

/**
 * @param {Session} session
 * @param {SplitPlan} plan
 * @returns {string} everything that the answer depends on
 */
function questionOf({ state: { draft } }, { way, parcel, areaM2, directionDeg, parts }) {
  return JSON.stringify([way, parcel, way === 'area' ? areaM2 : parts, directionDeg, draft.operations]);
}

/**
 * @param {Session} session
 * @param {Pick<Api, 'rehearse'>} api
 * @param {string} question
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
async function ask(session, api, question, signal) {
  const plan = splitPlan(session);
  /** @type {SplitPlan['found']} */
  let found = { asked: question, lines: null, reason: null };
  try {
    const ids = Array.from({ length: plan.way === 'area' ? 2 : plan.parts }, () => newKey());
    const { coverage } = await api.rehearse(bodyOf(session, plan, ids), signal);
    const lines = linesBetween(coverage, ids);
    found = { ...found, lines, reason: lines ? null : SEVERAL };
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    found = { ...found, reason: reasonOf(error) };
  }
  const now = splitPlan(session);
  if (session.state.tool === 'split' && questionOf(session, now) === question) session.set({ plan: { ...now, found } });
}

/**
 * @param {ApiProblem | NoAnswer} error
 * @returns {string}
 */
function reasonOf(error) {
  if (!(error instanceof ApiProblem)) return `${error.message} The lines cannot be found without the server.`;
  const { findings = [], detail, title } = error.problem;
  return findings[0]?.message ?? detail ?? title ?? error.message;
}

/**
 * @param {Session} session
 * @param {SplitPlan} plan
 * @param {string[]} ids of all pieces: none continues, so that each is told from the others
 * @returns {EditBody}
 */
function bodyOf({ state: { draft }, graph }, plan, ids) {
  const id = /** @type {string} */ (plan.parcel);
  const version = graph.base.parcels.get(id)?.version;
  const way = plan.way === 'area' ? { area_m2: plan.areaM2 ?? 0 } : { equal_parts: plan.parts };
  // Units would be left without a ground parcel where none continues: the largest does, and is told by its own id.
  /** @type {Operation} */
  const operation = { op: 'split', parcel_id: id, ...way, direction_deg: plan.directionDeg, into: ids.map((one, index) => (index === 0 ? null : one)) };
  ids[0] = id;
  return {
    key: newKey(), comment: 'Where the line of a split would lie', if_stale: 'reject',
    seen: { ...draft.seen(), ...(version === undefined ? {} : { [id]: version }) }, operations: [...draft.operations, operation],
  };
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
