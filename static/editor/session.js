/**
 * One editing session: the draft, what is loaded, selected and being said, and the few things that can happen to them.
 * Panels and tools read `state` and call these methods; nobody else changes it.
 *
 * @module session
 */

/** @import {Base} from './base.js' */
/** @import {BearingNotation} from './numbers/bearing.js' */
/** @import {Fallen} from './draft.js' */
/** @import {Foresight} from './saving/foresight.js' */
/** @import {Graph} from './graph.js' */
/** @import {Lock} from './snapping/lock.js' */
/** @import {Plan} from './tools/plan.js' */
/** @import {ReferenceLayer} from './reference/reference_layer.js' */
/** @import {Box, Coverage, Operation, Parcel, PointId, Problem, Refusal, StoredFinding} from './types.js' */

import { ActionRefused } from './actions/refused.js';
import { baseFromCoverage, mergeBases, withPasts } from './base.js';
import { fallenSentence } from './saving/conflict.js';
import { Draft, restore } from './draft.js';
import { counted } from './format.js';

/** A parcel that is no more, with its last version. @typedef {{id: string, label: string, version: number, at: string}} RetiredParcel */

/** `offer`: what can be done about it, by a button beside it. @typedef {{kind: 'info' | 'good' | 'warn' | 'bad', text: string, offer?: {text: string, act: () => void}}} Notice */

/**
 * @typedef {object} State
 * @property {Draft} draft
 * @property {Box | null} loaded only points inside it may be edited
 * @property {string | null} selected parcel id
 * @property {RetiredParcel | null} retired one that is read, while none is selected
 * @property {readonly string[]} also parcels selected besides it, in the order in which they were
 * @property {string} tool
 * @property {boolean} isSnapping
 * @property {boolean} isTracing whether a line follows the boundary between two of its points
 * @property {Lock | null} lock the length or the bearing that the place in hand is held to
 * @property {readonly PointId[]} points chosen, to be moved together
 * @property {boolean} isCarrying whether line points follow a point that moves
 * @property {boolean} isJoining whether points near to it join it
 * @property {boolean} isLoading
 * @property {boolean} isTooMany more parcels in view than are loaded at once
 * @property {boolean} isSaving
 * @property {Notice | null} notice
 * @property {Refusal[]} refusals of the last attempt to save
 * @property {number | null} refusedStep index of the step that the last attempt was refused for
 * @property {readonly string[]} shown parcels that the server said the edit changes besides, which were loaded and shown since
 * @property {StoredFinding | null} finding that somebody came to look at
 * @property {boolean} hasCourses whether lengths and bearings stand along the sides of the selected parcel
 * @property {BearingNotation} bearings how bearings are written
 * @property {string | null} edge key of the side of the selected parcel that is pointed at
 * @property {'server' | 'here' | 'nowhere' | null} kept where the steps are kept until they are saved; null where nobody keeps them
 * @property {Foresight | null} foreseen what the edit would do to findings, where that is known by now
 * @property {readonly ReferenceLayer[]} references files that are drawn and snapped to
 * @property {Plan | null} plan what the active tool is about to do, as far as it has been told; another tool begins anew
 */

/** @type {Coverage} */
const NOTHING = { srid: 0, grid: 0, points: [], parcels: [] };

export class Session {
  /** @param {{canEdit: boolean, tool: string, bearings?: BearingNotation, terms: import('./rules/rule_book.js').Judging}} options terms: by which the browser judges */
  constructor({ canEdit, tool, bearings = 'quadrant', terms }) {
    this.canEdit = canEdit;
    this.terms = terms;
    /** @type {State} */
    this.state = {
      draft: Draft.on(baseFromCoverage(NOTHING)), loaded: null, selected: null, retired: null, also: [], tool,
      isSnapping: true, isTracing: false, lock: null, points: [], isCarrying: true, isJoining: true, isLoading: false, isTooMany: false, isSaving: false, notice: null, refusals: [], refusedStep: null, shown: [], finding: null, plan: null, kept: null, foreseen: null,
      hasCourses: false, bearings, edge: null, references: [],
    };
    /** @type {((state: State, before: State) => void)[]} */
    this.listeners = [];
    this.nudged = /** @type {string | null} */ (null);
  }

