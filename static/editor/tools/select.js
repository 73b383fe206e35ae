/**
 * @module tools/select
 */

/** @import {Tool} from './tool.js' */

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
    return session.canEdit ? 'Press M to move its points; hold Shift to select more' : '';
  },
  click: selectAt,
  activate: () => undefined,
  drag: () => null,
};
