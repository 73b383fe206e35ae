/**
 * The small map above a list: a box drawn on it, typed, or taken from its view, narrows the list. The box travels in the
 * form's field `bbox`, so in the URL.
 *
 * @module list_map/list_map
 */

/** @import {LonLatBox} from './box.js' */

import * as L from 'leaflet';
import { boxBetween, formatBox, parseBox, whyNoBox } from './box.js';

/**
 * @typedef {object} ListMapConfig
 * @property {LonLatBox} home what the map shows where no box is chosen
 * @property {LonLatBox[]} rows envelopes of the rows of this page
 * @property {{url: string, attribution: string}[]} basemaps
 */

const SHAPE = { weight: 2, color: 'var(--accent)', fillColor: 'var(--accent)', fillOpacity: 0.12, interactive: false };
const ROW = { weight: 1, color: 'var(--parcel-line)', fillColor: 'var(--touched-line)', fillOpacity: 0.35, interactive: false };

const place = /** @type {HTMLDetailsElement | null} */ (document.querySelector('details.list-map'));
if (place) start(place);

/** @param {HTMLDetailsElement} details */
function start(details) {
  const one = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (details.querySelector(selector));
  const form = /** @type {HTMLFormElement} */ (details.closest('form'));
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem('bbox'));
  const sides = /** @type {HTMLInputElement[]} */ ([...details.querySelectorAll('input[data-side]')])
    .sort((a, b) => Number(a.dataset['side']) - Number(b.dataset['side']));
  const drawing = one('[data-draw]');
  const says = one('[data-says]');
  /** @type {ListMapConfig} */
  const config = JSON.parse(/** @type {string} */ (document.getElementById('list-map-config')?.textContent));
  /** @type {L.Map | undefined} */
  let map;
  const shown = L.rectangle([[0, 0], [0, 0]], SHAPE);

  /** @param {LonLatBox | null} box */
  function choose(box) {
    field.value = box ? formatBox(box) : '';
    sides.forEach((side, index) => { side.value = box ? String(box[index]) : ''; });
    say('');
    show(box);
  }

  /** @param {LonLatBox | null} box */
  function show(box) {
    if (!map) return;
    if (!box) shown.remove();
    else shown.setBounds(boundsOf(box)).addTo(map);
  }

  /** @param {string} why */
  function say(why) {
    says.textContent = why;
    says.hidden = !why;
    for (const side of sides) side.toggleAttribute('aria-invalid', Boolean(why));
  }

  function open() {
    if (map || !details.open) return;
    map = L.map(one('#list-map'), { zoomControl: true, attributionControl: config.basemaps.length > 0, boxZoom: false });
    const [basemap] = config.basemaps;
    if (basemap) L.tileLayer(basemap.url, { attribution: basemap.attribution, maxZoom: 22, maxNativeZoom: 19 }).addTo(map);
    L.rectangle(boundsOf(config.home), { ...ROW, fill: false, dashArray: '4 4' }).addTo(map);
    for (const row of config.rows) L.rectangle(boundsOf(row), ROW).addTo(map);
    const box = parseBox(field.value);
    map.fitBounds(boundsOf(box ?? config.home), { padding: [16, 16] });
    show(box);
    drawOn(map);
  }

  /** @param {L.Map} on */
  function drawOn(on) {
    /** @type {L.LatLng | null} */
    let from = null;
    on.on('mousedown', (event) => { if (isDrawing()) from = event.latlng; });
    on.on('mousemove', (event) => { if (from) show(boxBetween(from, event.latlng)); });
    on.on('mouseup', (event) => {
      if (!from) return;
      const box = boxBetween(from, event.latlng);
      from = null;
      setDrawing(false);
      if (box) {
        choose(box);
        form.requestSubmit();
      }
    });
  }

  const isDrawing = () => drawing.getAttribute('aria-pressed') === 'true';
  /** @param {boolean} is */
  function setDrawing(is) {
    drawing.setAttribute('aria-pressed', String(is));
    one('#list-map').classList.toggle('is-drawing', is);
    if (is) map?.dragging.disable();
    else map?.dragging.enable();
  }

  details.addEventListener('toggle', open);
  drawing.addEventListener('click', () => setDrawing(!isDrawing()));
  details.addEventListener('keydown', (event) => { if (event.key === 'Escape') setDrawing(false); });
  one('[data-view]').addEventListener('click', () => {
    if (!map) return;
    choose(boxBetween(map.getBounds().getSouthWest(), map.getBounds().getNorthEast()));
    form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    if (sides.every((side) => side.value.trim() === '')) field.value = '';
    else {
      const typed = sides.map((side) => (side.value.trim() === '' ? NaN : Number(side.value)));
      const why = whyNoBox(typed);
      if (why) {
        event.preventDefault();
        details.open = true;
        say(why);
        sides.find((side) => side.value.trim() === '')?.focus();
        return;
      }
      // What was typed, unless it is what the URL holds already, to the last digit.
      field.value = formatBox(/** @type {LonLatBox} */ (typed));
    }
    field.disabled = field.value === '';
  });
  open();
}

/**
 * @param {LonLatBox} box
 * @returns {L.LatLngBoundsExpression}
 */
function boundsOf([west, south, east, north]) {
  return [[south, west], [north, east]];
}
