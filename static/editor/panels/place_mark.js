/**
 * The mark of a place that somebody went to by its coordinates; it stays until the next click or Escape.
 *
 * @module panels/place_mark
 */

/** @import {MapView} from '../map_view.js' */
/** @import {LonLat} from '../types.js' */

import { paintCircle, paintTag } from '../paint/painting.js';
import { readTheme } from '../paint/theme.js';

/**
 * @param {MapView} view
 * @returns {{show: (place: LonLat, label: string) => void, clear: () => void}}
 */
export function createPlaceMark(view) {
  /** @type {{place: LonLat, label: string} | null} */
  let marked = null;
  const surface = view.addSurface('place', (frame) => {
    if (!marked) return;
    const theme = readTheme(view.container);
    paintCircle(frame, marked.place, 9, { line: theme.surface, width: 5 });
    paintCircle(frame, marked.place, 9, { line: theme.accent, width: 2 });
    paintCircle(frame, marked.place, 1.5, { fill: theme.accent, line: theme.accent, width: 1 });
    paintTag(frame, marked.place, marked.label, { fill: theme.accent, ink: theme.onAccent, font: theme.tagFont });
  });
  const clear = () => {
    if (!marked) return;
    marked = null;
    surface.repaint();
  };
  view.onClick(clear);
  return {
    show: (place, label) => {
      marked = { place, label };
      surface.repaint();
    },
    clear,
  };
}
