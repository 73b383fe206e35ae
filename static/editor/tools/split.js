/**
 * Dividing a parcel: along a line that is clicked, or by area and into equal parts along lines that are found.
 *
 * @module tools/split
 */

/** @import {Graph} from '../graph.js' */
/** @import {PartNumber} from './part_numbers.js' */
/** @import {Proposal, SplitPlan} from './plan.js' */
/** @import {Session} from '../session.js' */
/** @import {Tool} from './tool.js' */
/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {Operation, Parcel, Token} from '../types.js' */

import { ActionRefused } from '../actions/refused.js';
import { split, splitOperation } from '../actions/split.js';
import { pointIds } from '../base.js';
import { figure } from '../format.js';
import { labelPlace } from '../paint/label_place.js';
import { acrossTheLongerSide } from '../land/direction.js';
import { landOf } from '../land/rings.js';
import { newKey } from '../new_key.js';
import { withinOf } from '../land/noding.js';
import { linesHere } from './found_here.js';
import { NOTHING_YET } from './plan.js';
import { linePosition } from './line_position.js';
import { selectAt } from './select.js';
import { numberOf, numberPatch, partNumbers } from './part_numbers.js';
import { HELD_KEYS } from './sight.js';

/** @type {Tool} */
export const splitTool = {
  name: 'split', key: 'c', label: 'Split parcel', icon: 'split', edits: true, hasPoints: false, hasMiddles: false,
  hint: ({ session }) => hintOf(session),
  click: (bench, pointed) => {
    const { session, pick } = bench;
    const plan = splitPlan(session);
    if (pointed.event.detail > 1) return;
    const position = linePosition(bench, pointed, plan.isDone ? [] : plan.line, session.chosen);
    const isElsewhere = plan.line.length === 0 && !position.isNear && pick(pointed.place) !== session.state.selected;
    if (!plan.parcel || plan.way !== 'line' || isElsewhere) return selectAt(bench, pointed);
    add(session, plan, position);
  },
  activate: () => undefined,
  drag: () => null,
  follow: (bench, pointed) => {
    const plan = splitPlan(bench.session);
    if (plan.way !== 'line' || !plan.parcel) return bench.snapper.forget();
    const pointer = linePosition(bench, pointed, plan.isDone ? [] : plan.line, bench.session.chosen);
    if (plan.line.length > 0 && !plan.isDone) bench.session.set({ plan: { ...plan, pointer } });
  },
  typing: ({ session }) => {
    const plan = splitPlan(session);
    if (!plan.parcel || plan.way !== 'line' || plan.isDone) return null;
    return {
      from: plan.line.at(-1) ?? null, towards: plan.pointer, show: (pointer) => plan.line.length > 0 && session.set({ plan: { ...splitPlan(session), pointer } }),
      take: (position) => add(session, splitPlan(session), position),
    };
  },
  stepBack: (session) => {
    const plan = splitPlan(session);
    if (plan.line.length === 0) return false;
    session.set({ plan: { ...plan, line: plan.line.slice(0, -1), pointer: null, isDone: false } });
    return true;
  },
  propose: ({ session }) => {
    const plan = splitPlan(session);
    if (!plan.parcel) return NOTHING_YET;
    return plan.way === 'line' ? alongLine(session, plan) : alongFound(session, plan);
  },
};

/**
 * @param {Session} session
 * @param {SplitPlan} plan
 * @param {LinePosition} position
 * @returns {boolean}
 */
function add(session, plan, position) {
  const line = plan.isDone ? [position] : [...plan.line, position];
  const isDone = line.length > 1 && alongLine(session, { ...plan, line, pointer: null }).operation !== null;
  session.set({ lock: null, plan: { ...plan, line, pointer: null, isDone } });
  return true;
}

/**
 * @param {Session} session
 * @returns {string}
 */
function hintOf(session) {
  const plan = splitPlan(session);
  if (!plan.parcel) return 'Click the parcel to divide';
  if (plan.way !== 'line') return (linesHere(session.graph, plan) ?? plan.found)?.lines ? 'Press Enter to divide it so' : 'Say in the card how it is divided';
  if (plan.isDone) return 'Press Enter to divide it so, or click to draw another line';
  return plan.line.length === 0 ? 'Click where the line begins, on the boundary or beyond it' : `Click where it bends or ends, or type how far and which way; Escape takes the last place back${HELD_KEYS}`;
}

/**
 * The plan for the parcel that is selected; for another one a new plan.
 * @param {Session} session
 * @returns {SplitPlan}
 */
export function splitPlan({ state: { plan }, chosen, graph }) {
  // Of several nobody could tell which is meant.
  const parcel = chosen.length === 1 ? chosen[0] : undefined;
  if (plan?.kind === 'split' && plan.parcel === (parcel?.id ?? null)) return plan;
  return {
    kind: 'split', parcel: parcel?.id ?? null, way: plan?.kind === 'split' ? plan.way : 'line', line: [], pointer: null, isDone: false, continuing: null, parts: 2,
    areaM2: parcel ? Math.round(graph.areaM2(parcel) * 50) / 100 : null, directionDeg: parcel ? directionAcross(graph, parcel) : 0,
    found: null, seed: newKey(), numbers: [], taken: {},
  };
}

/**
 * @param {Graph} graph
 * @param {Parcel} parcel
 * @returns {number} degrees, to a hundredth
 */
