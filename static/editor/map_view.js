/**
 * The map. The only module that names Leaflet: everybody else gives it places in degrees and asks it for pixels.
 *
 * Parcels are not Leaflet layers: they are painted on two canvases, one for what stands still and one for what is
 * being edited, so that a frame of a drag repaints a handful of shapes however many are in view.
 *
 * @module map_view
 */

/** @import {Box, LonLat} from './types.js' */

import * as L from 'leaflet';

import { metresPerDegree } from './geodesy.js';
import { mercator } from './mercator.js';

const CSS_METRES_PER_PIXEL = 0.0254 / 96;
const TILE = 256;
const MARGIN = 0.25;

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
    const { lat } = this.map.getCenter();
    const degrees = 360 / (TILE * 2 ** this.map.getZoom());
    return (degrees * metresPerDegree(lat).lon) / CSS_METRES_PER_PIXEL;
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
   * @param {{url: string, attribution: string} | null} basemap
   */
  setBasemap(basemap) {
    this.basemap?.remove();
    if (basemap) this.attribution.addTo(this.map);
    else this.attribution.remove();
    this.basemap = basemap ? L.tileLayer(basemap.url, { attribution: basemap.attribution, maxZoom: 24, maxNativeZoom: 19 }) : undefined;
    this.basemap?.addTo(this.map);
  }

  #redraw() {
    for (const surface of this.surfaces) surface.repaint();
  }
}

class Surface {
  /**
   * @param {L.Map} map
   * @param {HTMLElement} pane
   * @param {Painter} painter
   */
  constructor(map, pane, painter) {
    this.map = map;
    this.painter = painter;
    this.canvas = L.DomUtil.create('canvas', 'leaflet-zoom-animated', pane);
    this.topLeft = L.point(0, 0);
    this.corner = map.getCenter();
    this.zoom = map.getZoom();
  }

  repaint() {
    const size = this.map.getSize();
    const margin = size.multiplyBy(MARGIN).round();
    const whole = size.add(margin.multiplyBy(2));
    const ratio = window.devicePixelRatio || 1;
    this.topLeft = this.map.containerPointToLayerPoint(margin.multiplyBy(-1)).round();
    this.corner = this.map.layerPointToLatLng(this.topLeft);
    this.zoom = this.map.getZoom();
    L.DomUtil.setPosition(this.canvas, this.topLeft);
    this.#resize(whole, ratio);
    const context = this.canvas.getContext('2d');
    if (!context || whole.x === 0 || whole.y === 0) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, whole.x, whole.y);
    const far = this.map.layerPointToLatLng(this.topLeft.add(whole));
    this.painter({
      context, width: whole.x, height: whole.y,
      project: projectionFrom(this.map, this.topLeft),
      box: [this.corner.lng, far.lat, far.lng, this.corner.lat],
    });
  }

  /**
   * @param {L.Point} whole
   * @param {number} ratio
   */
  #resize(whole, ratio) {
    const width = Math.round(whole.x * ratio);
    const height = Math.round(whole.y * ratio);
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.canvas.style.width = `${whole.x}px`;
    this.canvas.style.height = `${whole.y}px`;
  }

  /**
   * While Leaflet animates a zoom, the old picture is scaled to where the new one will be.
   * @param {L.LatLng} centre
   * @param {number} zoom
   */
  animate(centre, zoom) {
    const pane = L.DomUtil.getPosition(this.map.getPane('mapPane') ?? this.canvas);
    const origin = this.map.project(centre, zoom).subtract(this.map.getSize().divideBy(2)).add(pane).round();
    const offset = this.map.project(this.corner, zoom).subtract(origin);
    L.DomUtil.setTransform(this.canvas, offset, this.map.getZoomScale(zoom, this.zoom));
  }
}

/**
 * @param {L.Map} map
 * @param {L.Point} topLeft in layer pixels
 * @returns {(place: LonLat) => [number, number]}
 */
function projectionFrom(map, topLeft) {
  const { x, y } = map.getPixelOrigin().add(topLeft);
  return mercator(TILE * 2 ** map.getZoom(), x, y);
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
