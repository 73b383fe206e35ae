/**
 * Reference layers among the layers: a switch and a button that removes it for each, and one that loads a file.
 *
 * @module reference_panel
 */

/** @import {ReferenceLayer} from './reference_layer.js' */

import { fill, h, icon } from '../dom.js';
import { counted } from '../format.js';

/**
 * @param {HTMLElement} place the panel of layers
 * @param {{load: (file: File) => void, toggle: (id: number) => void, remove: (id: number) => void}} acts
 * @returns {(layers: readonly ReferenceLayer[]) => void} shows them
 */
export function createReferencePanel(place, { load, toggle, remove }) {
  const input = h('input', { type: 'file', hidden: true, 'aria-label': 'File to load', accept: '.csv,.txt,.geojson,.json,.geojsonl,.gpkg,.fgb,.zip', change: () => {
    const [file] = input.files ?? [];
    input.value = '';
    if (file) load(file);
  } });
  const list = h('div', { role: 'group', 'aria-label': 'Reference layers' });
  place.append(h('div', { class: 'references' }, list,
    h('button', { type: 'button', class: 'link', title: 'CSV of points, GeoJSON, GeoPackage; or drop it on the map', click: () => input.click() }, 'Load a reference file…'), input));
  return (layers) => fill(list, ...layers.map(({ id, name, isShown, features }) => {
    const box = h('input', { type: 'checkbox', role: 'switch', change: () => toggle(id) });
    box.checked = isShown;
    return h('div', { class: 'reference' },
      h('label', { class: 'switch', title: name }, box, h('span', {}, name, h('small', {}, counted(features.length, 'feature')))),
      h('button', { type: 'button', class: 'close', 'aria-label': `Remove ${name}`, title: 'Remove', click: () => remove(id) }, icon('close')));
  }));
}
