/**
 * The sides of the selected parcel: length, bearing, neighbour. Pointer or focus on a side marks it on the map; choosing it
 * says whose it is, and leads to the neighbour.
 *
 * @module panels/edges
 */

/** @import {Edge} from '../land/edges.js' */
/** @import {Memory} from '../layers.js' */
/** @import {Session} from '../session.js' */
/** @import {Parcel} from '../types.js' */

import { label, labels } from '../actions/ring_repair.js';
import { courseText, NOTATIONS, notationNamed } from '../numbers/bearing.js';
import { meaningOf } from '../numbers/course.js';
import { fill, h, setAttribute } from '../dom.js';
import { courseOfSide, edgeOf, sidesOf } from '../land/edges.js';
import { counted, length } from '../format.js';

export const REMEMBERED_AS = 'spatial-admin.bearings';
/** A road of twenty thousand points is read on the map, not in a list. */
const MOST_ROWS = 500;

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {{isGeographic: boolean, srid: number}} storage
 * @param {Memory | null} memory
 */
export function createEdges(place, session, storage, memory) {
  const shown = h('input', { type: 'checkbox', change: () => session.set({ hasCourses: shown.checked }) });
  const notation = h('select', { id: 'bearings', change: () => {
    memory?.setItem(REMEMBERED_AS, notation.value);
    session.set({ bearings: notationNamed(notation.value) });
  } }, ...Object.entries(NOTATIONS).map(([value, text]) => h('option', { value }, text)));
  const chosen = h('p', { class: 'edge-chosen', role: 'status' });
  const list = h('ol', { class: 'edges', 'aria-label': 'Sides' });
  const total = h('p', { class: 'quiet' });
  place.append(
    h('label', { class: 'edges-switch' }, shown, h('span', {}, 'Lengths and bearings on the map'), h('kbd', { 'aria-hidden': 'true' }, 'E')),
    h('label', { class: 'field', for: 'bearings' }, 'Bearings'), notation, h('p', { class: 'quiet' }, meaningOf(storage)), chosen, list, total);
  /** The side that was chosen, to which the mark goes back from one that was only pointed at. @type {string | null} */
  let pinned = null;
  let isPointing = false;
  /** @param {string | null} key */
  const point = (key) => {
    isPointing = true;
    session.set({ edge: key ?? pinned });
    isPointing = false;
  };

  /** @param {string} key of a side that the pointer or the focus has marked already */
  const choose = (key) => {
    pinned = key;
    point(key);
    renderChosen();
  };
  /**
   * @param {Parcel} parcel
   * @param {Edge} edge
   * @returns {HTMLElement}
   */
  const row = (parcel, edge) => h('li', {},
    h('button', {
      type: 'button', class: 'edge', 'data-edge': edge.key, click: () => choose(edge.key),
      focus: () => point(edge.key), blur: () => point(null), pointerenter: () => point(edge.key), pointerleave: () => point(null),
      'aria-label': `${courseText(edge.course, session.state.bearings)}, ${sentence(parcel, edge)}`,
    }, courseText(edge.course, session.state.bearings)),
    ...edge.neighbours.map((other) => h('button', { type: 'button', class: 'link', 'aria-label': `Select the neighbour ${label(other)}`, click: () => session.select(other.id) }, label(other))));

  const renderChosen = () => {
    const parcel = session.chosen[0];
    const side = parcel && pinned ? sidesOf(session.graph, parcel).find((one) => one.key === pinned) : undefined;
    const edge = parcel && side ? edgeOf(session.graph, parcel, side) : undefined;
    chosen.hidden = !edge;
    chosen.textContent = parcel && edge ? `${courseText(edge.course, session.state.bearings)}: ${sentence(parcel, edge)}` : '';
    for (const button of list.querySelectorAll('.edge')) setAttribute(button, 'aria-pressed', String(button.getAttribute('data-edge') === pinned));
  };
  const render = () => {
    if (place.hidden) return;
    const { hasCourses, bearings } = session.state;
    shown.checked = hasCourses;
    notation.value = bearings;
    const [parcel] = session.chosen;
    const edges = parcel ? sidesOf(session.graph, parcel) : [];
    const focused = document.activeElement?.getAttribute('data-edge');
    fill(list, ...(parcel ? edges.slice(0, MOST_ROWS).map((side) => row(parcel, edgeOf(session.graph, parcel, side))) : []));
    if (focused) [...list.querySelectorAll('button')].find((button) => button.getAttribute('data-edge') === focused)?.focus();
    const perimeter = edges.reduce((sum, side) => sum + courseOfSide(session.graph, side).metres, 0);
    total.textContent = edges.length === 0 ? '' : `${counted(edges.length, 'side')}, together ${length(perimeter)}${edges.length > MOST_ROWS ? `; the first ${MOST_ROWS} are listed` : ''}`;
    renderChosen();
  };
  session.subscribe((state, before) => {
    if (state.edge !== before.edge && !isPointing) {
      pinned = state.edge;
      renderChosen();
    }
    if (/** @type {const} */ (['draft', 'selected', 'also', 'hasCourses', 'bearings']).some((name) => state[name] !== before[name])) render();
  });
  return { show: render };
}

/**
 * @param {Parcel} parcel
 * @param {Edge} edge
 * @returns {string}
 */
function sentence(parcel, { neighbours }) {
  return neighbours.length === 0 ? `side of ${label(parcel)} alone` : `between ${label(parcel)} and ${labels(neighbours)}`;
}
