/**
 * The county below what a small map shows, from the same tiles as the map page's.
 *
 * @module list_map/ground_below
 */

/** @import {Basemap, EditorConfig} from '../editor/types.js' */

import { Api } from '../editor/api.js';
import { Ground } from '../editor/tiles/ground.js';
import { Layers } from '../editor/layers.js';
import { onThemeChange, readTheme } from '../editor/paint/theme.js';

/**
 * What is wrong with the connection is told by the page around it.
 * @param {import('../editor/map_view.js').MapView} view
 * @param {{urls: EditorConfig['urls'], basemaps: Basemap[]}} config
 * @returns {Ground}
 */
export function drawGround(view, { urls, basemaps: [basemap] }) {
  const layers = new Layers([], null, 'parcels,labels');
  const theme = () => readTheme(view.container);
  const ground = new Ground(new Api({ urls }), view, { theme: theme(), layers, onCondition: () => undefined, onChange: () => undefined });
  ground.addNumbers();
  onThemeChange(() => ground.setTheme(theme()));
  if (basemap) {
    view.setBasemap(basemap);
    layers.setOverBasemap(true);
  }
  return ground;
}
