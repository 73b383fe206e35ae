/**
 * A slider over the versions of a parcel. At its right end is the present; further left the map shows the shape that the
 * parcel had, with the difference to now.
 *
 * @module panels/shape_slider
 */

/** @import {Version} from '../past/past.js' */
/** @import {PastShape} from '../past/past_shape.js' */

import { fill, h, setAttribute } from '../dom.js';
import { dateTime, figure, signed } from '../format.js';

/** A hand that drags passes many versions; only where it rests is asked for. */
const DEBOUNCE_MS = 120;

/**
 * @param {string} id
 * @param {Version[]} versions newest first
 * @param {Version | undefined} now that the map shows
 * @param {PastShape} shape
 * @returns {{element: HTMLElement}}
 */
export function createShapeSlider(id, versions, now, shape) {
  const oldestFirst = [...versions].reverse().filter((each) => !now || each.version <= now.version);
  const said = h('output', { class: 'slider-said', for: 'shape-slider' });
  const legend = h('p', { class: 'slider-legend', hidden: true }, h('span', { class: 'mark gone', 'aria-hidden': true }), 'gone since', h('span', { class: 'mark new', 'aria-hidden': true }), 'new since');
  const slider = h('input', { type: 'range', id: 'shape-slider', min: 0, max: oldestFirst.length - 1, step: 1, input: () => move() });
  slider.value = slider.max;
  let timer = 0;
  const move = () => {
    const version = oldestFirst[Number(slider.value)];
    if (!version) return;
    const isNow = version === now;
    const text = sentence(version, now);
    setAttribute(slider, 'aria-valuetext', text);
    fill(said, text);
    legend.hidden = isNow;
    clearTimeout(timer);
    if (isNow) shape.clear();
    else timer = window.setTimeout(() => slider.isConnected && void shape.show(id, version.version), DEBOUNCE_MS);
  };
  move();
  return { element: h('div', { class: 'shape-slider' }, h('label', { class: 'field', for: 'shape-slider' }, 'Shape on the map'), slider, said, legend) };
}

/**
 * @param {Version} version
 * @param {Version | undefined} now
 * @returns {string}
 */
function sentence(version, now) {
  if (version === now) return `Version ${version.version}, as it is now`;
  const more = now ? now.area_m2 - version.area_m2 : 0;
  const change = now && Math.abs(more) >= 0.05 ? `, since then ${signed(more)} m²` : '';
  return `Version ${version.version}, ${dateTime(version.begun_at)}: ${figure(version.area_m2)} m²${change}`;
}
