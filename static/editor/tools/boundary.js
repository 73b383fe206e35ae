/**
 * Redrawing a boundary: from one of its points to another, over the places between, for everybody who has it.
 *
 * @module tools/boundary
 */

/** @import {BoundaryPlan, Proposal} from './plan.js' */
/** @import {Session} from '../session.js' */
/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {Bench, Tool} from './tool.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Boundary} from '../land/boundary_path.js' */

import { pointPosition } from '../actions/position.js';
import { replaceBoundaryOperation } from '../actions/replace_boundary.js';
import { figure } from '../format.js';
import { distanceM } from '../storage/geodesy.js';
import { labelPlace } from '../paint/label_place.js';
import { boundariesBetween } from '../land/boundary_path.js';
import { NOTHING_YET, proposalOf } from './plan.js';
import { linePosition } from './line_position.js';
import { HELD_KEYS } from './sight.js';
import { tracedTo, tracingText, withoutLast } from './tracing.js';
import { selectAt } from './select.js';

/** @type {Tool} */
export const boundaryTool = {
  name: 'boundary', key: 'b', label: 'Redraw boundary', icon: 'boundary', edits: true, hasPoints: true, hasMiddles: false, traces: true,
  hint: ({ session }) => hintOf(boundaryPlan(session)) + keysOf(session),
  click: (bench, pointed) => {
    const plan = boundaryPlan(bench.session);
    if (pointed.event.detail > 1) return;
    if (!plan.parcel) return selectAt(bench, pointed);
    const position = linePosition(bench, pointed, plan.isDone ? [] : plan.line);
    if ((plan.line.length === 0 || plan.isDone) && !position.point) return selectAt(bench, pointed);
    add(bench, plan, position);
  },
  activate: (bench, handle) => {
    const point = bench.session.graph.point(/** @type {string} */ (handle.points[0]));
    add(bench, boundaryPlan(bench.session), { ...pointPosition(point), pair: point.pair, isNear: true, point: point.id });
  },
  drag: () => null,
  follow: (bench, pointed) => {
    const plan = boundaryPlan(bench.session);
    if (!plan.parcel) return bench.snapper.forget();
    const pointer = linePosition(bench, pointed, plan.isDone ? [] : plan.line);
    if (plan.line.length > 0 && !plan.isDone) bench.session.set({ plan: { ...plan, pointer } });
  },
  turn: (session) => {
    const plan = boundaryPlan(session);
    if (plan.line.length === 0 || (!plan.isDone && !session.state.isTracing)) return false;
    session.set({ plan: plan.isDone ? { ...plan, choice: plan.choice + 1 } : { ...plan, turn: plan.turn + 1 } });
    return true;
  },
  typing: ({ session }) => {
    const plan = boundaryPlan(session);
    if (!plan.parcel || plan.isDone || plan.line.length === 0) return null;
    return {
      from: plan.line.at(-1) ?? null, towards: plan.pointer, show: (pointer) => session.set({ plan: { ...boundaryPlan(session), pointer } }),
      take: (position) => {
        add({ session }, boundaryPlan(session), position);
        return true;
      },
    };
  },
  stepBack: (session) => {
    const plan = boundaryPlan(session);
    if (plan.line.length === 0) return false;
    session.set({ plan: { ...plan, line: withoutLast(plan.line), pointer: null, isDone: false, turn: 0 } });
    return true;
  },
  propose: ({ session }) => propose(session, boundaryPlan(session)),
};

/**
 * @param {Session} session
 * @returns {string} what else can be done while the line is drawn
 */
function keysOf(session) {
  const { isDone, line } = boundaryPlan(session);
  return isDone || line.length === 0 ? '' : tracingText(session, line) + HELD_KEYS;
}

/**
 * @param {BoundaryPlan} plan
 * @returns {string}
 */
