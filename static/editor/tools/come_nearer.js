/**
 * From the state to a lot: where only densities are seen there is no parcel to choose, so a click, or Enter on the map, means the
 * place, and the map comes nearer to it.
 *
 * @module tools/come_nearer
 */

/** @import {EditorMap} from '../editor_map.js' */
/** @import {Pointed} from '../map_view.js' */

/** Levels of zoom: so much that a town fills the view where a county did. */
const NEARER = 2;

/**
 * @param {Pick<EditorMap, 'bench' | 'ground' | 'tool'>} map
 * @param {Pick<Pointed, 'place' | 'event'>} pointed
 * @returns {boolean} whether that is what was meant; with another tool, with Shift and on a parcel that is loaded it is not
 */
export function comesNearer({ bench: { pick, view }, ground, tool }, { place, event }) {
  if (!ground?.isOverview || tool.name !== 'select' || event.shiftKey || pick(place)) return false;
  // The second of a double click belongs to the first.
  if (event.detail < 2) view.goTo(place, view.position.zoom + NEARER);
  return true;
}
