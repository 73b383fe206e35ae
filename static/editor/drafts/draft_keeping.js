/**
 * Keeping the steps that are not saved: in this browser at once, on the server a second later, until they are saved or
 * discarded. Requests go one after the other, so that no older state overtakes a newer one.
 *
 * @module draft_keeping
 */

/** @import {DraftApi} from './draft_api.js' */
/** @import {DraftMemory, Offer} from './draft_memory.js' */
/** @import {Session} from '../session.js' */
/** @import {DraftContent} from '../types.js' */
/** @import {Name} from './draft_there.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { noteTo } from '../describe.js';
import { Draft } from '../draft.js';
import { offersOf } from './draft_memory.js';
import { asked, isPassing, isToken } from '../saving/saving.js';
import { discardThere, learnId } from './draft_there.js';

const AFTER_STEP_MS = 1000;
const AGAIN_MS = 10_000;
const BOTH_KEPT = 'This draft was changed in another tab or on another computer, too. Both are kept, each as one of its own.';

/**
 * What becomes of the draft, for what goes with it (reference layers): the server has it under an id; it was saved or
 * discarded; its steps were undone; it is left as it is.
 * @typedef {{kind: 'named', id: number, isAdopted: boolean} | {kind: 'ended' | 'taken_back' | 'set_aside'}} Turn
 */

/** @typedef {Pick<DraftApi, 'drafts' | 'beginDraft' | 'keepDraft' | 'renameDraft' | 'discardDraft' | 'withdrawDraft' | 'renewToken'>} Server */

/**
 * @typedef {object} Timer
 * @property {(act: () => void, ms: number) => number} start
 * @property {(timer: number) => void} stop
 */

/** @type {Timer} */
const WINDOW_TIMER = { start: (act, ms) => window.setTimeout(act, ms), stop: (timer) => clearTimeout(timer) };

export class DraftKeeping {
  /**
   * @param {Server} api
   * @param {Session} session
   * @param {DraftMemory} memory
   * @param {{about: () => {comment: string, recordId: number | null, title: string, admits?: DraftContent['admits']}, newKey: () => string, timer?: Timer}} options
   *   `about`: the reason and the record so far, what the draft is called by itself, and the refused row that it admits
   */
  constructor(api, session, memory, { about, newKey, timer = WINDOW_TIMER }) {
    this.api = api;
    this.session = session;
    this.memory = memory;
    this.about = about;
    this.newKey = newKey;
    this.clock = timer;
    this.timer = 0;
    /** @type {Name | null} */
    this.name = null;
    /** What its owner calls it; null where it is called by itself. @type {string | null} */
    this.title = null;
    /** What the server was last known to hold. */
    this.held = '';
    /** The newest request: the next one waits for it. */
    this.work = Promise.resolve();
    /** Told what becomes of the draft. @type {(turn: Turn) => void} */
    this.onTurn = () => undefined;
    session.subscribe((state, before) => {
      if (state.draft.steps !== before.draft.steps) this.touch();
    });
  }

  /** The steps, the reason or the record changed. */
  touch() {
    if (this.session.state.draft.isEmpty) return this.#forget();
    this.name ??= { key: this.newKey(), id: null, version: 0 };
    this.#tell(this.#putHere(this.name) ? 'here' : 'nowhere');
    this.#soon(AFTER_STEP_MS);
  }

  /** The network is back, or somebody signed in again: try now. */
  again() {
    if (this.name && this.session.state.kept !== 'server') this.#soon(0);
  }

  /**
   * @returns {Promise<Offer[]>} drafts to go on with, newest first; without an answer those that this browser has
   */
  async offers() {
    const here = this.memory.all();
    const gone = here.filter((draft) => draft.isGone);
    for (const draft of gone) this.#enqueue(() => discardThere(this.api, this.memory, draft));
    try {
      return offersOf(here, await this.api.drafts());
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
      return offersOf(here, []);
    }
  }

  /**
   * Go on with a draft: what is done from now on is kept as it. To be called before its steps are done again.
   * @param {Offer} offer
   * @param {string | null} [title] as its owner called it
   */
  adopt({ here, there }, title = null) {
    this.title = title;
    if (there) {
      this.name = { key: there.key, id: there.id, version: there.version };
      this.onTurn({ kind: 'named', id: there.id, isAdopted: true });
    } else if (here) {
      // Under a key of its own: the server's draft of that key is another by now, or the tab that began it is still open.
      this.memory.remove(here.key);
      this.name = { key: this.newKey(), id: null, version: 0 };
    }
    this.held = '';
  }

  /**
   * @param {Offer} offer
   * @param {string} title
   * @returns {Promise<void>} when it is called so
   * @throws {ApiProblem | NoAnswer}
   */
  async renameOffer({ here, there }, title) {
    if (here) this.memory.put({ ...here, title });
    else if (there) await asked(this.api, () => this.api.renameDraft(there.id, { version: there.version, title }));
  }

