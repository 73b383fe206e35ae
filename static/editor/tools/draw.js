/**
 * Drawing a parcel: the corners are clicked one after the other, and it is closed at the first.
 *
 * @module tools/draw
 */

/** @import {DrawPlan, DrawnText, Proposal} from './plan.js' */
/** @import {Session} from '../session.js' */
/** @import {LinePosition} from './line_position.js' */
/** @import {Tool} from './tool.js' */
/** @import {Token} from '../types.js' */

import { drawOperation } from '../actions/draw.js';
import { annotate } from '../describe.js';
import { lineTyped, noteOf } from '../numbers/drawn_text.js';
import { figure } from '../format.js';
import { labelPlace } from '../paint/label_place.js';
import { newKey } from '../new_key.js';
import { NOTHING_YET, proposalOf } from './plan.js';
import { linePosition } from './line_position.js';

/** As near to the first corner as this a click closes the outline. */
const CLOSE_PX = 12;

/** @type {Tool} */
export const drawTool = {
  name: 'draw', key: 'd', label: 'Draw parcel', icon: 'draw', edits: true, hasPoints: false, hasMiddles: false,
  hint: ({ session }) => {
    const { line, isDone, typed } = drawPlan(session);
    if (typed?.isOpen) return 'Say in the card how the outline is closed';
    if (typed) return line.length > 0 ? 'Press Enter on the map to draw it so; a click begins it elsewhere' : 'Click the point where the courses begin';
    if (isDone) return 'Press Enter to draw it so; Escape opens it again';
    return line.length < 3 ? 'Click the corners of the new parcel, or type their distances and bearings' : 'Click or type further corners, or press Enter; Escape takes the last one back';
  },
  click: (bench, { pixel, event }) => {
    const { session, view } = bench;
    const plan = drawPlan(session);
    if (plan.typed && event.detail === 1) return tellText(session, { start: linePosition(bench, pixel, event.altKey, null) });
    if (event.detail > 1 || plan.isDone) return;
    const [first] = plan.line;
    const [x, y] = first ? view.pixelOf(first) : [Infinity, Infinity];
    const isClosing = plan.line.length > 2 && Math.hypot(x - pixel[0], y - pixel[1]) <= CLOSE_PX;
    if (isClosing) session.set({ plan: { ...plan, pointer: null, isDone: true, found: null } });
    else add(session, linePosition(bench, pixel, event.altKey, null));
  },
  activate: () => undefined,
  drag: () => null,
  follow: (bench, { pixel, event }) => {
    const plan = drawPlan(bench.session);
    if (plan.line.length === 0 || plan.isDone || plan.typed) return;
    bench.session.set({ plan: { ...plan, pointer: linePosition(bench, pixel, event.altKey, null) } });
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
    session.set({ plan: { ...plan, line: plan.isDone ? plan.line : plan.line.slice(0, -1), pointer: null, isDone: false, found: null } });
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
  session.set({ plan: { ...plan, line: [...plan.line, position], pointer: null, found: null } });
  return true;
}

/**
 * @param {Session} session
 * @returns {DrawPlan}
 */
export function drawPlan({ state: { plan } }) {
  if (plan?.kind === 'draw') return plan;
  return { kind: 'draw', line: [], pointer: null, isDone: false, fills: false, parcelKind: 'lot', number: '', found: null, typed: null, id: newKey() };
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
 * @param {DrawPlan} plan
 * @returns {Token[][][]} the outline as clicked
 */
export function outlineOf({ line }) {
  return [[line.map((position) => position.token)]];
}

/**
 * @param {Session} session
 * @param {DrawPlan} plan
 * @returns {Proposal}
 */
function propose({ graph }, plan) {
  const places = (plan.pointer ? [...plan.line, plan.pointer] : plan.line).map(({ lon, lat }) => ({ lon, lat }));
  const drawn = { ...NOTHING_YET, line: plan.isDone && places[0] ? [...places, places[0]] : places };
  const { typed } = plan;
  if (typed && (typed.why || typed.isOpen)) return { ...drawn, reason: typed.why ?? 'Say above how the outline is closed.' };
  if (plan.line.length < 3) return drawn;
  const rings = plan.fills ? plan.found?.rings : outlineOf(plan);
  if (!rings) return { ...drawn, reason: plan.found?.reason ?? null };
  const operation = drawOperation(plan.id, rings, { kind: plan.parcelKind, number: plan.number || null });
  if (typed && !plan.fills) annotate(operation, noteOf(typed));
  const proposal = proposalOf(graph, operation);
  const parcel = proposal.graph?.parcel(plan.id);
  const tags = parcel && proposal.graph ? [{ place: labelPlace(proposal.graph, parcel), text: `${figure(proposal.graph.areaM2(parcel))} m²` }] : [];
  return { ...proposal, line: drawn.line, tags, pieces: parcel ? [plan.id] : [] };
}
