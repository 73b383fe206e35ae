/**
 * Undo and redo over any immutable state. Knows nothing of what the states are or how they came about.
 *
 * @module history
 */

/**
 * @template T
 */
export class History {
  /**
   * @param {T} present
   * @param {readonly T[]} [past] oldest first
   * @param {readonly T[]} [future] nearest first
   */
  constructor(present, past = [], future = []) {
    this.present = present;
    this.past = past;
    this.future = future;
  }

  /**
   * @param {T} state
   * @returns {History<T>} with a new present; what was undone is forgotten
   */
  push(state) {
    return new History(state, [...this.past, this.present], []);
  }

  /**
   * @param {T} state
   * @returns {History<T>} the present replaced, so that a run of key presses is one step back
   */
  replace(state) {
    return new History(state, this.past, []);
  }

  /** @returns {History<T>} one back; the same where there is nothing before */
  undo() {
    const previous = this.past.at(-1);
    if (previous === undefined) return this;
    return new History(previous, this.past.slice(0, -1), [this.present, ...this.future]);
  }

  /** @returns {History<T>} one forward; the same where nothing was undone */
  redo() {
    const [next, ...rest] = this.future;
    if (next === undefined) return this;
    return new History(next, [...this.past, this.present], rest);
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  /**
   * @template U
   * @param {(state: T) => U} change applied to every state
   * @returns {History<U>}
   */
  map(change) {
    return new History(change(this.present), this.past.map(change), this.future.map(change));
  }

  /** @returns {T[]} every state, oldest first */
  states() {
    return [...this.past, this.present, ...this.future];
  }
}