  /**
   * @param {Offer} offer
   * @returns {Promise<void>} when it is gone
   */
  discard({ here, there }) {
    if (here) this.memory.remove(here.key);
    if (there) this.#enqueue(() => discardThere(this.api, this.memory, { key: there.key, id: there.id, version: there.version }));
    return this.work;
  }

  #forget() {
    const { name } = this;
    const { history } = this.session.state.draft;
    this.clock.stop(this.timer);
    this.#leave();
    if (!name) return;
    // A draft that is saved or discarded begins anew; one whose steps were undone can have them again.
    name.isTakenBack = history.canUndo || history.canRedo;
    this.onTurn({ kind: name.isTakenBack ? 'taken_back' : 'ended' });
    this.memory.remove(name.key);
    // Behind what is on its way: only then it is known under which id the server has it.
    this.#enqueue(() => discardThere(this.api, this.memory, name));
  }

  /** Know of no draft any more. */
  #leave() {
    this.name = null;
    this.title = null;
    this.held = '';
    this.#tell(null);
  }

  /** @param {string} title */
  rename(title) {
    this.title = title;
    this.touch();
  }

  /**
   * Send now what is not on the server yet.
   * @returns {Promise<boolean>} whether it is there now
   */
  async flush() {
    this.clock.stop(this.timer);
    if (this.name && this.session.state.kept !== 'server') this.#enqueue(() => this.#send());
    await this.work;
    return this.session.state.kept === 'server';
  }

  /**
   * Leave the draft as it is and begin without steps.
   * @returns {Promise<boolean>} false where it is kept nowhere: then its steps stay
   */
  async setAside() {
    const { steps } = this.session.state.draft;
    if (steps.length > 0) {
      await this.flush();
      if (this.session.state.kept === 'nowhere' || this.session.state.draft.steps !== steps) return false;
      this.release();
    }
    return true;
  }

  /** Leave the draft to the server, as it is there, and begin without steps. */
  release() {
    this.clock.stop(this.timer);
    this.#leave();
    this.onTurn({ kind: 'set_aside' });
    this.session.set({ draft: Draft.on(this.session.graph.base), refusals: [], notice: null });
  }

  /** @returns {DraftContent} */
  #content() {
    const { draft, shown } = this.session.state;
    const { comment, recordId, title, admits = null } = this.about();
    const notes = draft.operations.map(noteTo);
    return {
      title: this.title ?? title, comment, record_id: recordId, seen: draft.seen(shown), operations: draft.operations, notes: notes.some(Boolean) ? notes : [], ...(admits ? { admits } : {}),
    };
  }

  /**
   * @param {Name} name
   * @returns {boolean}
   */
  #putHere(name) {
    return this.memory.put({ ...name, changed_at: new Date().toISOString(), ...this.#content() });
  }

  /** @param {'server' | 'here' | 'nowhere' | null} kept */
  #tell(kept) {
    if (this.session.state.kept !== kept) this.session.set({ kept });
  }

  /** @param {number} ms */
  #soon(ms) {
    this.clock.stop(this.timer);
    this.timer = this.clock.start(() => this.#enqueue(() => this.#send()), ms);
  }

  /** @param {() => Promise<void>} act */
  #enqueue(act) {
    this.work = this.work.then(act);
  }

  /** @returns {Promise<void>} */
  async #send() {
    const { name } = this;
    if (!name) return;
    const content = this.#content();
    const text = JSON.stringify(content);
    if (text !== this.held) {
      try {
        const kept = await asked(this.api, () => (name.id === null
          ? this.api.beginDraft({ key: name.key, ...content })
          : this.api.keepDraft(name.id, { version: name.version, ...content })));
        const isNew = name.id === null;
        Object.assign(name, { id: kept.id, version: kept.version });
        if (isNew && this.name === name) this.onTurn({ kind: 'named', id: kept.id, isAdopted: false });
      } catch (error) {
        return this.#refused(error, name);
      }
      if (this.name !== name) return;
      this.held = text;
    }
    // Another step may have been done meanwhile; its own turn comes.
    if (JSON.stringify(this.#content()) !== text) return;
    this.memory.remove(name.key);
    this.#tell('server');
  }

  /**
   * Not kept on the server; this browser has it. Another draft under the name means a name of its own.
   * @param {unknown} error
   * @param {Name} name
   * @returns {Promise<void>}
   */
  async #refused(error, name) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    if (this.name !== name) return;
    if (isPassing(error) || isToken(error)) return this.#soon(AGAIN_MS);
    if (!(error instanceof ApiProblem)) return;
    const isElsewhere = error.is('draft_changed');
    const isTaken = error.is('key_reused');
    if (!isElsewhere && !isTaken && !(error.is('not_found') && name.id !== null)) return;
    if (isTaken && (await learnId(this.api, name))) {
      this.onTurn({ kind: 'named', id: /** @type {number} */ (name.id), isAdopted: false });
      return this.#soon(0);
    }
    this.memory.remove(name.key);
    this.name = { key: this.newKey(), id: null, version: 0 };
    this.#tell(this.#putHere(this.name) ? 'here' : 'nowhere');
    if (isElsewhere) this.session.say('info', BOTH_KEPT);
    this.#soon(0);
  }
}
