/**
 * What colleagues are about to change: the server is asked every few seconds, while somebody looks, whose drafts lie in
 * view. It says whose, since when and which parcels; what the drafts do is their owners'.
 *
 * @module colleagues
 */

/** @import {Api} from '../api.js' */
/** @import {MapView} from '../map_view.js' */
/** @import {Box} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { counted, dateTime } from '../format.js';
import { recordName } from '../record_choice.js';
import { widen } from '../storage/geodesy.js';

/**
 * As GET /api/drafts/others lists it.
 * @typedef {object} ColleagueDraft
 * @property {number} id
 * @property {string} owner email
 * @property {string} state `submitted`: it waits for approval
 * @property {{id: number, type: string, number: string | null} | null} record
 * @property {string} created_at
 * @property {string} changed_at
 * @property {Box} bbox where it lies
 * @property {{parcel_id: string, number: string | null}[]} parcels that it would change, as they are now
 */

/** As often as for what was saved: both appear within five seconds. */
const EVERY_MS = 3_000;
/** Where there are more than are told, nobody looks at one of them. */
const EVERY_MS_OF_MANY = 15_000;
const AFTER_MOVE_MS = 300;
/** So much more than the view on every side, so that a short pan shows what is known already. */
const AROUND = 0.25;
const WORLD = { lon: 180, lat: 90 };

export class Colleagues {
  /**
   * @param {Pick<Api, 'read' | 'urls'>} api
   * @param {Pick<MapView, 'box' | 'onViewChange'>} view
   */
  constructor(api, view) {
    this.api = api;
    this.view = view;
    /** Those changed last first. @type {readonly ColleagueDraft[]} */
    this.drafts = [];
    /** Whether there are more than are listed. */
    this.isMore = false;
    this.said = '';
    this.timer = 0;
    /** The newest question: an older answer that comes later is about another view. */
    this.asked = 0;
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** @param {() => void} listener when there are others, or another view */
  subscribe(listener) {
    this.listeners.push(listener);
  }

  /** Ask from now on, while the page is seen. */
  begin() {
    document.addEventListener('visibilitychange', () => this.#soon(0));
    for (const event of ['focus', 'online']) window.addEventListener(event, () => this.#soon(0));
    this.view.onViewChange(() => this.#soon(AFTER_MOVE_MS));
    return this.ask();
  }

  /**
   * @param {Iterable<string>} ids of parcels
   * @returns {ColleagueDraft[]} drafts that would change one of them
   */
  of(ids) {
    const wanted = new Set(ids);
    return this.drafts.filter(({ parcels }) => parcels.some((parcel) => wanted.has(parcel.parcel_id)));
  }

  /** @param {number} ms */
  #soon(ms) {
    clearTimeout(this.timer);
    if (document.visibilityState === 'visible') this.timer = window.setTimeout(() => void this.ask(), ms);
  }

  /** @returns {Promise<void>} */
  async ask() {
    clearTimeout(this.timer);
    const question = (this.asked += 1);
    let isGoingOn = true;
    try {
      const { drafts, is_more: isMore } = await this.api.read(`${this.api.urls.drafts}/others?bbox=${boxOnEarth(widen(this.view.box, AROUND, 0)).join(',')}`);
      if (question === this.asked) this.#take(drafts, isMore);
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      // What is shown was true a moment ago. Who is no longer signed in, or no editor any more, is not told again and again.
      isGoingOn = !(error instanceof ApiProblem && [401, 403].includes(error.status));
    }
    if (isGoingOn && question === this.asked) this.#soon(this.isMore ? EVERY_MS_OF_MANY : EVERY_MS);
  }

  /**
   * @param {ColleagueDraft[]} drafts
   * @param {boolean} isMore
   */
  #take(drafts, isMore) {
    const text = JSON.stringify([drafts, isMore]);
    if (text === this.said) return;
    this.said = text;
    this.drafts = drafts;
    this.isMore = isMore;
    for (const listener of this.listeners) listener();
  }
}

/**
 * A map that is zoomed far out shows more than the whole earth.
 * @param {Box} box
 * @returns {Box}
 */
export function boxOnEarth([west, south, east, north]) {
  const lon = (/** @type {number} */ value) => Math.min(WORLD.lon, Math.max(-WORLD.lon, value));
  const lat = (/** @type {number} */ value) => Math.min(WORLD.lat, Math.max(-WORLD.lat, value));
  const [left, right] = [lon(west), lon(east)];
  // Beside the earth altogether: nothing lies there, and it still has to be a box.
  return left < right ? [left, lat(south), right, lat(north)] : [-WORLD.lon, lat(south), WORLD.lon, lat(north)];
}

/**
 * @param {ColleagueDraft} draft
 * @returns {string} "jane.doe@…, since 14:05: parcels 12, 13 (plat 2026-4)"
 */
export function draftSentence(draft) {
  const { owner, created_at: begun, record, state } = draft;
  return `${owner} has a draft ${state === 'submitted' ? 'that waits for approval, begun' : 'open since'} ${since(begun)}: ${parcelsText(draft)}${record ? ` (${recordName({ ...record, title: '', state: '' })})` : ''}.`;
}

/**
 * @param {Pick<ColleagueDraft, 'parcels'>} draft
 * @returns {string}
 */
export function parcelsText({ parcels }) {
  if (parcels.length === 0) return 'a new parcel';
  const names = parcels.slice(0, 4).map(({ parcel_id: id, number }) => number ?? id);
  const more = parcels.length - names.length;
  return `${parcels.length === 1 ? 'parcel' : 'parcels'} ${names.join(', ')}${more > 0 ? ` and ${counted(more, 'other')}` : ''}`;
}

/**
 * @param {string} iso
 * @returns {string} the time, with the day where it is not today
 */
export function since(iso) {
  const then = new Date(iso);
  return then.toDateString() === new Date().toDateString() ? then.toLocaleTimeString('en-GB', { timeStyle: 'short' }) : dateTime(iso);
}

/**
 * @param {string} email
 * @returns {string} one or two letters to tell people apart by
 */
export function initials(email) {
  const words = (email.split('@')[0] ?? '').split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return words.slice(0, 2).map((word) => word.charAt(0).toUpperCase()).join('') || '?';
}
