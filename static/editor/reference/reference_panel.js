/**
 * Reference layers among the layers: a switch for each, a button that keeps it after the edit and one that removes it, and one that loads a file.
 *
 * @module reference_panel
 */

/** @import {ReferenceLayer} from './reference_layer.js' */

import { fill, h, icon } from '../dom.js';
import { counted } from '../format.js';

/**
 * @typedef {object} Acts
 * @property {(file: File) => void} load
 * @property {(id: number) => void} toggle
 * @property {(id: number) => void} remove
 * @property {(id: number) => void} keep after the edit, or let it go with that
 */

/**
 * @param {HTMLElement} place the panel of layers
 * @param {Acts} acts
 * @returns {(layers: readonly ReferenceLayer[]) => void} shows them
 */
export function createReferencePanel(place, acts) {
  const input = h('input', { type: 'file', hidden: true, 'aria-label': 'File to load', accept: '.csv,.txt,.geojson,.json,.geojsonl,.gpkg,.fgb,.zip', change: () => {
    const [file] = input.files ?? [];
    input.value = '';
    if (file) acts.load(file);
  } });
  const list = h('div', { role: 'group', 'aria-label': 'Reference layers' });
  const button = h('button', { type: 'button', class: 'link', title: 'CSV of points, GeoJSON, GeoPackage; or drop it on the map', click: () => input.click() }, 'Load a reference file…');
  place.append(h('div', { class: 'references' }, list, button, input));
  return (layers) => {
    const focused = list.contains(document.activeElement) ? (document.activeElement?.id ?? '') : null;
    fill(list, ...layers.map((layer) => item(layer, acts)));
    // What had the focus is made anew, or gone.
    if (focused !== null) (document.getElementById(focused) ?? button).focus();
  };
}

/**
 * @param {ReferenceLayer} layer
 * @param {Acts} acts
 * @returns {HTMLElement}
 */
function item({ id, name, isShown, isKept, features }, { toggle, keep, remove }) {
  const box = h('input', { type: 'checkbox', role: 'switch', id: `reference-shown-${id}`, change: () => toggle(id) });
  box.checked = isShown;
  const fate = isKept ? 'Stays with you after this edit. Press to let it go with it' : 'Goes when this edit is saved or discarded. Press to keep it';
  return h('div', { class: 'reference' },
    h('label', { class: 'switch', title: name }, box, h('span', {}, name, h('small', {}, `${counted(features.length, 'feature')}, ${isKept ? 'stays with you' : 'with this edit'}`))),
    h('button', { type: 'button', class: 'keep', id: `reference-kept-${id}`, 'aria-pressed': String(isKept), 'aria-label': `Keep ${name}`, title: fate, click: () => keep(id) }, 'Keep'),
    h('button', { type: 'button', class: 'close', id: `reference-gone-${id}`, 'aria-label': `Remove ${name}`, title: 'Remove', click: () => remove(id) }, icon('close')));
}
