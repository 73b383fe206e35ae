/**
 * Which part of the map is loaded exactly, point by point. Without tiles the whole view; over tiles only what is being
 * edited or read, and never more than the server gives at once.
 *
 * @module coverage_choice
 */

/** @import {Ground} from './tiles/ground.js' */
/** @import {MapView} from './map_view.js' */
/** @import {Session} from './session.js' */
/** @import {Box, LonLat} from './types.js' */

import { intersection, metresPerDegree, widen } from './storage/geodesy.js';
import { toolNamed } from './tools/all.js';

/**
 * `asked` is loaded unless `needed` is there already; a parcel alone, without its neighbours, where there are too many.
 * @typedef {{asked: Box, needed: Box} | {parcel: string} | null} Extent
 */

/** What Loading asks. @typedef {{extent: (signal: AbortSignal, target: Box | null) => Promise<Extent>, box: () => Box}} CoverageChoice */

export const AROUND = 0.15;
/** Counted on tiles, which leave out what is too small to draw: a part of the server's limit. */
const SHARE_OF_PARCELS = 0.8;
const SHARE_OF_POINTS = 0.4;
const MOST_HALVINGS = 8;
/** A dense inner city has some hundred parcels on so much ground. */
const SMALL_M2 = 100_000;

/**
 * @param {MapView} view
 * @returns {CoverageChoice}
 */
export function wholeView(view) {
  return {
    extent: () => Promise.resolve({ asked: widen(view.box, AROUND), needed: view.box }),
    box: () => widen(view.box, AROUND),
  };
}

/**
 * @param {MapView} view
 * @param {Session} session
 * @param {Ground} ground
 * @param {{parcels: number, points: number}} limits
 * @returns {CoverageChoice}
 */
export function whereNeeded(view, session, ground, limits) {
  /** @param {Box} box */
  const isLoadable = (box) => {
    const { parcels, points } = ground.contentOf(box);
    return parcels <= limits.parcels * SHARE_OF_PARCELS && points <= limits.points * SHARE_OF_POINTS;
  };
  return {
    async extent(signal, target) {
      const { selected } = session.state;
      const isEdited = isEditing(session);
      if (!target && !isEdited && selected === null) return null;
      const whole = widen(view.box, AROUND);
      if (!isSmall(whole)) await ground.settled(signal);
      if (signal.aborted) return null;
      const around = target ?? (selected === null ? null : envelopeOf(selected, session, ground));
      const needed = isEdited ? view.box : around && intersection(view.box, around);
      if (needed && isSmall(whole)) return { asked: whole, needed };
      // Tiles beyond the view may not be there; then the view itself will do.
      for (const asked of [whole, view.box]) if (needed && isLoadable(asked)) return { asked, needed };
      if (selected === null && !target) return null;
      const near = needed && around && narrowed(intersection(view.box, widen(around, AROUND, 15)), ground.pickedAt, isLoadable);
      if (near) return { asked: near, needed: intersection(near, needed) ?? near };
      return selected !== null && !session.graph.parcel(selected) ? { parcel: selected } : null;
    },
    box: () => session.state.loaded ?? widen(view.box, AROUND),
  };
}

/**
 * @param {Box} box
 * @returns {boolean} so small that nobody need count what it holds, and wait for tiles to do it
 */
export function isSmall([west, south, east, north]) {
  const scale = metresPerDegree((south + north) / 2);
  return (east - west) * scale.lon * (north - south) * scale.lat < SMALL_M2;
}

/**
 * @param {Session} session
 * @returns {boolean} whether points in view are to be had, without a parcel being selected
 */
function isEditing({ canEdit, state }) {
  return canEdit && (toolNamed(state.tool).edits || !state.draft.isEmpty || state.also.length > 0);
}

/**
 * @param {string} id
 * @param {Session} session
 * @param {Ground} ground
 * @returns {Box | null}
 */
function envelopeOf(id, session, ground) {
  const parcel = session.graph.parcel(id);
  return parcel ? session.graph.envelope(parcel) : ground.envelopeOf(id);
}

/**
 * Halve a box until it can be loaded: about a place in it, else about its middle.
 * @param {Box | null} box
 * @param {LonLat | null} place
 * @param {(box: Box) => boolean} isLoadable
 * @returns {Box | null} null where even a small one holds too much
 */
export function narrowed(box, place, isLoadable) {
  if (!box) return null;
  const isInside = place && place.lon >= box[0] && place.lon <= box[2] && place.lat >= box[1] && place.lat <= box[3];
  const { lon, lat } = isInside ? place : { lon: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2 };
  let next = box;
  for (let halving = 0; halving <= MOST_HALVINGS; halving += 1) {
    if (isLoadable(next)) return next;
    next = [(next[0] + lon) / 2, (next[1] + lat) / 2, (next[2] + lon) / 2, (next[3] + lat) / 2];
  }
  return null;
}
