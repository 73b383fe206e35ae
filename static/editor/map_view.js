/**
 * The map. Only it and the two kinds of canvas that it makes, surface.js and tile_layer.js, name Leaflet: everybody else
 * gives it places in degrees and asks it for pixels.
 *
 * Parcels are not Leaflet layers. What stands still comes from tiles, each on its canvas; what is being edited is painted
 * on a surface of its own, so that a frame of a drag repaints a handful of shapes however many are in view.
 *
 * @module map_view
 */

/** @import {TilePainter} from './tiles/tile_layer.js' */
/** @import {TileStore} from './tiles/tile_store.js' */
/** @import {Basemap, Box, LonLat} from './types.js' */

import * as L from 'leaflet';

import { metresPerDegree } from './storage/geodesy.js';
import { projectionFrom, Surface } from './paint/surface.js';
import { TileLayer } from './tiles/tile_layer.js';

const CSS_METRES_PER_PIXEL = 0.0254 / 96;
const WORLD_PX = 256;

/**
 * @typedef {object} Frame what a painter needs
 * @property {CanvasRenderingContext2D} context in CSS pixels
 * @property {(place: LonLat) => [number, number]} project pixels on this canvas
 * @property {Box} box what the canvas shows
 * @property {number} width
 * @property {number} height
 */

/** @typedef {(frame: Frame) => void} Painter */

/** @typedef {{place: LonLat, pixel: [number, number], event: MouseEvent}} Pointed */

