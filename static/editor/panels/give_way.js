/**
 * The map gives way to the card of a tool: what is divided, joined or redrawn is wholly in sight while one decides. Only when
 * there is something new to decide about, never under a hand that draws, and never where the author looks at a part of it.
 *
 * @module panels/give_way
 */

/** @import {MapView} from '../map_view.js' */
/** @import {Session, State} from '../session.js' */

import { around } from '../storage/geodesy.js';

/** Pixels of the map's container: left, top, right, bottom. @typedef {[number, number, number, number]} Rectangle */

/** Between the card and a lot, so that its line is seen. */
const APART_PX = 10;
/** What else lies over the map, above and below. */
const [ABOVE_PX, BELOW_PX] = [56, 60];
/** A strip that is narrower shows nothing of use. */
const LEAST_PX = 90;

/**
 * @param {HTMLElement} card
 * @param {Session} session
 * @param {MapView} view
 */
export function giveWay(card, session, view) {
  let before = '';
  session.subscribe((state) => {
    const now = card.hidden ? '' : matterOf(session, state);
    if (now === before) return;
    before = now;
    const box = session.chosen.map((parcel) => session.graph.envelope(parcel)).reduce(around, null);
    if (now !== '' && box && !isDrawing(state)) bringBeside(view, card, box, isAboutAll(state));
  });
}

/**
 * @param {MapView} view
 * @param {Element} card over it
 * @param {import('../types.js').Box} box of what has to be seen
 * @param {boolean} isAboutAll also where a part of it lies out of view
 */
export function bringBeside(view, card, box, isAboutAll) {
  const [map, covered] = [view.container.getBoundingClientRect(), card.getBoundingClientRect()];
  const free = freeOf([map.width, map.height], [covered.left - map.left, covered.top - map.top, covered.right - map.left, covered.bottom - map.top], onMap(view, box), isAboutAll);
  if (free) view.fitInto(box, free);
}

/**
 * @param {Session} session
 * @param {State} state
 * @returns {string} another one where there is something else to decide, or the card has grown by what is decided
 */
function matterOf({ chosen }, { tool, plan }) {
  const more = plan?.kind === 'split' ? [plan.way, plan.way === 'parts' && plan.parts, plan.isDone] : [];
  return [tool, ...chosen.map(({ id }) => id), ...more].join(' ');
}

/**
 * @param {State} state
 * @returns {boolean} whether a line is on its way, which the map must not leave
 */
function isDrawing({ plan }) {
  return plan !== null && 'line' in plan && plan.line.length > 0 && !plan.isDone;
}

/**
 * @param {State} state
 * @returns {boolean} whether nothing is clicked that a closer look would serve
 */
function isAboutAll({ plan }) {
  return plan?.kind === 'split' && plan.way !== 'line';
}

/**
 * @param {MapView} view
 * @param {import('../types.js').Box} box
 * @returns {Rectangle}
 */
function onMap(view, [west, south, east, north]) {
  return [...view.pixelOf({ lon: west, lat: north }), ...view.pixelOf({ lon: east, lat: south })];
}

/**
 * Where the lot goes: the place beside the card or below it in which it is larger.
 * @param {[number, number]} map width and height
 * @param {Rectangle} card
 * @param {Rectangle} lot as it lies now
 * @param {boolean} isAboutAll whether it has to be seen whole also where its author looks at a part of it
 * @returns {Rectangle | null} null where the lot is seen, or lies out of the view by its author's own choice, or no place is large enough
 */
export function freeOf([width, height], card, lot, isAboutAll) {
  const isInView = lot[0] >= 0 && lot[1] >= 0 && lot[2] <= width && lot[3] <= height;
  const isCovered = lot[0] < card[2] + APART_PX && lot[2] > card[0] - APART_PX && lot[1] < card[3] + APART_PX && lot[3] > card[1] - APART_PX;
  if (isInView ? !isCovered : !isAboutAll) return null;
  /** @type {Rectangle[]} */
  const places = [[card[2] + APART_PX, ABOVE_PX, width - APART_PX, height - BELOW_PX], [APART_PX, card[3] + APART_PX, width - APART_PX, height - BELOW_PX]];
  const fit = places.map((place) => Math.min((place[2] - place[0]) / (lot[2] - lot[0]), (place[3] - place[1]) / (lot[3] - lot[1])));
  const best = /** @type {Rectangle} */ (fit[0] !== undefined && fit[1] !== undefined && Math.min(1, fit[1]) > Math.min(1, fit[0]) ? places[1] : places[0]);
  return best[2] - best[0] < LEAST_PX || best[3] - best[1] < LEAST_PX ? null : best;
}
