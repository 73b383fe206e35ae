/**
 * An edit that is not saved yet: its steps, the versions its author saw, and the key under which it is sent. Pure: every
 * change gives a new draft.
 *
 * @module draft
 */

/** @import {Base} from './base.js' */
/** @import {Division, Doing} from './divisions.js' */
/** @import {EditBody, Operation, Token} from './types.js' */

import { applyOperation } from './actions/apply_operation.js';
import { seenVersion } from './base.js';
import { ActionRefused } from './actions/refused.js';
import { annotate, describeDivision, describeStep, noteTo } from './describe.js';
import { continuesDivision, dividedOn, doingsOf } from './divisions.js';
import { Graph } from './graph.js';
import { History } from './history.js';
import { withNames } from './operation_names.js';
import { keyOf } from './point_name.js';

/**
 * @typedef {object} Step
 * @property {Operation} operation
 * @property {readonly string[]} touched parcels whose seen version the server compares
 * @property {string} text the step in words; of several that are one, the last has the words of all
 * @property {Division | null} [division] what a split comes to, together with those before that it goes on with
 */

/** @typedef {{graph: Graph, steps: readonly Step[]}} Work */

/** What the author did at once, as it is counted, listed and undone: `length` steps from `first`. @typedef {{first: number, length: number, text: string}} Told */

/**
 * A step that could not be done again.
 * @typedef {{operation: Operation, index: number, text: string, reason: string}} Fallen `index` in what was to be done
 *   again; `text`: the step in words, empty where it was never done
 */

/** @typedef {{draft: Draft, fallen: Fallen[]}} Replayed */

export class Draft {
  /**
   * @param {History<Work>} history
   * @param {{key: string, content: string} | null} [sent] what was last sent, and its key
   */
  constructor(history, sent = null) {
    this.history = history;
    this.sent = sent;
  }

  /**
   * @param {Base} base
   * @returns {Draft} with no step
   */
  static on(base) {
    return new Draft(new History({ graph: new Graph(base), steps: [] }));
  }

  /** @returns {Graph} */
  get graph() {
    return this.history.present.graph;
  }

  /** @returns {readonly Step[]} */
  get steps() {
    return this.history.present.steps;
  }

  get isEmpty() {
    return this.steps.length === 0;
  }

  /** @returns {Operation[]} */
  get operations() {
    return this.steps.map((step) => step.operation);
  }

  /** @returns {Told[]} the steps as their author knows them: a parcel divided into many parts is one */
  get told() {
    return doingsOf(this.operations).map(({ first, operations: { length } }) => ({ first, length, text: this.steps[first + length - 1]?.text ?? '' }));
  }

  /**
   * @param {Operation} operation
   * @returns {Draft} one step further
   * @throws {ActionRefused} and then nothing has changed
   */
  perform(operation) {
    return this.performAll([operation]);
  }

  /**
   * @param {readonly Operation[]} operations
   * @returns {Draft} so many steps further, and one step in the history
   * @throws {ActionRefused} and then nothing has changed
   */
  performAll(operations) {
    return new Draft(this.history.push(operations.reduce(extended, this.history.present)), this.sent);
  }

  /**
   * The last step done differently, as one step: a run of arrow keys, a corrected drag.
   * @param {Operation} operation
   * @returns {Draft}
   * @throws {ActionRefused}
   */
  performInstead(operation) {
    return this.performAllInstead([operation]);
  }

  /**
   * @param {readonly Operation[]} operations
   * @returns {Draft} the same with several steps that are one in the history
   * @throws {ActionRefused}
   */
  performAllInstead(operations) {
    const before = this.history.past.at(-1);
    if (!before) return this.performAll(operations);
    return new Draft(this.history.replace(operations.reduce(extended, before)), this.sent);
  }

  /** @returns {Draft} */
  undo() {
    return new Draft(this.history.undo(), this.sent);
  }

  /** @returns {Draft} */
  redo() {
    return new Draft(this.history.redo(), this.sent);
  }

  /**
   * Take one step out, wherever it stands, with those that are one with it, and do the later ones again. Itself one step in the history.
   * @param {number} index
   * @returns {Replayed} `fallen`: later steps that made no sense without it
   */
  without(index) {
    const gone = this.told.find(({ first, length }) => first <= index && index < first + length);
    const kept = this.steps.filter((_, position) => !gone || position < gone.first || position >= gone.first + gone.length);
    const { work, fallen } = replay(this.graph.base, kept.map(({ operation }) => operation), kept.map(({ text }) => text));
    return { draft: new Draft(this.history.push(work), this.sent), fallen };
  }

  /**
   * Do one step differently, wherever it stands, and the later ones again. Itself one step in the history.
   * @param {number} index
   * @param {Operation} operation
   * @returns {Replayed} `fallen`: what made no sense with it
   */
  with(index, operation) {
    const { work, fallen } = replay(this.graph.base, this.operations.map((known, position) => (position === index ? operation : known)));
    return { draft: new Draft(this.history.push(work), this.sent), fallen };
  }

