/**
 * What a tool is about to do. A plan is what its author has told so far, and is kept in the session's state; a proposal is
 * what it comes to, computed from plan and graph: the operation, and the graph as it would be.
 *
 * @module plan
 */

/** @import {Graph} from '../graph.js' */
/** @import {Session} from '../session.js' */
/** @import {LinePosition} from '../snapping/snapper.js' */
/** @import {NamedAnswer} from '../numbers/named_system.js' */
/** @import {Closing, Misclosure} from '../numbers/traverse.js' */
/** @import {Tool, Bench} from './tool.js' */
/** @import {LonLat, Operation, StoragePair, Token} from '../types.js' */

import { applyOperation } from '../actions/apply_operation.js';
import { ActionRefused } from '../actions/refused.js';

/**
 * `into`: the parcel that continues; null for the first that was selected, empty for a new parcel with `newId`.
 * @typedef {{kind: 'merge', into: string | null, newId: string, legalArea: string}} MergePlan
 */

/**
 * @typedef {object} SplitPlan
 * @property {'split'} kind
 * @property {string | null} parcel
 * @property {'line' | 'area' | 'parts'} way
 * @property {LinePosition[]} line that was clicked
 * @property {LinePosition | null} pointer where the line goes on to
 * @property {boolean} isDone whether it divides the parcel as it is; then it does not follow the pointer
 * @property {number | null} continuing index of the piece that continues; null for the largest
 * @property {number | null} areaM2 of the piece to the right
 * @property {number} directionDeg of the line, clockwise from grid north
 * @property {number} parts
 * @property {{asked: string, lines: Token[][] | null, reason: string | null} | null} found the lines that the server found
 * @property {string} seed of the ids of new pieces
 * @property {(string | null)[]} numbers that were typed, by piece; null where the one that is proposed stands
 * @property {import('./part_numbers.js').Known} taken who has such numbers, as far as the server was asked
 */

/**
 * @typedef {object} BoundaryPlan
 * @property {'boundary'} kind
 * @property {string | null} parcel
 * @property {LinePosition[]} line that was clicked
 * @property {LinePosition | null} pointer
 * @property {boolean} isDone
 * @property {number} choice of several boundaries between the two points, the shortest first
 * @property {number} turn which way round it is traced
 */

/**
 * @typedef {object} DrawnText
 * @property {string} text courses or coordinates, line by line
 * @property {LinePosition | null} start that was clicked
 * @property {Closing | null} closing how the misclosure is dealt with; null where it has not been said
 * @property {Misclosure | null} misclosure
 * @property {boolean} isOpen whether it must be said
 * @property {string | null} why it comes to no outline
 * @property {string} system EPSG code of its coordinates, where one is named beside them
 * @property {NamedAnswer | null} named where the server says that they lie
 */

/**
 * @typedef {object} DrawPlan
 * @property {'draw'} kind
 * @property {LinePosition[]} line corners that were clicked
 * @property {LinePosition | null} pointer
 * @property {boolean} isDone whether it is closed
 * @property {number} turn which way round it is traced
 * @property {boolean} fills whether it takes only the free land within it
 * @property {DrawnText | null} typed the text that the outline comes from; null where it is clicked
 * @property {string} parcelKind
 * @property {string} number
 * @property {{asked: string, rings: Token[][][] | null, reason: string | null} | null} found the outline that the server found
 * @property {string} id
 */

/** @typedef {MergePlan | SplitPlan | BoundaryPlan | DrawPlan} Plan */

/** `short`: what stands there where the place is too narrow. @typedef {{place: LonLat & {width?: number}, text: string, short?: string}} Tag */

/**
 * @typedef {object} Proposal
 * @property {Operation | null} operation null where it cannot be done yet
 * @property {string | null} reason why it cannot, in the user's words; null also where nothing has been told yet
 * @property {Graph | null} graph as it would be
 * @property {readonly string[]} touched
 * @property {Operation[]} [more] what follows it, in the same step back
 * @property {string[]} [pieces] ids, in order
 * @property {import('./part_numbers.js').PartNumber[]} [numbers] of the pieces
 * @property {number} [choices] how many boundaries there are between two points
 * @property {Tag[]} [tags] numbers on the map
 * @property {(LonLat & {pair?: StoragePair | null})[]} [line] as drawn so far
 */

/** @type {Proposal} */
export const NOTHING_YET = { operation: null, reason: null, graph: null, touched: [] };

/**
 * @param {Graph} graph
 * @param {Operation} operation
 * @returns {Proposal}
 */
export function proposalOf(graph, operation) {
  try {
    const { graph: after, touched } = applyOperation(graph, operation);
    return { operation, reason: null, graph: after, touched };
  } catch (error) {
    if (!(error instanceof ActionRefused)) throw error;
    return { ...NOTHING_YET, reason: error.message };
  }
}

/** @typedef {{tool: Tool, graph: Graph, plan: Plan | null, chosen: string, box: string, isTracing: boolean}} Rest on what a proposal rests */

/** The last one: many ask in one frame. @type {WeakMap<Session, {rest: Rest, proposal: Proposal}>} */
const last = new WeakMap();

/**
 * @param {Bench} bench
 * @param {Tool} tool
 * @returns {Proposal | null} null where the tool does not plan
 */
export function proposal(bench, tool) {
  if (!tool.propose) return null;
  const { session, view } = bench;
  const { plan, selected, also, isTracing } = session.state;
  const rest = { tool, graph: session.graph, plan, chosen: [selected, ...also].join('\n'), box: view.box.join(), isTracing };
  const known = last.get(session);
  if (known && isSame(known.rest, rest)) return known.proposal;
  const made = tool.propose(bench);
  last.set(session, { rest, proposal: made });
  return made;
}

/**
 * @param {Rest} a
 * @param {Rest} b
 * @returns {boolean}
 */
function isSame(a, b) {
  return a.tool === b.tool && a.graph === b.graph && a.plan === b.plan && a.chosen === b.chosen && a.box === b.box && a.isTracing === b.isTracing;
}

/**
 * Do what is proposed, and be done with the tool.
 * @param {Bench} bench
 * @param {Tool} tool
 * @returns {boolean}
 */
export function carryOut(bench, tool) {
  const { session } = bench;
  const { operation = null, reason = null, more = [] } = proposal(bench, tool) ?? {};
  if (!operation) {
    if (reason) session.say('warn', reason);
    return false;
  }
  if (!session.performAll([operation, ...more])) return false;
  session.set({ tool: 'select' });
  tool.done?.(session, operation);
  return true;
}
