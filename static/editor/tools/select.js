/**
 * @module tools/select
 */

/** @import {Bench, Tool} from './tool.js' */
/** @import {Pointed} from '../map_view.js' */

import { edgeKey } from '../land/edges.js';
import { nearestEdge, snapIndex } from '../snapping/snap_index.js';

const EDGE_PX = 7;

/**
 * Read the parcel under the pointer; on empty ground, none. With Shift it is selected besides the others.
 * @type {Tool['click']}
 */
export function selectAt({ session, pick }, { place, event }) {
  if (event.shiftKey) session.toggle(pick(place));
  else session.select(pick(place));
}

/** @type {Tool} */
export const selectTool = {
  name: 'select', key: 'v', label: 'Select', icon: 'select', edits: false, hasPoints: false, hasMiddles: false,
  hint: ({ session }) => {
    if (!session.state.selected) return 'Click a parcel, or press Enter on the map for the one in the middle';
    if (session.state.also.length > 0) return session.canEdit ? 'Press G to merge them' : '';
    return session.canEdit ? 'Press M to move its points; hold Shift to select more, or draw a box with it' : '';
  },
  click: (bench, pointed) => {
    if (!chooseEdge(bench, pointed)) selectAt(bench, pointed);
  },
  activate: () => undefined,
  drag: () => null,
};

/**
 * While lengths and bearings are shown, a click on a side of the selected parcel means that side.
 * @param {Bench} bench
 * @param {Pointed} pointed
 * @returns {boolean}
 */
function chooseEdge({ session, view }, { pixel: [x, y], event }) {
  const [parcel] = session.chosen;
  if (!session.state.hasCourses || !parcel || session.state.also.length > 0 || event.shiftKey) return false;
  const edge = nearestEdge(snapIndex(session.graph, { box: view.box, project: view.projection(), exclude: new Set(), parcels: [parcel] }), x, y, EDGE_PX);
  if (edge) session.set({ edge: edgeKey(edge.a.id, edge.b.id) });
  return edge !== null;
}