export class MapView {
  /**
   * @param {HTMLElement} container
   * @param {Box} home
   */
  constructor(container, home) {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.map = L.map(container, {
      zoomControl: false, attributionControl: false, maxZoom: 24, minZoom: 3, zoomSnap: 0.5, boxZoom: false,
      doubleClickZoom: false, zoomAnimation: !calm, fadeAnimation: !calm, inertia: !calm, keyboardPanDelta: 60,
    });
    L.control.zoom({ position: 'bottomright' }).addTo(this.map);
    L.control.scale({ position: 'bottomright', imperial: false }).addTo(this.map);
    this.map.fitBounds(toBounds(home));
    this.container = container;
    this.handlePane = this.map.createPane('handles');
    this.attribution = L.control.attribution({ position: 'bottomleft', prefix: false });
    /** @type {Surface[]} */
    this.surfaces = [];
    this.map.on('moveend zoomend resize viewreset', () => this.#redraw());
    this.map.on('zoomanim', (event) => this.surfaces.forEach((surface) => surface.animate(event.center, event.zoom)));
    this.map.on('zoomstart', () => this.handlePane.classList.add('is-zooming'));
    this.map.on('zoomend', () => this.handlePane.classList.remove('is-zooming'));
    new ResizeObserver(() => this.map.invalidateSize({ pan: false })).observe(container);
  }

  /**
   * A canvas above those made before. `repaint` draws it again with whatever the painter then shows.
   * @param {string} name
   * @param {Painter} painter
   * @returns {{repaint: () => void}}
   */
  addSurface(name, painter) {
    const pane = this.map.createPane(name);
    pane.classList.add('surface-pane');
    const surface = new Surface(this.map, pane, painter);
    this.surfaces.push(surface);
    surface.repaint();
    return surface;
  }

  /**
   * A layer of tiles below every surface.
   * @param {TileStore} store
   * @param {TilePainter} painter
   * @param {Box} extent of what they show
   * @returns {TileLayer}
   */
  addTiles(store, painter, extent) {
    this.map.createPane('ground');
    return new TileLayer(store, painter, { pane: 'ground', extent }).addTo(this.map);
  }

  /** @param {() => void} listener after every pan, zoom and change of size */
  onViewChange(listener) {
    this.map.on('moveend resize', listener);
  }

  /** @param {(pointed: Pointed) => void} listener */
  onClick(listener) {
    this.map.on('click', (event) => listener(pointed(event)));
  }

  /** @param {(pointed: Pointed) => void} listener */
  onDoubleClick(listener) {
    this.map.on('dblclick', (event) => listener(pointed(event)));
  }

  /** @param {(pointed: Pointed | null) => void} listener null where the pointer has left */
  onPointer(listener) {
    this.map.on('mousemove', (event) => listener(pointed(event)));
    this.map.on('mouseout', () => listener(null));
  }

  /** @param {() => void} listener when the keyboard comes to the map itself or leaves it */
  onKeyboard(listener) {
    for (const event of ['focus', 'blur']) this.container.addEventListener(event, listener);
  }

  /** Give the map the keyboard: its keys move it, and the handles of points are the next stops of Tab. */
  takeKeyboard() {
    this.container.focus({ preventScroll: true });
  }

  /** @returns {boolean} whether keys move the map */
  get hasKeyboard() {
    return this.container.matches(':focus-visible');
  }

  /** @returns {Box} */
  get box() {
    const bounds = this.map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  /** @returns {LonLat} */
  get centre() {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat };
  }

  /** @returns {number} N of the scale 1 : N on a screen of 96 dpi */
  get scale() {
    return this.metresPerPixel / CSS_METRES_PER_PIXEL;
  }

  /** @returns {number} in the middle of the map */
  get metresPerPixel() {
    const degrees = 360 / (WORLD_PX * 2 ** this.map.getZoom());
    return degrees * metresPerDegree(this.map.getCenter().lat).lon;
  }

  /** @returns {{zoom: number, centre: LonLat}} */
  get position() {
    return { zoom: this.map.getZoom(), centre: this.centre };
  }

  /**
   * @param {LonLat} place
   * @returns {[number, number]} pixels from the top left corner of the map
   */
  pixelOf({ lon, lat }) {
    const { x, y } = this.map.latLngToContainerPoint([lat, lon]);
    return [x, y];
  }

  /**
   * A fast projection to map pixels for many places at once; it holds until the view changes.
   * @returns {(place: LonLat) => [number, number]}
   */
  projection() {
    return projectionFrom(this.map, this.map.containerPointToLayerPoint([0, 0]));
  }

  /**
   * @param {[number, number]} pixel
   * @returns {LonLat}
   */
  placeOf([x, y]) {
    const { lng, lat } = this.map.containerPointToLatLng([x, y]);
    return { lon: lng, lat };
  }

  /**
   * @param {MouseEvent} event
   * @returns {[number, number]}
   */
  pixelOfEvent(event) {
    const { x, y } = this.map.mouseEventToContainerPoint(event);
    return [x, y];
  }

  /**
   * @param {Box} box
   * @param {{maxZoom?: number, animate?: boolean}} [options]
   */
  fit(box, { maxZoom = 20, animate = true } = {}) {
    this.map.fitBounds(toBounds(box), { maxZoom, padding: [40, 40], ...(animate ? {} : { animate }) });
  }

  /**
   * As near as it is now, or farther where there is no room for it.
   * @param {Box} box
   * @param {[number, number, number, number]} free pixels of this map: left, top, right, bottom
   */
  fitInto(box, [left, top, right, bottom]) {
    const { x, y } = this.map.getSize();
    this.map.fitBounds(toBounds(box), { maxZoom: this.map.getZoom(), paddingTopLeft: [left, top], paddingBottomRight: [x - right, y - bottom] });
  }

  /**
   * @param {LonLat} place
   * @param {number} [zoom]
   */
  goTo({ lon, lat }, zoom = this.map.getZoom()) {
    this.map.setView([lat, lon], zoom);
  }

  /**
   * Move just so far that a place is in view: a point that the keyboard moves must not leave the screen.
   * @param {LonLat} place
   */
  keepInView({ lon, lat }) {
    this.map.panInside([lat, lon], { padding: [60, 60] });
  }

  /**
   * @param {HTMLElement} element in the handle pane
   * @param {LonLat} place
   */
  placeElement(element, { lon, lat }) {
    L.DomUtil.setPosition(element, this.map.latLngToLayerPoint([lat, lon]));
  }

  /** @param {boolean} enabled whether dragging the map moves it */
  setPanning(enabled) {
    if (enabled) this.map.dragging.enable();
    else this.map.dragging.disable();
  }

  /**
   * @param {Basemap | null} basemap
   */
  setBasemap(basemap) {
    this.basemap?.remove();
    if (basemap) this.attribution.addTo(this.map);
    else this.attribution.remove();
    this.basemap = basemap ? basemapLayer(basemap) : undefined;
    this.basemap?.addTo(this.map);
  }

  #redraw() {
    for (const surface of this.surfaces) surface.repaint();
  }
}

/**
 * @param {Basemap} basemap
 * @returns {L.TileLayer}
 */
function basemapLayer({ url, attribution, wms_layers: layers }) {
  if (!layers) return L.tileLayer(url, { attribution, maxZoom: 24, maxNativeZoom: 19 });
  return L.tileLayer.wms(url, { attribution, maxZoom: 24, layers, format: 'image/png', version: '1.3.0' });
}

/**
 * @param {Box} box
 * @returns {L.LatLngBoundsExpression}
 */
function toBounds([west, south, east, north]) {
  return [[south, west], [north, east]];
}

/**
 * @param {L.LeafletMouseEvent} event
 * @returns {Pointed}
 */
function pointed({ latlng, containerPoint, originalEvent }) {
  return { place: { lon: latlng.lng, lat: latlng.lat }, pixel: [containerPoint.x, containerPoint.y], event: originalEvent };
}
