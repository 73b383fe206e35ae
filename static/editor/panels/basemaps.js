/**
 * The operator's base maps, none by default.
 *
 * @module panels/basemaps
 */

/** @import {MapView} from '../map_view.js' */

import { h, icon } from '../dom.js';

/**
 * @param {HTMLElement} place
 * @param {MapView} view
 * @param {{name: string, url: string, attribution: string}[]} basemaps
 */
export function createBasemaps(place, view, basemaps) {
  if (basemaps.length === 0) {
    place.hidden = true;
    return;
  }
  const select = h('select', { 'aria-label': 'Base map', change: () => view.setBasemap(basemaps[Number(select.value)] ?? null) },
    h('option', { value: -1 }, 'No base map'),
    ...basemaps.map(({ name }, index) => h('option', { value: index }, name)));
  place.append(icon('layers'), select);
}
