/**
 * Drawing a parcel: the corners are clicked one after the other, and it is closed at the first.
 *
 * @module tools/draw
 */

/** @import {DrawPlan, DrawnText, Proposal} from './plan.js' */
/** @import {Session} from '../session.js' */
/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {Bench} from './tool.js' */
/** @import {Tool} from './tool.js' */

import { drawOperation } from '../actions/draw.js';
import { annotate } from '../describe.js';
import { lineTyped, noteOf } from '../numbers/drawn_text.js';
import { figure } from '../format.js';
import { labelPlace } from '../paint/label_place.js';
import { newKey } from '../new_key.js';
import { outlineHere } from './found_here.js';
import { outlineOf } from './outline.js';
import { NOTHING_YET, proposalOf } from './plan.js';
import { linePosition } from './line_position.js';
import { HELD_KEYS } from './sight.js';
import { tracedTo, tracingText, withoutLast } from './tracing.js';

/** As near to the first corner as this a click closes the outline. */
const CLOSE_PX = 12;

/** @type {Tool} */
export const drawTool = {
  name: 'draw', key: 'd', label: 'Draw parcel', icon: 'draw', edits: true, hasPoints: false, hasMiddles: false, traces: true,
  hint: ({ session }) => {
    const { line, isDone, typed } = drawPlan(session);
    if (typed?.isOpen) return 'Say in the card how the outline is closed';
    if (typed) return line.length > 0 ? 'Press Enter on the map to draw it so; a click begins it elsewhere' : 'Click the point where the courses begin';
    if (isDone) return 'Press Enter to draw it so; Escape opens it again';
    return (line.length < 3 ? 'Click the corners of the new parcel, or type their distances and bearings' : 'Click or type further corners, or press Enter; Escape takes the last one back') + tracingText(session, line) + (line.length > 0 ? HELD_KEYS : '');
  },
  click: (bench, pointed) => {
    const { session } = bench;
    const plan = drawPlan(session);
    if (plan.typed && pointed.event.detail === 1) return tellText(session, { start: linePosition(bench, pointed, []) });
    if (pointed.event.detail > 1 || plan.isDone) return;
    const closed = closedAt(bench, plan, pointed.pixel);
    if (closed) session.set({ lock: null, plan: { ...plan, line: closed, pointer: null, isDone: true, found: null } });
    else add(session, linePosition(bench, pointed, plan.line));
  },
  activate: () => undefined,
  drag: () => null,
  follow: (bench, pointed) => {
    const plan = drawPlan(bench.session);
    if (plan.isDone) return bench.snapper.forget();
    const pointer = linePosition(bench, pointed, plan.typed ? [] : plan.line);
    if (plan.line.length > 0 && !plan.typed) bench.session.set({ plan: { ...plan, pointer } });
  },
  turn: (session) => {
    const plan = drawPlan(session);
    if (!session.state.isTracing || plan.line.length === 0 || plan.isDone) return false;
    session.set({ plan: { ...plan, turn: plan.turn + 1 } });
    return true;
  },
  typing: ({ session }) => {
    const plan = drawPlan(session);
    if (plan.isDone || plan.typed) return null;
    return {
      from: plan.line.at(-1) ?? null, towards: plan.pointer, show: (pointer) => plan.line.length > 0 && session.set({ plan: { ...drawPlan(session), pointer } }),
      take: (position) => add(session, position),
    };
  },
  stepBack: (session) => {
    const plan = drawPlan(session);
    if (plan.typed) {
      tellText(session, { text: '' });
      return true;
    }
    if (plan.line.length === 0) return false;
    session.set({ plan: { ...plan, line: plan.isDone ? plan.line : withoutLast(plan.line), pointer: null, isDone: false, turn: 0, found: null } });
    return true;
  },
  propose: ({ session }) => propose(session, drawPlan(session)),
  done: (session, operation) => {
    if (operation.op === 'draw') session.select(operation.parcel_id ?? null);
  },
};

/**
 * @param {Session} session
 * @param {LinePosition} position
 * @returns {boolean}
 */
function add(session, position) {
  const plan = drawPlan(session);
  session.set({ lock: null, plan: { ...plan, line: [...plan.line, ...tracedTo(session, plan.line, position, plan.turn)], pointer: null, turn: 0, found: null } });
  return true;
}

/**
 * @param {Bench} bench
 * @param {DrawPlan} plan
 * @param {[number, number]} pixel
 * @returns {LinePosition[] | null} the corners where a click at the first of them closes the outline
 */
function closedAt({ session, view }, plan, pixel) {
  const [first] = plan.line;
  if (!first || plan.line.length < 2) return null;
  const [x, y] = view.pixelOf(first);
  if (Math.hypot(x - pixel[0], y - pixel[1]) > CLOSE_PX) return null;
  const line = [...plan.line, ...tracedTo(session, plan.line, first, plan.turn).slice(0, -1)];
  return line.length > 2 ? line : null;
}

/**
 * @param {Session} session
 * @returns {DrawPlan}
 */
export function drawPlan({ state: { plan } }) {
  if (plan?.kind === 'draw') return plan;
  return { kind: 'draw', line: [], pointer: null, isDone: false, turn: 0, fills: false, parcelKind: 'lot', number: '', found: null, typed: null, id: newKey() };
}

/**
 * Take the outline from a text, or from the same text otherwise; from none, it is clicked again.
 * @param {Session} session
 * @param {Partial<Pick<DrawnText, 'text' | 'start' | 'closing' | 'system' | 'named'>>} change
 */
export function tellText(session, change) {
  const plan = drawPlan(session);
  const { text, start, closing, system, named } = { text: '', start: plan.line[0] ?? null, closing: null, system: '', named: null, ...plan.typed, ...change };
  const typed = text.trim() === '' ? null : lineTyped(session.graph, { text, start, closing, system, named });
  const line = typed ? typed.line : start ? [start] : [];
  session.set({ plan: { ...plan, line, typed: typed?.typed ?? null, pointer: null, isDone: line.length > 2, found: null } });
}

/**
 * @param {Session} session
 * @param {DrawPlan} plan
 * @returns {Proposal}
 */
function propose(session, plan) {
  const { graph } = session;
  const ahead = plan.pointer ? tracedTo(session, plan.line, plan.pointer, plan.turn) : [];
  const places = [...plan.line, ...ahead];
  const drawn = { ...NOTHING_YET, line: plan.isDone && places[0] ? [...places, places[0]] : places };
  const { typed } = plan;
  if (typed && (typed.why || typed.isOpen)) return { ...drawn, reason: typed.why ?? 'Say above how the outline is closed.' };
  if (plan.line.length < 3) return drawn;
  const found = plan.fills ? (outlineHere(graph, plan) ?? plan.found) : null;
  const rings = plan.fills ? found?.rings : outlineOf(plan);
  if (!rings) return { ...drawn, reason: found?.reason ?? null };
  const operation = drawOperation(plan.id, rings, { kind: plan.parcelKind, number: plan.number || null });
  if (typed && !plan.fills) annotate(operation, noteOf(typed));
  const proposal = proposalOf(graph, operation);
  const parcel = proposal.graph?.parcel(plan.id);
  const tags = parcel && proposal.graph ? [{ place: labelPlace(proposal.graph, parcel), text: `${figure(proposal.graph.areaM2(parcel))} m²` }] : [];
  return { ...proposal, line: drawn.line, tags, pieces: parcel ? [plan.id] : [] };
}
