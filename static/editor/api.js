/**
 * The server's JSON API. The only module that names fetch.
 *
 * @module api
 */

/** @import {FoundParcel} from './found_parcel.js' */
/** @import {Lineage, ParcelProperties, Version} from './past/past.js' */
/** @import {TileName} from './tiles/tile_grid.js' */
/** @import {Box, Coverage, EditBody, EditorConfig, LonLat, Receipt, RecordSummary, StoragePair, StoredFinding} from './types.js' */

import { answer, notSignedIn, problemOf, retryAfter } from './api_answer.js';
import { ApiProblem, NoAnswer } from './api_problem.js';
import { asOfQuery } from './past/as_of.js';
import { foundParcel } from './found_parcel.js';

export { ApiProblem, NoAnswer };

const TILE = 'application/vnd.mapbox-vector-tile';
/** Versions of a parcel that one question answers; older ones stay unsaid. */
export const MOST_VERSIONS = 1000;

export class Api {
  /** @param {Pick<EditorConfig, 'urls'> & Partial<EditorConfig>} config a page that only reads has no token */
  constructor({ urls, csrf_token = '', node_within_m, gap_width_m, extent, is_geographic, metres_per_unit, as_of, user }) {
    this.urls = urls;
    /** Whose page it is. */
    this.me = user?.email ?? null;
    /** Who is signed in at this browser instead, where that was found out. @type {string | null} */
    this.stranger = null;
    /** @type {Promise<boolean> | null} */
    this.renewing = null;
    /** Of the time that the page shows; empty for now. */
    this.time = asOfQuery(as_of ?? null);
    /** What a coverage does not say of its system itself. */
    this.system = { node_within_m, gap_width_m, extent, is_geographic, metres_per_unit };
    this.token = csrf_token;
  }

