/**
 * @module actions/refused
 */

/**
 * An operation that makes no sense on this graph. Nothing has changed; the message says what, where and why in the
 * user's words.
 */
export class ActionRefused extends Error {
  /**
   * @param {'unknown_point' | 'invalid_operation' | 'collapsed'} kind as the server would name it
   * @param {string} message
   */
  constructor(kind, message) {
    super(message);
    this.name = 'ActionRefused';
    this.kind = kind;
  }
}
