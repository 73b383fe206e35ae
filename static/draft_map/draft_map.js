/**
 * The map on the page of a draft that waits: the parcels as they are, and over them the boundaries that go (dashed) and
 * those that come, from the same tiles and by the same strokes as fixes on the map page.
 *
 * @module draft_map/draft_map
 */

/** @import {Frame} from '../editor/map_view.js' */
/** @import {Theme} from '../editor/paint/theme.js' */
/** @import {Basemap, Box, EditorConfig, Refusal} from '../editor/types.js' */

import { Api } from '../editor/api.js';
import { paintChange } from '../editor/findings/fix_preview.js';
import { Layers } from '../editor/layers.js';
import { MapView } from '../editor/map_view.js';
import { onThemeChange, readTheme } from '../editor/paint/theme.js';
import { boxOf, widen } from '../editor/storage/geodesy.js';
import { Ground } from '../editor/tiles/ground.js';

/**
 * @typedef {object} DraftMapConfig
 * @property {Box} home where its parcels lie
 * @property {{come: Refusal['place'], gone: Refusal['place']}} preview lines in degrees
 * @property {Basemap[]} basemaps
 * @property {EditorConfig['urls']} urls
 */

/** Metres around a change of a millimetre: what lies beside it is still seen. */
const LEAST_AROUND_M = 8;
const AROUND = 0.5;
/** What is smaller on the page is ringed, so that it is seen where others lie far from it. */
const SMALL_PX = 20;
const RING_PX = 14;

const container = document.getElementById('draft-map');
if (container) start(container, JSON.parse(document.getElementById('draft-map-config')?.textContent ?? '{}'));

/**
 * @param {HTMLElement} place
 * @param {DraftMapConfig} config
 */
function start(place, { home, preview, basemaps: [basemap], urls }) {
  const view = new MapView(place, home);
  const layers = new Layers([], null, 'parcels,labels');
  const theme = () => readTheme(place);
  const ground = new Ground(new Api({ urls }), view, { theme: theme(), layers, onCondition: () => undefined, onChange: () => undefined });
  ground.addNumbers();
  if (basemap) {
    view.setBasemap(basemap);
    layers.setOverBasemap(true);
  }
  const change = view.addSurface('change', (frame) => {
    paintChange(frame, preview, theme());
    ringWhatIsSmall(frame, preview, theme());
  });
  onThemeChange(() => {
    ground.setTheme(theme());
    change.repaint();
  });
  const lines = [preview.come, preview.gone].flatMap((geometry) => /** @type {[number, number][][]} */ (geometry?.coordinates ?? []));
  const changed = boxOf(lines.flat().map(([lon, lat]) => ({ lon, lat })));
  view.fit(changed ? widen(changed, AROUND, LEAST_AROUND_M) : home, { animate: false, maxZoom: 21 });
  void ground.start();
}

/**
 * @param {Frame} frame
 * @param {DraftMapConfig['preview']} preview
 * @param {Theme} theme
 */
function ringWhatIsSmall({ context, project }, { come, gone }, theme) {
  for (const [geometry, colour] of /** @type {[Refusal['place'], string][]} */ ([[gone, theme.bad], [come, theme.good]])) {
    for (const line of /** @type {[number, number][][]} */ (geometry?.coordinates ?? [])) {
      const places = line.map(([lon, lat]) => project({ lon, lat }));
      const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
      const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      if (Math.max(east - west, south - north) > SMALL_PX) continue;
      context.beginPath();
      context.arc((west + east) / 2, (north + south) / 2, RING_PX, 0, 2 * Math.PI);
      context.setLineDash([]);
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.stroke();
    }
  }
}