  /**
   * @param {Box} box
   * @param {AbortSignal} [signal]
   * @returns {Promise<Coverage>} every parcel that meets the box, whole, as of the page's time
   */
  async coverage(box, signal) {
    const coverage = await this.read(this.#then(`${this.urls.coverage}?bbox=${box.join(',')}`), { signal: signal ?? null });
    return { ...coverage, ...this.system };
  }

  /**
   * @param {string[]} ids
   * @returns {Promise<Coverage>}
   */
  async coverageOf(ids) {
    const coverage = await this.read(this.#then(`${this.urls.coverage}?parcels=${ids.map(encodeURIComponent).join(',')}`));
    return { ...coverage, ...this.system };
  }

  /**
   * @param {TileName} name
   * @param {AbortSignal} signal
   * @param {string | null} told a mark of changes: the tile is no older
   * @returns {Promise<ArrayBuffer>} a vector tile; without a byte where nothing lies
   */
  async tile({ z, x, y }, signal, told) {
    const headers = { Accept: TILE, ...(told === null ? {} : { 'Spatial-Admin-Tile-Mark': told }) };
    const response = await this.#answered(`${this.urls.tiles}/${z}/${x}/${y}.mvt`, { signal, headers });
    if (!response.headers.get('Content-Type')?.startsWith(TILE)) throw notSignedIn();
    return answer(response, 'arrayBuffer');
  }

  /**
   * @param {string | null} since a mark answered before
   * @returns {Promise<{mark: string, boxes: Box[], everything: boolean}>} what to draw again
   */
  tileChanges(since) {
    return this.read(since === null ? this.urls.tile_changes : `${this.urls.tile_changes}?since=${encodeURIComponent(since)}`);
  }

  /**
   * @param {string} query number, id or address
   * @param {AbortSignal} signal
   * @returns {Promise<FoundParcel[]>}
   */
  async search(query, signal) {
    const answer = await this.read(`${this.urls.parcels}?q=${encodeURIComponent(query)}&limit=8`, { signal });
    return answer.features.map(foundParcel);
  }

  /**
   * @param {{q?: string, type?: string}} question words of number or title, and the type
   * @param {AbortSignal} signal
   * @returns {Promise<{records: RecordSummary[], isMore: boolean}>} newest first
   */
  async records(question, signal) {
    const query = new URLSearchParams({ ...question, limit: '12' });
    const answer = await this.read(`${this.urls.records}?${query}`, { signal });
    return { records: answer.records, isMore: answer.next_cursor !== null };
  }

  /**
   * @param {LonLat[]} places
   * @returns {Promise<StoragePair[]>} the same in storage coordinates
   */
  async storageOf(places) {
    const { positions } = await this.read(`${this.urls.positions}?lonlat=${places.map(({ lon, lat }) => `${lon},${lat}`).join(';')}`);
    return positions.map((/** @type {{x: number, y: number}} */ { x, y }) => [x, y]);
  }

  /**
   * @param {StoragePair} pair
   * @param {AbortSignal} signal
   * @returns {Promise<LonLat>}
   */
  async placeOfStored(pair, signal) {
    const { positions } = await this.read(`${this.urls.positions}?stored=${pair.join(',')}`, { signal });
    return { lon: positions[0].lon, lat: positions[0].lat };
  }

  /**
   * @param {string} id
   * @returns {Promise<FoundParcel>} as of the page's time
   */
  async parcel(id) {
    return foundParcel(await this.read(this.#then(`${this.urls.parcels}/${parcelPath(id)}`)));
  }

  /**
   * @param {string} id
   * @returns {Promise<ParcelProperties>} what the server says of a parcel, as of the page's time
   */
  async properties(id) {
    return (await this.read(this.#then(`${this.urls.parcels}/${parcelPath(id)}`))).properties;
  }

  /**
   * @param {string} id
   * @returns {Promise<Version[]>} newest first
   */
  async versions(id) {
    return (await this.read(`${this.urls.parcels}/${parcelPath(id)}/versions?limit=${MOST_VERSIONS}`)).versions;
  }

  /**
   * @param {string} id
   * @param {number} version
   * @returns {Promise<Coverage>} the parcel as it was, exact
   */
  async coverageAtVersion(id, version) {
    return { ...(await this.read(`${this.urls.coverage}?at_version=${encodeURIComponent(`${id}:${version}`)}`)), ...this.system };
  }

  /**
   * @param {string} id
   * @returns {Promise<Lineage>} ten generations either way
   */
  lineage(id) {
    return this.read(`${this.urls.parcels}/${parcelPath(id)}/lineage`);
  }

  /**
   * @param {Box} box
   * @param {AbortSignal} signal
   * @returns {Promise<StoredFinding[]>} the newest there, whatever their status
   */
  async findings(box, signal) {
    return (await this.read(`${this.urls.findings}?limit=200&bbox=${box.join(',')}`, { signal })).findings;
  }

  /**
   * @param {EditBody} body
   * @returns {Promise<Receipt>}
   * @throws {ApiProblem | NoAnswer}
   */
  saveEdit(body) {
    return this.write('POST', this.urls.edits, body);
  }

  /**
   * @param {EditBody} body
   * @param {AbortSignal} signal
   * @returns {Promise<{receipt: Receipt, coverage: Coverage, findings: import('./past/past.js').Foreseen, rules: import('./rules/rule_book.js').RuleSettings}>} what an edit would come to; nothing is kept
   */
  rehearse(body, signal) {
    return this.write('POST', this.urls.edits, { ...body, dry_run: true }, signal);
  }

  /**
   * @param {string} method
   * @param {string} url
   * @param {unknown} [body] none to send none
   * @param {AbortSignal | null} [signal]
   * @returns {Promise<any>} null where the answer has no content
   */
  write(method, url, body, signal = null) {
    /** @type {Record<string, string>} */
    const headers = { 'X-CSRFToken': this.token, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return this.read(url, { method, headers, ...sent, signal });
  }

  /**
   * After signing in again the session has another CSRF token: read it from this page, not from the sign-in page, whose session of nobody ends another tab's.
   * @param {{isAnew?: boolean}} [options] `isAnew`: what was asked before now does not do, somebody may have signed in since
   * @returns {Promise<boolean>} whether the session is there, and the same person's: an edit must not go out under another name
   */
  renewToken({ isAnew = false } = {}) {
    if (isAnew && this.renewing) return this.renewing.then(() => this.renewToken(), () => this.renewToken());
    // Two pages at once would each get a token, and the session keep one of them: one asks for all.
    this.renewing ??= this.#page(location.pathname + location.search, { redirect: 'manual' }).then((page) => this.#take(page)).finally(() => { this.renewing = null; });
    return this.renewing;
  }

  /**
   * Sign in again from here, as on the sign-in page.
   * @param {string} password
   * @returns {Promise<boolean>} whether that is me; also where somebody signed in elsewhere meanwhile
   */
  async signIn(password) {
    const form = await this.#page(this.urls.login);
    if (this.#take(form)) return true;
    const token = form?.querySelector('input[name="csrf_token"]')?.getAttribute('value');
    if (!token || this.me === null) return false;
    return this.#take(await this.#page(this.urls.login, { method: 'POST', body: new URLSearchParams({ csrf_token: token, email: this.me, password }) }));
  }

  /**
   * @param {string} url
   * @param {RequestInit} [init]
   * @returns {Promise<Document | null>} a page for people; null where there is none
   */
  async #page(url, init = {}) {
    const response = await fetch(url, { credentials: 'same-origin', ...init }).catch((error) => {
      throw new NoAnswer(error);
    });
    return response.ok ? new DOMParser().parseFromString(await response.text(), 'text/html') : null;
  }

  /**
   * @param {Document | null} page
   * @returns {boolean} whether it was made for who works here, whose token is taken
   */
  #take(page) {
    const text = page?.getElementById('editor-config')?.textContent;
    if (!text) return false;
    const { csrf_token: token, user } = JSON.parse(text);
    this.stranger = user.email === this.me ? null : user.email;
    if (this.stranger !== null) return false;
    this.token = token;
    return true;
  }

  /**
   * @param {string} url
   * @returns {string} the same question of the page's time
   */
  #then(url) {
    return this.time ? `${url}${url.includes('?') ? '&' : '?'}${this.time}` : url;
  }

  /**
   * Also for modules that know the routes of one resource (draft_api.js), as `write` is.
   * @param {string} url
   * @param {RequestInit} [init]
   * @returns {Promise<any>} null where the answer has no content
   */
  async read(url, init = {}) {
    const response = await this.#answered(url, { ...init, headers: { Accept: 'application/json, application/problem+json', ...init.headers } });
    if (response.status === 204) return null;
    if (!/json/.test(response.headers.get('Content-Type') ?? '')) throw notSignedIn();
    return answer(response, 'json');
  }

  /**
   * @param {string} url
   * @param {RequestInit} init
   * @returns {Promise<Response>} of success
   * @throws {ApiProblem | NoAnswer}
   */
  async #answered(url, init) {
    /** @type {Response} */
    let response;
    try {
      response = await fetch(url, { credentials: 'same-origin', ...init });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new NoAnswer(error);
    }
    if (response.ok) return response;
    throw new ApiProblem(response.status, await problemOf(response, response.headers.get('Content-Type') ?? ''), retryAfter(response));
  }
}

/**
 * @param {string} id may hold slashes, which stay
 * @returns {string}
 */
function parcelPath(id) {
  return id.split('/').map(encodeURIComponent).join('/');
}
