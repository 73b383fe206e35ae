/**
 * @module actions/refused
 */

/**
 * An operation that makes no sense on this graph. Nothing has changed; the message says what, where and why in the
 * user's words.
 */
export class ActionRefused extends Error {
  /**
   * @param {'unknown_point' | 'invalid_operation' | 'collapsed' | 'id_taken' | 'overlap' | 'gap'} kind as the server would name it: an error, or a rule
   * @param {string} message
   * @param {readonly string[]} [parcels] that the rule is about
   */
  constructor(kind, message, parcels = []) {
    super(message);
    this.name = 'ActionRefused';
    this.kind = kind;
    this.parcels = parcels;
  }
}
