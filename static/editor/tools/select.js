/**
 * @module tools/select
 */

/** @import {Tool} from './tool.js' */

/**
 * Read the parcel under the pointer; on empty ground, none.
 * @type {Tool['click']}
 */
export function selectAt({ session, pick }, { place }) {
  session.select(pick(place));
}

/** @type {Tool} */
export const selectTool = {
  name: 'select', key: 'v', label: 'Select', icon: 'select', edits: false, hasPoints: false, hasMiddles: false,
  hint: ({ session }) => {
    if (!session.state.selected) return 'Click a parcel, or press Enter on the map for the one in the middle';
    return session.canEdit ? 'Press M to move its points' : '';
  },
  click: selectAt,
  activate: () => undefined,
  drag: () => null,
};
