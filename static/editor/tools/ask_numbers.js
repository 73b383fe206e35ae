/**
 * Asking who has the numbers that the parts of a parcel may get: its family at once, when it is about to be divided, and what
 * is typed when the typing pauses. Each is asked once for a plan.
 *
 * @module tools/ask_numbers
 */

/** @import {Api} from '../api.js' */
/** @import {Session} from '../session.js' */
/** @import {Holder, Known} from './part_numbers.js' */
/** @import {Proposal} from './plan.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { questionOf } from './number_family.js';
import { numberOf, questionsAhead, TOO_MANY } from './part_numbers.js';
import { splitPlan } from './split.js';

const PAUSE_MS = 300;
/** At most so many pages: nobody has a thousand parts. */
const [PAGE, MOST_PAGES] = [200, 5];

/**
 * @param {Session} session
 * @param {Pick<Api, 'read' | 'urls'>} api
 * @param {() => Proposal | null} proposed
 */
export function askNumbers(session, api, proposed) {
  let timer = 0;
  /** What is asked and not answered yet. @type {Set<string>} */
  const waiting = new Set();
  session.subscribe(() => {
    clearTimeout(timer);
    const open = openQuestions(session, proposed).filter(({ parcel, question }) => !waiting.has(`${parcel} ${question}`));
    if (open.length === 0) return;
    const send = () => open.forEach(({ parcel, question }) => {
      const name = `${parcel} ${question}`;
      waiting.add(name);
      void holders(api, question).then((found) => {
        waiting.delete(name);
        const plan = splitPlan(session);
        if (session.state.tool === 'split' && plan.parcel === parcel) session.set({ plan: { ...plan, taken: { ...plan.taken, [question]: found } } });
      });
    });
    if (open.some(({ isTyped }) => !isTyped)) send();
    else timer = window.setTimeout(send, PAUSE_MS);
  });
}

/**
 * @param {Session} session
 * @param {() => Proposal | null} proposed
 * @returns {{parcel: string, question: string, isTyped: boolean}[]}
 */
function openQuestions(session, proposed) {
  if (session.state.tool !== 'split' || !session.canEdit) return [];
  const plan = splitPlan(session);
  const { parcel, taken, numbers } = plan;
  if (parcel === null) return [];
  const own = numberOf(session.graph.parcel(parcel));
  const parts = proposed()?.numbers ?? [];
  const family = questionsAhead(session.graph, plan, parts.length - 1);
  const isTyped = numbers.some((number) => number);
  const shown = isTyped ? parts.filter(({ value }) => value !== '' && value !== own).map(({ value }) => questionOf(value)) : [];
  return [...new Set([...family, ...shown])].filter((question) => !(question in taken)).map((question) => ({ parcel, question, isTyped: !family.includes(question) }));
}

/**
 * @param {Pick<Api, 'read' | 'urls'>} api
 * @param {string} question the beginning of a family, or a whole number
 * @returns {Promise<Known[string]>} null without an answer; `TOO_MANY` where that is no family
 */
async function holders(api, question) {
  const isFamily = /[-/. ]$/.test(question);
  /** @type {Holder[]} */
  const found = [];
  let cursor = '';
  try {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { features, next_cursor: next } = await api.read(`${api.urls.parcels}?${new URLSearchParams({ q: question, limit: String(PAGE), ...(cursor ? { cursor } : {}) })}`);
      const those = features.map(holderOf);
      found.push(...those.filter((/** @type {Holder} */ { number }) => (isFamily ? number.toLowerCase().startsWith(question) : number.toLowerCase() === question)));
      // What is that number, or begins so, comes first.
      if (!isFamily || !next || !those.at(-1)?.number.toLowerCase().startsWith(question)) return found;
      cursor = next;
    }
    return TOO_MANY;
  } catch (error) {
    if (error instanceof ApiProblem || error instanceof NoAnswer) return null;
    throw error;
  }
}

/**
 * @param {any} feature GeoJSON
 * @returns {Holder}
 */
function holderOf({ id, properties }) {
  return { parcel_id: String(properties.parcel_id ?? id), number: String(properties.number ?? ''), level: String(properties.level ?? ''), isRetired: Boolean(properties.retired_at) };
}
