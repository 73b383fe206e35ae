/**
 * The map on the page of a draft that waits: the parcels as they are, and over them the boundaries that go (dashed) and
 * those that come, from the same tiles and by the same strokes as fixes on the map page.
 *
 * @module draft_map/draft_map
 */

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
  const change = view.addSurface('change', (frame) => paintChange(frame, preview, theme()));
  onThemeChange(() => {
    ground.setTheme(theme());
    change.repaint();
  });
  const lines = [preview.come, preview.gone].flatMap((geometry) => /** @type {[number, number][][]} */ (geometry?.coordinates ?? []));
  const changed = boxOf(lines.flat().map(([lon, lat]) => ({ lon, lat })));
  view.fit(changed ? widen(changed, AROUND, LEAST_AROUND_M) : home, { animate: false, maxZoom: 21 });
  void ground.start();
}