  /** @returns {Graph} */
  get graph() {
    return this.state.draft.graph;
  }

  /** @returns {boolean} whether a step may be done now */
  get isEditable() {
    return this.canEdit && !this.state.isSaving;
  }

  /** @param {(state: State, before: State) => void} listener after every change; compare to see what changed */
  subscribe(listener) {
    this.listeners.push(listener);
  }

  /** @param {Partial<State>} change */
  set(change) {
    const before = this.state;
    this.state = { ...before, ...(change.tool && change.tool !== before.tool ? { plan: null, lock: null, points: [] } : {}), ...('selected' in change && change.selected !== before.selected ? { edge: null, lock: null, points: [] } : {}), ...change };
    if (change.draft && change.draft.graph !== before.draft.graph) this.state = withoutGone(this.state, before);
    if (change.draft || 'selected' in change) this.nudged = null;
    if (change.draft && change.draft.steps !== before.draft.steps) this.state = { ...this.state, refusedStep: null, shown: change.draft.isEmpty ? [] : this.state.shown };
    for (const listener of this.listeners) listener(this.state, before);
  }

  /**
   * @param {Notice['kind']} kind
   * @param {string} text
   */
  say(kind, text) {
    this.set({ notice: { kind, text } });
  }

  /** @param {string | null} id */
  select(id) {
    if (id !== this.state.selected || this.state.also.length > 0 || this.state.retired) this.set({ retired: null, selected: id, also: [], notice: null });
  }

  /**
   * Select a parcel besides those that are, or take it out of them.
   * @param {string | null} id
   */
  toggle(id) {
    const { selected, also } = this.state;
    if (id === null) return;
    const chosen = selected === null ? [] : [selected, ...also];
    const [first = null, ...rest] = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    this.set({ retired: null, selected: first, also: rest, notice: null });
  }

  /** @param {readonly string[]} ids that are selected besides those that are */
  selectAlso(ids) {
    const { selected, also } = this.state;
    const [first = null, ...rest] = new Set([...(selected === null ? [] : [selected, ...also]), ...ids]);
    this.set({ retired: null, selected: first, also: rest, notice: null });
  }

  /** @returns {Parcel[]} those selected that are loaded */
  get chosen() {
    const { selected, also } = this.state;
    return (selected === null ? [] : [selected, ...also]).flatMap((id) => this.graph.parcel(id) ?? []);
  }

  /**
   * Do one step. What cannot be done is said, and nothing changes.
   * @param {Operation} operation
   * @returns {boolean}
   */
  perform(operation) {
    if (!this.isEditable) return false;
    return this.#attempt(() => this.state.draft.perform(operation));
  }

  /**
   * Several steps at once, which are undone at once.
   * @param {Operation[]} operations
   * @returns {boolean}
   */
  performAll(operations) {
    return this.isEditable && this.#attempt(() => this.state.draft.performAll(operations));
  }

  /**
   * Do the last step differently instead: one step for one field that is typed into again.
   * @param {Operation} operation
   * @returns {boolean}
   */
  performInstead(operation) {
    return this.isEditable && this.#attempt(() => this.state.draft.performInstead(operation));
  }

  /**
   * A move by the arrow keys: a run of them on the same points is one step.
   * @param {string} points
   * @param {(draft: Draft) => Operation[]} operationsOn from the state before the run
   * @returns {boolean}
   */
  nudge(points, operationsOn) {
    if (!this.isEditable) return false;
    const isRun = this.nudged === points && !this.state.draft.isEmpty;
    const { draft } = this.state;
    const isDone = this.#attempt(() => (isRun ? draft.performAllInstead(operationsOn(draft.undo())) : draft.performAll(operationsOn(draft))));
    this.nudged = isDone ? points : null;
    return isDone;
  }

