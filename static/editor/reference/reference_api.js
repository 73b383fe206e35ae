/**
 * The server's reference layers: files are read there, and what they come to is kept with the draft.
 *
 * @module reference_api
 */

/** @import {Api} from '../api.js' */

/**
 * @typedef {object} ReferenceContent as GET /api/references/{id} answers
 * @property {number} id
 * @property {string} name of the file
 * @property {number | null} draft_id the draft that it goes with
 * @property {boolean} is_kept whatever becomes of drafts
 * @property {string} crs
 * @property {[number, number, number, number][]} points x, y, lon, lat
 * @property {{name: string | null, kind: 'point' | 'line' | 'area', parts: number[][]}[]} features parts are lists of numbers of points
 * @property {number} left_out
 * @property {{row: number, reason: string}[]} why
 */

/** @typedef {{delimiter: string, columns: string[], has_header: boolean, x: string, y: string, name: string | null, sample: string[][]}} TableLook */

/** What a file holds; `crs` its own, or a proposal for a table. @typedef {{driver: string, layer: string | null, crs: string | null, has_crs?: boolean, table: TableLook | null}} Look */

/** What is told of a file besides. @typedef {Partial<Record<'crs' | 'layer' | 'delimiter' | 'x' | 'y' | 'name', string>>} Choices */

export class ReferenceApi {
  /** @param {Pick<Api, 'read' | 'urls' | 'write' | 'token'>} api */
  constructor(api) {
    this.api = api;
  }

  /**
   * @param {number | null} draft
   * @returns {Promise<ReferenceContent[]>} one's own that belong to it, or without one to no draft; the oldest first
   */
  async layers(draft) {
    const { references } = await this.api.read(this.api.urls.references);
    const own = references.filter((/** @type {{draft_id: number | null}} */ { draft_id: id }) => id === draft);
    return Promise.all(own.map((/** @type {{id: number}} */ { id }) => this.api.read(`${this.api.urls.references}/${id}`)));
  }

  /**
   * @param {number} id
   * @param {{draft_id: number | null, is_kept: boolean}} place
   * @returns {Promise<{draft_id: number | null, is_kept: boolean}>}
   */
  assign(id, place) {
    return this.api.write('PATCH', `${this.api.urls.references}/${id}`, place);
  }

  /**
   * @param {File} file
   * @param {Choices} choices
   * @returns {Promise<Look>}
   */
  look(file, choices) {
    return this.#send('?look=1', file, choices);
  }

  /**
   * @param {File} file
   * @param {Choices} choices
   * @returns {Promise<ReferenceContent>}
   */
  load(file, choices) {
    return this.#send('', file, choices);
  }

  /**
   * @param {number} id
   * @returns {Promise<void>}
   */
  remove(id) {
    return this.api.write('DELETE', `${this.api.urls.references}/${id}`);
  }

  /**
   * @param {string} query
   * @param {File} file
   * @param {Choices} fields
   * @returns {Promise<any>}
   */
  #send(query, file, fields) {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value !== '') body.append(name, value);
    body.append('file', file);
    return this.api.read(`${this.api.urls.references}${query}`, { method: 'POST', headers: { 'X-CSRFToken': this.api.token }, body });
  }
}