  /**
   * @param {Base} base newly loaded, in which the parcels of `held` stand as before
   * @returns {Draft} the same states on it, also those undone
   */
  withBase(base) {
    const history = this.history.map(({ graph, steps }) => ({ graph: graph.withBase(base), steps }));
    return new Draft(history, this.sent);
  }

  /** @returns {Set<string>} parcels that any state, also an undone one, rests on: a load must not replace them */
  held() {
    const ids = new Set();
    for (const { graph, steps } of this.history.states()) {
      for (const id of graph.changed()) ids.add(id);
      for (const step of steps) for (const id of step.touched) ids.add(id);
    }
    return ids;
  }

  /**
   * @param {readonly string[]} [also] parcels that the edit changes besides, as the server said
   * @returns {Record<string, number>} the version of every parcel that a step changes, as loaded
   */
  seen(also = []) {
    /** @type {Record<string, number>} */
    const seen = {};
    for (const id of new Set([...this.steps.flatMap((step) => [...step.touched]), ...also])) {
      const version = seenVersion(this.graph.base, id);
      if (version !== undefined) seen[id] = version;
    }
    return seen;
  }

  /**
   * What is sent, and the draft that remembers it. The same content goes under the same key, so a repetition after a
   * lost answer is recognised; other content is another edit and gets a new key.
   * @param {string} comment
   * @param {() => string} newKey
   * @param {number | null} [recordId] the record that the edit rests on
   * @param {readonly string[]} [also] parcels that the edit changes besides, as the server said
   * @returns {{draft: Draft, body: EditBody}}
   */
  toSend(comment, newKey, recordId = null, also = []) {
    const record = recordId === null ? {} : { record_id: recordId };
    const seen = this.seen(also);
    const content = JSON.stringify({ comment, ...record, seen, operations: this.operations });
    const key = this.sent?.content === content ? this.sent.key : newKey();
    const body = { key, comment, ...record, seen, operations: this.operations, if_stale: /** @type {const} */ ('reject') };
    return { draft: new Draft(this.history, { key, content }), body };
  }
}

/**
 * @param {Work} work
 * @param {Operation} operation
 * @returns {Work}
 */
function extended({ graph, steps }, operation) {
  const { graph: after, touched, pieces } = applyOperation(graph, operation);
  const before = steps.at(-1);
  const begun = before?.division && continuesDivision(before.operation, operation) ? before.division : null;
  const division = pieces && operation.op === 'split' ? dividedOn(begun, graph, operation.parcel_id, pieces) : null;
  const text = begun && division ? describeDivision(division, after) : describeStep(operation, touched, graph, after);
  return { graph: after, steps: [...steps, { operation, touched, text, division }] };
}

/**
 * Operations done one after the other on a base. One that is refused is left out, with those that are one step with it, and
 * listed; the others go on.
 * @param {Base} base
 * @param {readonly Operation[]} operations
 * @param {readonly string[]} [texts] the steps in words
 * @returns {{work: Work, fallen: Fallen[]}}
 */
export function replay(base, operations, texts = []) {
  /** @type {Work} */
  let work = { graph: new Graph(base), steps: [] };
  /** @type {Fallen[]} */
  const fallen = [];
  for (const doing of doingsOf(operations)) {
    try {
      work = doing.operations.reduce(extended, work);
    } catch (error) {
      fallen.push(fallenOf(doing, texts, error));
    }
  }
  return { work, fallen };
}

/**
 * @param {Base} base
 * @param {readonly Operation[]} operations
 * @param {readonly string[]} [texts] the steps in words
 * @returns {Replayed} a draft with one state for each step, so that each can be undone
 */
export function restore(base, operations, texts = []) {
  let draft = Draft.on(base);
  /** @type {Fallen[]} */
  const fallen = [];
  for (const doing of doingsOf(operations)) {
    try {
      draft = draft.performAll(doing.operations);
    } catch (error) {
      fallen.push(fallenOf(doing, texts, error));
    }
  }
  return { draft, fallen };
}

/**
 * @param {Doing} doing
 * @param {readonly string[]} texts
 * @param {unknown} error
 * @returns {Fallen}
 */
function fallenOf({ first, operations }, texts, error) {
  const [operation] = operations;
  if (!(error instanceof ActionRefused) || !operation) throw error;
  return { operation, index: first, text: texts[first + operations.length - 1] ?? '', reason: error.message };
}

/**
 * Operations with points called by other names.
 * @param {readonly Operation[]} operations
 * @param {ReadonlyMap<string, Token>} names from the key of the old name
 * @returns {Operation[]}
 */
export function renamed(operations, names) {
  /** @param {Token} token @returns {Token} */
  const rename = (token) => names.get(keyOf(token)) ?? token;
  return operations.map((operation) => {
    const next = withNames(operation, rename);
    annotate(next, noteTo(operation));
    return next;
  });
}