  /**
   * @param {() => Draft} change
   * @returns {boolean}
   */
  #attempt(change) {
    try {
      this.set({ draft: change(), notice: null, refusals: [] });
      return true;
    } catch (error) {
      if (!(error instanceof ActionRefused)) throw error;
      this.say('warn', error.message);
      return false;
    }
  }

  undo() {
    if (this.isEditable && this.state.draft.history.canUndo) this.set({ draft: this.state.draft.undo(), refusals: [], notice: null });
  }

  redo() {
    if (this.isEditable && this.state.draft.history.canRedo) this.set({ draft: this.state.draft.redo(), refusals: [], notice: null });
  }

  /** @param {number} index of the step to take out; what falls with it is said */
  undoStep(index) {
    if (!this.isEditable) return;
    const { draft, fallen } = this.state.draft.without(index);
    this.set({ draft, refusals: [], notice: noticeOf(fallen) });
  }

  /** Forget every step, undone ones too. */
  discard() {
    this.set({ draft: Draft.on(this.graph.base), refusals: [], notice: { kind: 'info', text: 'The edit is discarded. Nothing was saved.' } });
  }

  /**
   * Take in what was loaded for a view; parcels under edit stay as they were seen.
   * @param {Coverage} coverage
   * @param {Box | null} box null where it was loaded by parcel: then it joins what is there
   */
  load(coverage, box) {
    const { draft, selected } = this.state;
    const fresh = baseFromCoverage(coverage);
    const keep = box ? draft.held() : new Set(this.graph.base.parcels.keys());
    if (selected && !fresh.parcels.has(selected)) keep.add(selected);
    const merged = draft.withBase(mergeBases(this.graph.base, fresh, keep));
    const nudged = this.nudged;
    this.set({ draft: merged, loaded: box ?? this.state.loaded, isLoading: false, isTooMany: false });
    this.nudged = nudged;
  }

  /**
   * @param {Coverage} coverage of parcels as they were, for steps that restore them
   * @param {number | null} [ended] the last version of a retired one
   */
  remember(coverage, ended = null) {
    const { draft } = this.state;
    this.set({ draft: draft.withBase(withPasts(draft.graph.base, coverage, ended)) });
  }

  /**
   * Start from other versions: every operation is done again on what is current.
   * @param {Base} base
   * @param {readonly Operation[]} operations
   * @param {readonly string[]} [texts] the steps in words
   * @returns {Fallen[]}
   */
  restart(base, operations, texts) {
    const { draft, fallen } = restore({ ...base, pasts: new Map([...this.graph.base.pasts, ...base.pasts]) }, operations, texts);
    this.set({ draft, refusals: [], notice: noticeOf(fallen) });
    return fallen;
  }

  /**
   * The edit is saved: go on from the versions as they are now.
   * @param {Base} base
   * @param {string} text
   */
  finish(base, text) {
    this.set({ draft: Draft.on(base), isSaving: false, refusals: [], notice: { kind: 'good', text } });
  }

  /**
   * @param {Problem} problem
   */
  refuse(problem) {
    const refusals = problem.findings ?? [];
    const at = problem.operation === undefined ? '' : `Step ${problem.operation + 1}: `;
    const text = refusals.length > 0
      ? `Not saved: ${counted(refusals.length, 'place')} would break a rule, shown on the map. Nothing is lost.`
      : `Not saved. ${at}${problem.detail ?? problem.title ?? 'The server refused the edit.'}`;
    this.set({ isSaving: false, refusals, refusedStep: problem.operation ?? null, notice: { kind: 'bad', text } });
  }
}

/**
 * What a step ended, or undoing took back, is not selected any more. A parcel that is still to be loaded stays.
 * @param {State} state
 * @param {State} before
 * @returns {State}
 */
function withoutGone(state, before) {
  /** @param {string} id */
  const isGone = (id) => before.draft.graph.parcel(id) !== undefined && state.draft.graph.parcel(id) === undefined;
  if (![state.selected ?? '', ...state.also].some(isGone)) return state;
  const [selected = null, ...also] = (state.selected === null ? [] : [state.selected, ...state.also]).filter((id) => !isGone(id));
  return { ...state, selected, also };
}

/**
 * @param {Fallen[]} fallen
 * @returns {Notice | null}
 */
function noticeOf(fallen) {
  const text = fallenSentence(fallen);
  return text ? { kind: 'warn', text } : null;
}
