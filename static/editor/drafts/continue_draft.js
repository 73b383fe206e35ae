/**
 * Going on with a draft: its parcels are loaded as they are now, its steps done again on them, and what is no longer as
 * its author saw it is said.
 *
 * @module continue_draft
 */

/** @import {Api} from '../api.js' */
/** @import {Base} from '../base.js' */
/** @import {DraftApi} from './draft_api.js' */
/** @import {DraftKeeping} from './draft_keeping.js' */
/** @import {Offer} from './draft_memory.js' */
/** @import {MapView} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {Box, DraftContent, RecordSummary} from '../types.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { baseFromCoverage, mergeBases, withPasts } from '../base.js';
import { fallenSentence } from '../saving/conflict.js';
import { AROUND } from '../coverage_choice.js';
import { restore } from '../draft.js';
import { annotate } from '../describe.js';
import { counted } from '../format.js';
import { returnedText } from './draft_memory.js';
import { titleOf } from './draft_title.js';
import { rowNote, rowOf } from '../quarantine/row_note.js';
import { boxOf, widen } from '../storage/geodesy.js';
import { Graph } from '../graph.js';

/** Metres around the parcels: neighbours that a step touches are near. */
const LEAST_AROUND_M = 30;

/**
 * @typedef {object} Place where a draft is gone on with
 * @property {Pick<Api, 'coverage' | 'coverageOf' | 'coverageAtVersion'>} api
 * @property {Pick<DraftApi, 'draft'>} drafts
 * @property {Session} session
 * @property {Pick<MapView, 'fit' | 'box'>} view
 * @property {Pick<DraftKeeping, 'adopt'>} keeping
 * @property {(content: DraftContent) => Promise<RecordSummary | null>} onContent told the reason and the record; gives the record
 */

/**
 * @param {Place} place
 * @param {Offer} offer
 * @returns {Promise<boolean>} whether its steps stand now; where not, it is said why and the draft stays as it is
 */
export async function continueDraft({ api, drafts, session, view, keeping, onContent }, offer) {
  try {
    const content = offer.here ?? (await drafts.draft(offer.there?.id ?? 0));
    content.operations.forEach((operation, index) => annotate(operation, content.notes?.[index] ?? ''));
    // Drawn by hand for a refused row: the step remembers it from now on.
    const drawn = content.operations.find(({ op }) => op === 'draw');
    if (content.admits && drawn && rowOf(content.operations) === null) annotate(drawn, rowNote(content.admits));
    const { base, box, gone } = await baseOf(api, Object.keys(content.seen), view.box);
    const { draft, fallen } = restore(await withVersions(api, base, content), content.operations);
    const missing = gone.filter((id) => !content.operations.some((step) => step.op === 'restore' && step.parcel_id === id));
    const changed = changedOf(base, content.seen);
    if (draft.isEmpty) {
      session.say('warn', `The draft cannot be continued. ${toldOf(changed, missing)} ${fallenSentence(fallen)}`.replace('  ', ' '));
      return false;
    }
    const record = await onContent(content);
    if (!session.state.draft.isEmpty) {
      session.say('warn', 'You went on meanwhile: save or discard these steps, then continue the draft.');
      return false;
    }
    keeping.adopt(offer, !content.title || content.title === titleOf(record, draft.told) ? null : content.title);
    session.set({ draft, loaded: box, refusals: [], notice: null });
    view.fit(box, { maxZoom: 19.5 });
    const told = [returnedText(offer), toldOf(changed, missing), fallenSentence(fallen)].filter(Boolean).join(' ');
    if (told) session.say('warn', told);
    else session.say('info', `Your draft is open again: ${counted(draft.told.length, 'step')}. Nothing of it was changed by others.`);
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    session.say('bad', `The draft could not be opened: ${error.message} It is kept.`);
    return false;
  }
}

/**
 * @param {Place['api']} api
 * @param {Base} base
 * @param {Pick<DraftContent, 'operations' | 'seen'>} content
 * @returns {Promise<Base>} with the versions that are brought back, also of retired parcels
 */
async function withVersions(api, base, { operations, seen }) {
  const steps = operations.filter((step) => step.op === 'restore');
  const pasts = await Promise.all(steps.map((step) => api.coverageAtVersion(step.parcel_id, step.version)));
  return pasts.reduce((known, past, index) => {
    const id = steps[index]?.parcel_id ?? '';
    return withPasts(known, past, base.parcels.has(id) ? null : (seen[id] ?? null));
  }, base);
}

/**
 * Parcels with what lies around them. Where that is too much, they alone.
 * @param {Place['api']} api
 * @param {string[]} ids
 * @param {Box} view where a draft that rests on no parcel is done again
 * @returns {Promise<{base: Base, box: Box, gone: string[]}>} `gone`: those that there are no more
 */
async function baseOf(api, ids, view) {
  const { base, gone } = await parcelsOf(api, ids);
  const graph = base && new Graph(base);
  const corners = graph ? [...graph.parcels()].flatMap((parcel) => {
    const [west, south, east, north] = graph.envelope(parcel);
    return [{ lon: west, lat: south }, { lon: east, lat: north }];
  }) : [];
  const own = boxOf(corners);
  const box = own ? widen(own, AROUND, LEAST_AROUND_M) : view;
  try {
    const around = baseFromCoverage(await api.coverage(box));
    return { base: base ? mergeBases(base, around, base.parcels.keys()) : around, box, gone };
  } catch (error) {
    if (!base || !(error instanceof ApiProblem && error.is('too_many_parcels'))) throw error;
    return { base, box, gone };
  }
}

/**
 * @param {Place['api']} api
 * @param {string[]} ids
 * @returns {Promise<{base: Base | null, gone: string[]}>} null without any
 */
async function parcelsOf(api, ids) {
  if (ids.length === 0) return { base: null, gone: [] };
  try {
    return { base: baseFromCoverage(await api.coverageOf(ids)), gone: [] };
  } catch (error) {
    if (!(error instanceof ApiProblem && error.is('not_found'))) throw error;
    if (ids.length === 1) return { base: null, gone: ids };
  }
  // The answer names one that there is no more; there may be others.
  const half = Math.ceil(ids.length / 2);
  const first = await parcelsOf(api, ids.slice(0, half));
  const second = await parcelsOf(api, ids.slice(half));
  const base = first.base && second.base ? mergeBases(first.base, second.base, first.base.parcels.keys()) : first.base ?? second.base;
  return { base, gone: [...first.gone, ...second.gone] };
}

/**
 * @param {Base} base
 * @param {Record<string, number>} seen
 * @returns {string[]} parcels that have another version than the draft rests on
 */
function changedOf(base, seen) {
  return Object.entries(seen).flatMap(([id, version]) => {
    const now = base.parcels.get(id)?.version;
    return now === undefined || now === version ? [] : [`${id} (version ${version}, now ${now})`];
  });
}

/**
 * @param {string[]} changed
 * @param {string[]} gone
 * @returns {string}
 */
function toldOf(changed, gone) {
  return [
    changed.length > 0 ? `Changed by others since: ${changed.join(', ')}. Your steps stand on what is there now: check them.` : '',
    gone.length > 0 ? `No longer there: ${gone.join(', ')}.` : '',
  ].filter(Boolean).join(' ');
}
