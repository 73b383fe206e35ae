/**
 * What the edit would do to findings, in words; each place is a button that goes there.
 *
 * @module panels/foresight_box
 */

/** @import {Foresight, Place} from '../saving/foresight.js' */
/** @import {Graph} from '../graph.js' */
/** @import {Session} from '../session.js' */

import { label } from '../actions/ring_repair.js';
import { h } from '../dom.js';
import { measureText } from '../findings/measure.js';
import { counted } from '../format.js';
import { refusalText } from '../findings/refusal_words.js';
import { ruleName } from '../paint/paint_place.js';
import { disputeText } from '../saving/moved_disputes.js';

/**
 * @param {Session} session
 * @param {Foresight} foreseen
 * @param {(place: Place) => void} show
 * @returns {HTMLElement}
 */
export function foresightBox(session, foreseen, show) {
  const box = findingsBox(session, foreseen, show);
  const { disputed } = foreseen;
  if (disputed.length === 0) return box;
  const heading = `Moves ${disputed.length === 1 ? 'a disputed boundary' : `${disputed.length} disputed boundaries`}. It can be saved all the same:`;
  const places = disputed.map((one) => placeButton(disputeText(one), { rule: 'disputed', parcels: [], place: one.place, measure: null }, show));
  return h('div', {}, h('div', { class: 'foreseen warn', 'data-disputed': '' }, h('p', {}, heading), list(places)), box);
}

/**
 * @param {Pick<Session, 'graph' | 'terms'>} session
 * @param {Foresight} foreseen
 * @param {(place: Place) => void} show
 * @returns {HTMLElement}
 */
function findingsBox({ graph, terms }, { opened, closed, refused, reason, isPreview = false }, show) {
  if (reason !== null && refused.length === 0) return h('div', { class: 'foreseen' }, h('p', {}, reason));
  if (refused.length > 0) {
    return h('div', { class: 'foreseen bad' }, h('p', {}, `It could not be saved: ${counted(refused.length, 'place')} would break a rule.`),
      list(refused.map((refusal) => placeButton(`${ruleName(refusal.rule)}: ${refusalText(graph, refusal)}`, refusal, show))), reason === null ? null : h('p', {}, reason));
  }
  /** @param {Place[]} places */
  const listed = (places) => list(places.map((place) => placeButton(placeText(graph, place), place, show)));
  const closing = closed.length > 0 ? `Closes ${counted(closed.length, 'finding')}:` : '';
  const closedList = closed.length > 0 && listed(closed);
  if (isPreview && opened.length > 0) return h('div', { class: 'foreseen warn' }, h('p', {}, `Opens ${counted(opened.length, 'finding')}:`), listed(opened));
  if (opened.length === 0) return h('div', { class: 'foreseen good' }, h('p', {}, `${terms.rules.isOn('gap') ? 'No new overlap, no new gap.' : 'No new overlap. Gaps are not looked at here.'} ${closing}`.trim()), closedList);
  return h('div', { class: 'foreseen warn' }, h('p', {}, `Opens ${counted(opened.length, 'finding')}:`), listed(opened), closing ? h('p', {}, closing) : null, closedList);
}

/**
 * @param {Graph} graph
 * @param {Place} place
 * @returns {string} "sliver between 130 and 395, 0.42 m²"
 */
function placeText(graph, { rule, parcels, measure }) {
  const names = parcels.map((id) => {
    const parcel = graph.parcel(id) ?? graph.base.parcels.get(id);
    return parcel ? label(parcel) : id;
  });
  const where = `${names.length > 1 ? 'between' : 'of'} ${new Intl.ListFormat('en').format(names)}`;
  return [`${ruleName(rule).toLowerCase()} ${where}`, measureText(rule, measure)].filter(Boolean).join(', ');
}

/**
 * @param {string} text
 * @param {Place} place
 * @param {(place: Place) => void} show
 * @returns {HTMLElement}
 */
function placeButton(text, place, show) {
  return place.place ? h('button', { type: 'button', class: 'link', click: () => show(place) }, text) : h('span', {}, text);
}

/**
 * @param {HTMLElement[]} items
 * @returns {HTMLElement}
 */
function list(items) {
  return h('ul', {}, ...items.map((item) => h('li', {}, item)));
}
