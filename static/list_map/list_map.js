/**
 * The small map above a list: a box drawn on it, typed, or taken from its view, narrows the list, or a polygon drawn on it. They
 * travel in the form's fields `bbox` and `polygon`, so in the URL. Below lie the parcels, from the same tiles as the map page's.
 *
 * @module list_map/list_map
 */

/** @import {EditorConfig} from '../editor/types.js' */
/** @import {LonLatBox} from './box.js' */

import * as L from 'leaflet';

import { MapView } from '../editor/map_view.js';
import { boxBetween, formatBox, parseBox, whyNoBox } from './box.js';
import { drawGround } from './ground_below.js';
import { formatPolygon, parsePolygon, whyNoPolygon } from './polygon.js';
import { PolygonDrawing } from './polygon_drawing.js';

/**
 * @typedef {object} ListMapConfig
 * @property {LonLatBox} home what the map shows where no box is chosen
 * @property {LonLatBox[]} rows envelopes of the rows of this page
 * @property {import('../editor/types.js').Basemap[]} basemaps
 * @property {EditorConfig['urls']} urls
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
  const polygonField = /** @type {HTMLInputElement} */ (form.elements.namedItem('polygon'));
  const sides = /** @type {HTMLInputElement[]} */ ([...details.querySelectorAll('input[data-side]')])
    .sort((a, b) => Number(a.dataset['side']) - Number(b.dataset['side']));
  const drawing = one('[data-draw]');
  const polygonDrawing = one('[data-polygon]');
  const says = one('[data-says]');
  /** @type {ListMapConfig} */
  const config = JSON.parse(/** @type {string} */ (document.getElementById('list-map-config')?.textContent));
  /** @type {L.Map | undefined} */
  let map;
  /** @type {PolygonDrawing | undefined} */
  let polygon;
  const shown = L.rectangle([[0, 0], [0, 0]], SHAPE);

  /** @param {LonLatBox | null} box */
  function choose(box) {
    field.value = box ? formatBox(box) : '';
    if (box) polygonField.value = '';
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
    const view = new MapView(one('#list-map'), config.home);
    ({ map } = view);
    const ground = drawGround(view, config);
    L.rectangle(boundsOf(config.home), { ...ROW, fill: false, dashArray: '4 4' }).addTo(map);
    for (const row of config.rows) L.rectangle(boundsOf(row), ROW).addTo(map);
    const box = parseBox(field.value);
    const corners = parsePolygon(polygonField.value)?.map(([lng, lat]) => L.latLng(lat, lng));
    const shape = corners ? L.polygon(corners, SHAPE).addTo(map).getBounds() : boundsOf(box ?? config.home);
    map.fitBounds(shape, { animate: false, padding: [12, 12] });
    void ground.start();
    show(box);
    drawOn(map);
    polygon = new PolygonDrawing(map, { shape: SHAPE, onEnd: takePolygon, onHint: hint });
  }

  /** @param {import('./polygon.js').Corner[]} corners */
  function takePolygon(corners) {
    polygonDrawing.setAttribute('aria-pressed', 'false');
    if (corners.length === 0) return;
    const why = whyNoPolygon(corners);
    if (why) {
      hint(why);
      return;
    }
    choose(null);
    polygonField.value = formatPolygon(corners);
    form.requestSubmit();
  }

  /** @param {string} text above the map */
  function hint(text) {
    one('[data-hint]').textContent = text;
    one('[data-hint]').hidden = !text;
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
  drawing.addEventListener('click', () => {
    polygon?.end(true);
    setDrawing(!isDrawing());
  });
  polygonDrawing.addEventListener('click', () => {
    setDrawing(false);
    if (polygon?.isDrawing) polygon.end(true);
    else {
      polygon?.begin();
      polygonDrawing.setAttribute('aria-pressed', 'true');
      one('#list-map').focus();
    }
  });
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    setDrawing(false);
    polygon?.end(true);
  });
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
      polygonField.value = '';
    }
    field.disabled = field.value === '';
    polygonField.disabled = polygonField.value === '';
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
