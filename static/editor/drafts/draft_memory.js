/**
 * Drafts that this browser keeps until the server has them, for each account its own. Pure but for the storage given.
 *
 * @module draft_memory
 */

/** @import {DraftContent, DraftSummary} from '../types.js' */

import { doingsOf } from '../divisions.js';

/**
 * A draft as this browser has it. `id` and `version` are those of the server's, which it goes beyond; null where the
 * server is not known to have one. `isGone`: saved or discarded, and the server could not be told yet; `isTakenBack`: by undoing its steps.
 * @typedef {DraftContent & {key: string, id: number | null, version: number, changed_at: string, isGone?: boolean, isTakenBack?: boolean}} DraftHere
 */

/**
 * A draft to go on with. `here` is what this browser has of it, `there` what the server has; with both, the first is newer.
 * @typedef {{here: DraftHere | null, there: DraftSummary | null, steps: number, changedAt: string, title: string, parcels: string[]}} Offer
 */

/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>} Memory */

export class DraftMemory {
  /**
   * @param {Memory | null} storage null where the browser keeps nothing for this page
   * @param {string} account
   */
  constructor(storage, account) {
    this.storage = storage;
    this.prefix = `spatial-admin draft ${account} `;
  }

  /**
   * @param {DraftHere} draft
   * @returns {boolean} whether it is kept: a browser may be full, or keep nothing
   */
  put(draft) {
    if (!this.storage) return false;
    try {
      this.storage.setItem(this.prefix + draft.key, JSON.stringify(draft));
      return true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      // An older state of it would be taken for the newest.
      this.storage.removeItem(this.prefix + draft.key);
      return false;
    }
  }

  /** @param {string} key */
  remove(key) {
    this.storage?.removeItem(this.prefix + key);
  }

  /** @returns {DraftHere[]} */
  all() {
    const { storage } = this;
    if (!storage) return [];
    const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
    return names.filter((name) => name.startsWith(this.prefix)).map((name) => JSON.parse(storage.getItem(name) ?? 'null'));
  }
}

/**
 * What to offer, newest first. Where a draft was changed on another computer since this browser had it from the server,
 * both states are offered: neither takes the place of the other.
 * @param {readonly DraftHere[]} here
 * @param {readonly DraftSummary[]} there
 * @returns {Offer[]}
 */
export function offersOf(here, there) {
  const gone = new Set(here.filter((draft) => draft.isGone).map((draft) => draft.key));
  const rest = new Map(there.filter((draft) => !gone.has(draft.key)).map((draft) => [draft.key, draft]));
  /** @type {Offer[]} */
  const offers = [];
  for (const draft of here) {
    if (draft.isGone) continue;
    const same = rest.get(draft.key);
    // Its first answer may have been lost: then this browser does not know that the server has it.
    const isBeyond = same !== undefined && same.version === Math.max(draft.version, 1);
    if (isBeyond) rest.delete(draft.key);
    offers.push({ here: draft, there: isBeyond ? same : null, steps: doingsOf(draft.operations).length, changedAt: draft.changed_at, title: draft.title ?? '', parcels: Object.keys(draft.seen) });
  }
  for (const draft of rest.values()) offers.push({ here: null, there: draft, steps: draft.operation_count, changedAt: draft.changed_at, title: draft.title, parcels: draft.parcels });
  return offers.sort((a, b) => Date.parse(b.changedAt) - Date.parse(a.changedAt));
}

/**
 * @param {Offer} offer
 * @returns {boolean} whether it waits for somebody else's approval, and stays as it is until then
 */
export function isWaiting({ there }) {
  return there?.state === 'submitted';
}

/**
 * @param {Offer} offer
 * @returns {string} who returned it and why; empty where nobody did
 */
export function returnedText({ there }) {
  if (there?.state !== 'returned' || !there.event) return '';
  return `Returned by ${there.event.by}${there.event.comment ? `: ${there.event.comment}` : ''}`;
}