function directionAcross(graph, parcel) {
  const direction = acrossTheLongerSide(landOf(graph, [parcel.parts], withinOf(graph)), pointIds(parcel));
  return Math.round(direction * 100) / 100;
}

/**
 * @param {Session} session
 * @param {SplitPlan} plan
 * @returns {Proposal}
 */
function alongLine(session, plan) {
  const positions = plan.pointer ? [...plan.line, plan.pointer] : plan.line;
  const drawn = { ...NOTHING_YET, line: positions };
  if (positions.length < 2 || !plan.parcel) return drawn;
  return divided(session, plan, [positions.map((position) => position.token)], drawn);
}

/**
 * @param {Session} session
 * @param {SplitPlan} plan
 * @returns {Proposal}
 */
function alongFound(session, plan) {
  const found = linesHere(session.graph, plan) ?? plan.found;
  if (!found) return NOTHING_YET;
  if (!found.lines) return { ...NOTHING_YET, reason: found.reason };
  return divided(session, plan, found.lines, NOTHING_YET);
}

/**
 * @param {Session} session
 * @param {SplitPlan} plan
 * @param {Token[][]} lines from right to left
 * @param {Proposal} drawn
 * @returns {Proposal}
 */
function divided({ graph }, plan, lines, drawn) {
  try {
    const { state, operations, pieces, numbers } = divideAlong(graph, plan, lines);
    const parcels = pieces.flatMap((id) => state.parcel(id) ?? []);
    return {
      ...drawn, graph: state, touched: pieces, operation: operations[0] ?? null, more: operations.slice(1), pieces, numbers,
      tags: parcels.map((parcel) => ({ place: labelPlace(state, parcel), text: tagOf(state, parcel, pieces.indexOf(parcel.id) + 1), short: String(pieces.indexOf(parcel.id) + 1) })),
    };
  } catch (error) {
    if (!(error instanceof ActionRefused)) throw error;
    return { ...drawn, reason: error.message };
  }
}

/**
 * @param {Graph} state
 * @param {Parcel} parcel
 * @param {number} part
 * @returns {string} a part that has a number is known by that, in the card as on the map; another by its row in the card
 */
function tagOf(state, parcel, part) {
  return `${numberOf(parcel) === '' ? `${part}: ` : ''}${figure(state.areaM2(parcel))} m²`;
}

/**
 * One line after the other. What lies right of each is a piece; what lies left is divided on, and goes by the name of the
 * piece that will be left in the end, or, until that has been, of the parcel that continues.
 * @param {Graph} graph
 * @param {SplitPlan} plan
 * @param {Token[][]} lines
 * @returns {{state: Graph, operations: Operation[], pieces: string[], numbers: PartNumber[]}} pieces from right to left
 */
function divideAlong(graph, plan, lines) {
  const whole = /** @type {string} */ (plan.parcel);
  const [only = []] = lines;
  if (lines.length === 1) {
    const count = split(graph, splitOperation(whole, only)).pieces ?? [];
    const continuing = plan.continuing ?? count.indexOf(whole);
    const ids = count.map((_, index) => (index === continuing ? whole : pieceId(plan, index)));
    const numbers = partNumbers(graph, plan, ids);
    const operation = splitOperation(whole, only, ids.map((id) => (id === whole ? null : id)), attributesOf(graph, plan, ids, { ids, numbers }));
    return { state: split(graph, operation).graph, operations: [operation], pieces: ids, numbers };
  }
  const continuing = plan.continuing ?? 0;
  const pieces = Array.from({ length: lines.length + 1 }, (_, index) => (index === continuing ? whole : pieceId(plan, index)));
  const numbers = partNumbers(graph, plan, pieces);
  let [state, rest] = [graph, whole];
  const operations = lines.map((line, index) => {
    const left = index < continuing ? whole : /** @type {string} */ (pieces[index + 1]);
    const two = [/** @type {string} */ (pieces[index]), left];
    // Who continues has its number since it came into being; the parcel itself gets another with the first line.
    const attributes = attributesOf(graph, plan, two.map((id) => (id === rest && index > 0 ? null : id)), { ids: pieces, numbers });
    const operation = splitOperation(rest, line, two.map((id) => (id === rest ? null : id)), attributes);
    state = split(state, operation).graph;
    rest = left;
    return operation;
  });
  return { state, operations, pieces, numbers };
}

/**
 * @param {Graph} graph before the division
 * @param {SplitPlan} plan
 * @param {(string | null)[]} born what one line makes; null for what has been there
 * @param {{ids: string[], numbers: PartNumber[]}} parts all of them
 * @returns {import('../types.js').SplitAttributes | undefined} their numbers; nothing where there is nothing to say
 */
function attributesOf(graph, { parcel }, born, { ids, numbers }) {
  const whole = graph.parcel(parcel ?? '');
  const pieces = born.map((id) => {
    const part = numbers[ids.indexOf(id ?? '')];
    return whole && part ? numberPatch(whole, part, id === parcel) : null;
  });
  return pieces.some((patch) => patch !== null) ? { pieces } : undefined;
}

/**
 * @param {SplitPlan} plan
 * @param {number} index
 * @returns {string} the same for the same plan, so that what is shown is what is done
 */
function pieceId({ seed }, index) {
  return `${seed.slice(0, -2)}${index.toString(16).padStart(2, '0')}`;
}
