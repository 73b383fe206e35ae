/**
 * The search of the map page: a parcel that is found is opened, a place gets a mark until something else is found or Escape is
 * pressed. The keyboard goes with it to the map.
 *
 * @module panels/map_search
 */

/** @import {Editor} from '../editor.js' */
/** @import {EditorConfig} from '../types.js' */

import { createPlaceMark } from './place_mark.js';
import { createSearch } from './search.js';

const CLOSE_ZOOM = 19;

/**
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {(id: string) => void} open
 * @returns {() => void} goes to its field
 */
export function offerSearch({ api, view }, config, open) {
  const input = /** @type {HTMLInputElement | null} */ (document.getElementById('search'));
  const list = document.getElementById('search-results');
  if (!input || !list) return () => undefined;
  const mark = createPlaceMark(view);
  createSearch(input, list, api, { srid: config.srid, isGeographic: config.is_geographic, home: config.home_bbox }, {
    toParcel: (found) => {
      mark.clear();
      open(found.parcel_id);
      view.takeKeyboard();
    },
    toPlace: (place, label) => {
      mark.show(place, label);
      view.goTo(place, Math.max(view.position.zoom, CLOSE_ZOOM));
      view.takeKeyboard();
    },
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') mark.clear();
  });
  return () => input.focus();
}
