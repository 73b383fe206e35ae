/**
 * Drawing a polygon on the small map: a click sets a corner, a double click or Enter ends, Backspace takes the last corner
 * back, Escape gives up. With the keyboard alone the arrows move the map and Space sets a corner in its middle.
 *
 * @module list_map/polygon_drawing
 */

/** @import {Corner} from './polygon.js' */

import * as L from 'leaflet';

const CORNER = { radius: 4, weight: 2, color: 'var(--accent)', fillColor: 'var(--surface)', fillOpacity: 1, interactive: false };
/** A double click is two clicks on one place. */
const SAME_PLACE_PX = 4;

export class PolygonDrawing {
  /**
   * @param {L.Map} map
   * @param {{shape: L.PathOptions, onEnd: (corners: Corner[]) => void, onHint: (hint: string) => void}} options
   *   `onEnd`: the corners that were set; none where it was given up
   */
  constructor(map, { shape, onEnd, onHint }) {
    this.map = map;
    this.onEnd = onEnd;
    this.onHint = onHint;
    this.isDrawing = false;
    /** @type {L.LatLng[]} */
    this.corners = [];
    this.outline = L.polygon([], shape);
    this.dots = L.layerGroup();
    map.on('click', (event) => this.#add(event.latlng));
    map.on('mousemove', (event) => this.#show(event.latlng));
    map.on('dblclick', () => this.end());
    map.getContainer().addEventListener('keydown', (event) => this.#key(event));
  }

  begin() {
    this.isDrawing = true;
    this.corners = [];
    this.outline.addTo(this.map);
    this.dots.addTo(this.map);
    this.map.getContainer().classList.add('is-drawing', 'is-drawing-polygon');
    this.#show();
  }

  /** @param {boolean} [isGivenUp] */
  end(isGivenUp = false) {
    if (!this.isDrawing) return;
    this.isDrawing = false;
    this.outline.remove();
    this.dots.remove();
    this.map.getContainer().classList.remove('is-drawing', 'is-drawing-polygon');
    this.onHint('');
    this.onEnd(isGivenUp ? [] : this.corners.map(({ lng, lat }) => [lng, lat]));
  }

  /** @param {L.LatLng} place */
  #add(place) {
    if (!this.isDrawing) return;
    const last = this.corners.at(-1);
    const isAgain = last && this.map.latLngToContainerPoint(last).distanceTo(this.map.latLngToContainerPoint(place)) < SAME_PLACE_PX;
    if (!isAgain) this.corners.push(place);
    this.#show();
  }

  /** @param {L.LatLng} [pointer] the side that would come is shown up to it */
  #show(pointer) {
    if (!this.isDrawing) return;
    this.outline.setLatLngs(pointer ? [...this.corners, pointer] : this.corners);
    this.dots.clearLayers();
    for (const corner of this.corners) this.dots.addLayer(L.circleMarker(corner, CORNER));
    const count = this.corners.length;
    this.onHint(count < 3 ? `Click ${3 - count} more ${count === 2 ? 'corner' : 'corners'}` : `${count} corners. Double-click or Enter ends`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.isDrawing) return;
    if (event.key === ' ') this.#add(this.map.getCenter());
    else if (event.key === 'Enter') this.end();
    else if (event.key === 'Backspace') this.#takeBack();
    else return;
    event.preventDefault();
  }

  #takeBack() {
    this.corners.pop();
    this.#show();
  }
}
