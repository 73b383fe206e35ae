/**
 * The control of layers: what is shown, switches, the operator's base maps, and a legend of what lies in view.
 *
 * @module panels/layers
 */

/** @import {Ground} from '../tiles/ground.js' */
/** @import {Layer, Layers} from '../layers.js' */
/** @import {MapView} from '../map_view.js' */
/** @import {Theme} from '../paint/theme.js' */
/** @import {Basemap} from '../types.js' */

import { fill, h, icon, setAttribute } from '../dom.js';
import { counted } from '../format.js';
import { findingSwatch, shadeSwatch, zoneSwatch } from './swatches.js';
import { ruleName } from '../paint/paint_place.js';

/**
 * Of a layer that tiles do not have. `onChange` tells when it has others, `none` stands where it has no entry.
 * @typedef {{entries: () => HTMLElement[], onChange: (listener: () => void) => void, none: string}} Legend
 */

/**
 * @param {HTMLElement} place
 * @param {{view: MapView, layers: Layers, ground: Ground | null, basemaps: Basemap[], legends: ReadonlyMap<string, Legend>, theme: () => Theme}} shown
 * @returns {() => void} opens the panel and goes there, or closes it
 */
export function createLayers(place, { view, layers, ground, basemaps, legends, theme }) {
  const names = h('span', {});
  const button = h('button', { type: 'button', class: 'layers-button', 'aria-expanded': 'false', 'aria-controls': 'layers-panel',
    'aria-keyshortcuts': 'L', title: 'Layers and legend (L)', click: () => toggle() }, icon('layers'), h('span', { class: 'visually-hidden' }, 'Layers: '), names);
  const rows = layers.offered.map((layer) => layerRow(layer, layers));
  const panel = h('div', { id: 'layers-panel', class: 'layers-panel', role: 'group', 'aria-label': 'Layers', hidden: true, keydown: leave },
    ...rows.map(({ row }) => row), basemaps.length > 0 && basemapRow(view, layers, basemaps));
  place.append(button, panel);

  /** @param {KeyboardEvent} event */
  function leave(event) {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    toggle();
  }
  function toggle() {
    panel.hidden = !panel.hidden;
    setAttribute(button, 'aria-expanded', String(!panel.hidden));
    if (panel.hidden) button.focus();
    else render();
    if (!panel.hidden) rows[0]?.input.focus();
  }
  function render() {
    const shown = layers.offered.filter(({ name }) => layers.shown.has(name));
    names.textContent = shown.map(({ label }) => label).join(' · ') || 'No layers';
    for (const { layer, input } of rows) input.checked = layers.shown.has(layer.name);
    if (panel.hidden || !ground) return;
    const contents = ground.contents;
    for (const { layer, legend } of rows) fill(legend, ...(layers.shown.has(layer.name) ? explained(layer, contents) : []));
  }
  /** Legends that have been told to be drawn again when they change. @type {Set<Legend>} */
  const followed = new Set();
  /** @param {Layer} layer @param {import('../tiles/tile_picking.js').InView} contents */
  function explained(layer, contents) {
    const own = legends.get(layer.name);
    if (!own || !ground) return ground ? legendOf(layer, contents, ground.isOverview, theme()) : [];
    if (!followed.has(own)) own.onChange(render);
    followed.add(own);
    const entries = own.entries();
    return entries.length > 0 ? entries : [h('li', { class: 'none' }, own.none)];
  }
  layers.subscribe(render);
  view.onViewChange(render);
  ground?.onTiles(render);
  render();
  return toggle;
}

/**
 * @param {Layer} layer
 * @param {Layers} layers
 */
function layerRow(layer, layers) {
  const input = h('input', { type: 'checkbox', role: 'switch', change: () => layers.toggle(layer.name) });
  const key = layer.key.toUpperCase();
  const legend = h('ul', { class: 'legend', 'aria-label': `Legend of ${layer.label.toLowerCase()}` });
  const label = h('label', { class: 'switch', title: `${layer.label} (Shift+${key})` }, input, h('span', {}, layer.label), h('kbd', { 'aria-hidden': 'true' }, `⇧${key}`));
  setAttribute(input, 'aria-keyshortcuts', `Shift+${key}`);
  return { layer, input, legend, row: h('div', {}, label, legend) };
}

/**
 * @param {Layer} layer
 * @param {import('../tiles/tile_picking.js').InView} contents
 * @param {boolean} isOverview
 * @param {Theme} theme
 * @returns {HTMLElement[]}
 */
function legendOf({ name }, { districts, rules, severities }, isOverview, theme) {
  if (name === 'parcels') return isOverview ? [entry(shadeSwatch(theme), 'Darker where parcels are smaller')] : [];
  if (name === 'zoning') {
    const entries = districts.map(({ code, name: called }) => entry(zoneSwatch(code, theme), called === code ? '' : called, code));
    return entries.length > 0 ? entries : [h('li', { class: 'none' }, 'No district in view')];
  }
  if (name !== 'findings') return [];
  const entries = [...rules].sort().map(([rule, count]) => entry(findingSwatch(rule, theme, severities.get(rule)), counted(count, 'open finding'), rule && ruleName(rule)));
  return entries.length > 0 ? entries : [h('li', { class: 'none' }, 'None in view')];
}

/**
 * @param {HTMLElement} swatch
 * @param {string} text
 * @param {string} [code]
 * @returns {HTMLElement}
 */
function entry(swatch, text, code = '') {
  return h('li', {}, swatch, code && h('b', {}, code), text && h('span', {}, text));
}

/**
 * @param {MapView} view
 * @param {Layers} layers
 * @param {Basemap[]} basemaps
 * @returns {HTMLElement}
 */
function basemapRow(view, layers, basemaps) {
  const choose = () => {
    const basemap = basemaps[Number(select.value)] ?? null;
    view.setBasemap(basemap);
    layers.setOverBasemap(basemap !== null);
  };
  const select = h('select', { change: choose }, h('option', { value: -1 }, 'None'), ...basemaps.map(({ name }, index) => h('option', { value: index }, name)));
  return h('label', { class: 'basemap' }, h('span', {}, 'Base map'), select);
}
