/**
 * The boundaries that a fix would bring and take, drawn on the map while somebody looks at it: those that come are full
 * lines, those that go are dashed.
 *
 * @module findings/fix_preview
 */

/** @import {Frame, MapView} from '../map_view.js' */
/** @import {Theme} from '../paint/theme.js' */
/** @import {Refusal} from '../types.js' */
/** @import {Fix} from './fixes_api.js' */

import { readTheme } from '../paint/theme.js';

const WIDTH_PX = 3;

export class FixPreview {
  /** @param {MapView} view */
  constructor(view) {
    /** @type {Fix | null} */
    this.shown = null;
    this.surface = view.addSurface('fix', (frame) => {
      if (this.shown) paintChange(frame, this.shown.preview, readTheme(view.container));
    });
  }

  /** @param {Fix | null} fix null to show none */
  show(fix) {
    if (fix === this.shown) return;
    this.shown = fix;
    this.surface.repaint();
  }
}

/**
 * @param {Frame} frame
 * @param {{come: Refusal['place'], gone: Refusal['place']}} change boundaries that come and go
 * @param {Theme} theme
 */
export function paintChange(frame, { come, gone }, theme) {
  paintLines(frame, gone, { under: theme.surface, line: theme.bad, dash: [5, 5] });
  paintLines(frame, come, { under: theme.surface, line: theme.good, dash: [] });
}

/**
 * @param {Frame} frame
 * @param {Refusal['place']} geometry lines, GeoJSON
 * @param {{under: string, line: string, dash: number[]}} style `under` sets it off from what lies below
 */
function paintLines({ context, project }, geometry, { under, line, dash }) {
  const lines = /** @type {[number, number][][]} */ (geometry?.type === 'MultiLineString' ? geometry.coordinates : []);
  context.beginPath();
  for (const places of lines) {
    places.forEach(([lon, lat], index) => {
      const [x, y] = project({ lon, lat });
      if (index === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
  }
  for (const [colour, width] of /** @type {[string, number][]} */ ([[under, WIDTH_PX + 3], [line, WIDTH_PX]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(colour === line ? dash : []);
    context.stroke();
  }
  context.setLineDash([]);
}