function hintOf({ parcel, line, isDone }) {
  if (!parcel) return 'Click the parcel whose boundary is redrawn';
  if (isDone) return 'Press Enter to redraw it so, or click a point to begin anew';
  return line.length === 0 ? 'Click the point where the new boundary leaves the old one' : 'Click where it bends, or type how far and which way, then the point where it comes back; Escape takes the last place back';
}

/**
 * @param {Session} session
 * @returns {BoundaryPlan}
 */
export function boundaryPlan({ state: { plan }, chosen }) {
  const parcel = chosen.length === 1 ? (chosen[0]?.id ?? null) : null;
  if (plan?.kind === 'boundary' && plan.parcel === parcel) return plan;
  return { kind: 'boundary', parcel, line: [], pointer: null, isDone: false, choice: 0, turn: 0 };
}

/**
 * @param {Pick<Bench, 'session'>} bench
 * @param {BoundaryPlan} plan
 * @param {LinePosition} position
 */
function add({ session }, plan, position) {
  if (!plan.isDone && isRepeated(position, plan.line.at(-1))) return;
  const line = plan.isDone ? [position] : [...plan.line, ...tracedTo(session, plan.line, position, plan.turn)];
  const next = { ...plan, line, pointer: null, choice: 0, turn: 0 };
  session.set({ lock: null, plan: { ...next, isDone: line.length > 1 && propose(session, next).operation !== null } });
}

/**
 * @param {LinePosition} position
 * @param {LinePosition | undefined} before
 * @returns {boolean} whether it is the point that the line has just come to: a boundary does not stop there twice
 */
function isRepeated({ point }, before) {
  return Boolean(point) && point === before?.point;
}

/**
 * The boundaries of the parcel between two points, the shortest first.
 * @param {Graph} graph
 * @param {string} parcel
 * @param {string} from
 * @param {string} to
 * @returns {Boundary[]}
 */
function choices(graph, parcel, from, to) {
  const { found } = boundariesBetween(graph, from, to);
  /** @param {Boundary} one */
  const length = (one) => one.path.slice(1).reduce((sum, id, index) => sum + distanceM(graph.point(one.path[index] ?? ''), graph.point(id)), 0);
  return found.filter((one) => one.parcels.includes(parcel)).sort((a, b) => length(a) - length(b));
}

/**
 * @param {Session} session
 * @param {BoundaryPlan} plan
 * @returns {Proposal}
 */
function propose(session, plan) {
  const { graph } = session;
  const ahead = plan.pointer ? tracedTo(session, plan.line, plan.pointer, plan.turn) : [];
  const positions = [...plan.line, ...ahead].filter((position, index, all) => !isRepeated(position, all[index - 1]));
  const drawn = { ...NOTHING_YET, line: positions };
  const [from, to] = [positions[0], positions.at(-1)];
  if (!plan.parcel || !from?.point || !to?.point || positions.length < 2 || from.point === to.point) return drawn;
  const found = choices(graph, plan.parcel, from.point, to.point);
  const boundary = found[plan.choice % Math.max(1, found.length)];
  if (!boundary) return { ...drawn, reason: plan.pointer ? null : 'Between these points the boundary is not that of the same one or two parcels all along. Redraw it piece by piece.' };
  if (positions.map(({ point }) => point).join('|') === boundary.path.join('|')) return { ...drawn, choices: found.length, reason: 'That is the boundary as it is. Lead it over other places, or take it the other way round.' };
  const operation = replaceBoundaryOperation(boundary, from.token, to.token, positions.slice(1, -1).map((position) => position.token));
  const proposal = proposalOf(graph, operation);
  const parcels = proposal.graph ? proposal.touched.flatMap((id) => proposal.graph?.parcel(id) ?? []) : [];
  const tags = parcels.map((parcel) => ({ place: labelPlace(/** @type {Graph} */ (proposal.graph), parcel), text: `${figure(/** @type {Graph} */ (proposal.graph).areaM2(parcel))} m²` }));
  return { ...proposal, line: drawn.line, tags, pieces: [...proposal.touched], choices: found.length };
}
