/**
 * One canvas over the whole map, for shapes that many frames repaint; it is there while its painter asks for a context.
 *
 * @module surface
 */

/** @import {Painter} from '../map_view.js' */
/** @import {LonLat} from '../types.js' */

import * as L from 'leaflet';

import { mercator } from '../storage/mercator.js';

/** Width of the world at zoom 0, in pixels. */
const WORLD_PX = 256;
/** So much more than the map on every side: a drag of the map uncovers it. */
const MARGIN = 0.25;

export class Surface {
  /**
   * @param {L.Map} map
   * @param {HTMLElement} pane
   * @param {Painter} painter
   */
  constructor(map, pane, painter) {
    this.map = map;
    this.painter = painter;
    this.canvas = L.DomUtil.create('canvas', 'leaflet-zoom-animated', pane);
    this.canvas.hidden = true;
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
    if (whole.x === 0 || whole.y === 0) return;
    const far = this.map.layerPointToLatLng(this.topLeft.add(whole));
    const wipe = () => this.#wipe(whole, ratio);
    /** @type {CanvasRenderingContext2D | null} */
    let context = null;
    this.painter({
      get context() {
        return (context ??= wipe());
      },
      width: whole.x, height: whole.y,
      project: projectionFrom(this.map, this.topLeft),
      box: [this.corner.lng, far.lat, far.lng, this.corner.lat],
    });
    // Most surfaces show nothing most of the time: a canvas that nobody paints on costs neither memory nor a frame.
    if (!context && !this.canvas.hidden) wipe();
    this.canvas.hidden = !context;
  }

  /**
   * @param {L.Point} whole
   * @param {number} ratio
   * @returns {CanvasRenderingContext2D}
   */
  #wipe(whole, ratio) {
    this.#resize(whole, ratio);
    const context = this.canvas.getContext('2d');
    if (!context) throw new TypeError('this browser has no 2D canvas');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, whole.x, whole.y);
    return context;
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
export function projectionFrom(map, topLeft) {
  const { x, y } = map.getPixelOrigin().add(topLeft);
  return mercator(WORLD_PX * 2 ** map.getZoom(), x, y);
}
