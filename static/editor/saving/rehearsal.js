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
/** @import {Coverage, EditBody, Operation, PointId, StoragePair, Token} from '../types.js' */

import { drawOperation } from '../actions/draw.js';
import { ApiProblem, NoAnswer } from '../api.js';
import { baseFromCoverage } from '../base.js';
import { newKey } from '../new_key.js';
import { segmentsOf } from '../land/rings.js';
import { isCounterclockwise } from '../storage/storage_frame.js';
import { drawPlan, outlineOf } from '../tools/draw.js';
import { splitPlan } from '../tools/split.js';

const DEBOUNCE_MS = 250;
/** Each part would be of several pieces, which are no equal parts any more. */
const SEVERAL = 'In this direction a line meets the parcel several times, and the parts would come in pieces that are not equal. Choose another direction, or divide by area or along lines.';
const NO_LINE = 'In this direction no line divides off that area. Choose another direction, or draw the line.';

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
      if (lines || way === 'parts') return { lines, reason: lines ? null : SEVERAL };
      const line = lineAcross(coverage, ids);
      return { lines: line && [line], reason: line ? null : NO_LINE };
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
  const pieces = piecesIn(coverage, ids);
  if (pieces.some(({ parts }) => parts !== 1)) return null;
  const lines = pieces.slice(1).map((left, index) => chains(shared(pieces.slice(0, index + 1), left)));
  return lines.every((found) => found?.length === 1) ? lines.map((found) => found?.[0] ?? []) : null;
}

/**
 * The one straight line between two sides of a parcel that it meets several times, as of a parcel with a bay or a hole. What
 * lies on either side may come in several pieces.
 * @param {Coverage} coverage
 * @param {string[]} ids of the side to its right and of that to its left
 * @returns {Token[] | null} over all places where it comes in and goes out; null where they meet in none
 */
export function lineAcross(coverage, ids) {
  const [right, left] = piecesIn(coverage, ids);
  const found = right && left ? chains(shared([right], left)) : null;
  if (!found) return null;
  const along = (/** @type {StoragePair[]} */ chain) => {
    const [[ax, ay], [bx, by]] = [chain[0] ?? [0, 0], chain.at(-1) ?? [0, 0]];
    return [bx - ax, by - ay];
  };
  const [dx, dy] = found.map(along).reduce(([x = 0, y = 0], [u = 0, v = 0]) => [x + u, y + v], [0, 0]);
  return found.flat().sort((a, b) => (a[0] - b[0]) * (dx ?? 0) + (a[1] - b[1]) * (dy ?? 0));
}

/** Sides by the names of their ends, with the piece on the left. @typedef {{parts: number, sides: Map<string, [StoragePair, StoragePair]>}} Piece */

/**
 * @param {Coverage} coverage
 * @param {string[]} ids
 * @returns {Piece[]}
 */
function piecesIn(coverage, ids) {
  const base = baseFromCoverage(coverage);
  /** @param {PointId} id */
  const pair = (id) => /** @type {StoragePair} */ (base.points.get(id)?.pair);
  return ids.map((id) => {
    const parts = base.parcels.get(id)?.parts ?? [];
    const sides = parts.flatMap((part) => part.flatMap((ring, index) => segmentsOf(isCounterclockwise(ring.map(pair)) === (index === 0) ? ring : [...ring].reverse())));
    return { parts: parts.length, sides: new Map(sides.map(([a, b]) => [`${a}|${b}`, [pair(a), pair(b)]])) };
  });
}

/**
 * @param {Piece[]} right
 * @param {Piece} left
 * @returns {[StoragePair, StoragePair][]} sides of the left one that one of the others has, too
 */
function shared(right, left) {
  return [...left.sides].filter(([name]) => right.some(({ sides }) => sides.has(name.split('|').reverse().join('|')))).map(([, side]) => side);
}

/**
 * @param {[StoragePair, StoragePair][]} sides
 * @returns {StoragePair[][] | null} the paths that they make; null where they make none, or one that closes
 */
function chains(sides) {
  const next = new Map(sides.map(([a, b]) => [a.join(), b]));
  const ends = new Set(sides.map(([, b]) => b.join()));
  const found = sides.filter(([a]) => !ends.has(a.join())).map(([a]) => {
    const path = [a];
    for (let at = next.get(a.join()); at !== undefined; at = next.get(at.join())) path.push(at);
    return path;
  });
  const covered = found.reduce((sum, path) => sum + path.length - 1, 0);
  return found.length > 0 && next.size === sides.length && covered === sides.length ? found : null;
}
