/**
 * The layer of the map that shows tiles, each on a canvas of its own. Leaflet says which squares are in view, keeps those
 * of the last zoom until the new ones are there, and takes them away; the store has the tiles, a painter paints them.
 *
 * A canvas has as many pixels as the screen shows of it, also at half zooms, so that lines stay sharp.
 *
 * @module tile_layer
 */

/** @import {DecodedTile} from './tile_decoding.js' */
/** @import {Square, TileName} from './tile_grid.js' */
/** @import {TileFrame} from '../paint/paint_tile.js' */
/** @import {TileStore} from './tile_store.js' */
/** @import {Box} from '../types.js' */

import * as L from 'leaflet';

import { ancestorOf, keyOf, squareOf, TILE_PX, tileMeets } from './tile_grid.js';

/** @typedef {(frame: TileFrame, tile: DecodedTile, name: TileName) => void} TilePainter */

/**
 * @typedef {object} Shown
 * @property {HTMLCanvasElement} canvas
 * @property {Square} square
 * @property {number} zoom the map's, of its grid
 * @property {boolean} isCurrent whether it shows its own tile, and not one from further out for the time being
 */

export class TileLayer extends L.GridLayer {
  /**
   * @param {TileStore} store
   * @param {TilePainter} painter
   * @param {{pane: string, extent: Box}} options `extent`: of the county
   */
  constructor(store, painter, { pane, extent }) {
    super({ tileSize: TILE_PX, pane, keepBuffer: 1, minZoom: 0, maxZoom: 24 });
    this.store = store;
    this.painter = painter;
    this.extent = extent;
    /** @type {Map<HTMLElement, Shown>} */
    this.shown = new Map();
    this.scale = 1;
    this.on('tileunload', (event) => this.#unload(event.tile));
  }

  /**
   * @override
   * @param {L.Map} map
   */
  onAdd(map) {
    super.onAdd(map);
    map.on('zoomend', this.#rescale, this);
    return this;
  }

  /**
   * @override
   * @param {L.Coords} coords
   * @param {L.DoneCallback} done
   * @returns {HTMLElement}
   */
  createTile(coords, done) {
    const canvas = L.DomUtil.create('canvas', 'tile');
    const shown = { canvas, square: squareOf(coords), zoom: coords.z, isCurrent: false };
    this.shown.set(canvas, shown);
    this.store.take(shown.square.tile);
    if (this.#paint(shown)) queueMicrotask(() => done(undefined, canvas));
    else this.#doneLater.set(canvas, done);
    this.#sayBusy();
    return canvas;
  }

  /** @type {Map<HTMLElement, L.DoneCallback>} squares with nothing to show yet */
  #doneLater = new Map();

  /**
   * A tile has come, or come again.
   * @param {TileName} name
   */
  update(name) {
    const key = keyOf(name);
    for (const shown of this.shown.values()) {
      const isItsOwn = keyOf(shown.square.tile) === key;
      if ((isItsOwn || this.#doneLater.has(shown.canvas)) && this.#paint(shown)) this.#finish(shown);
    }
    this.#sayBusy();
  }

  /**
   * Paint again the squares of these tiles.
   * @param {(tile: DecodedTile) => boolean} isChanged
   */
  repaint(isChanged = () => true) {
    for (const shown of this.shown.values()) {
      const tile = this.store.get(shown.square.tile);
      if (tile && isChanged(tile)) this.#paint(shown);
    }
  }

  /** @returns {TileName[]} the tiles in view, each once */
  get tilesInView() {
    const zoom = Math.round(this._map.getZoom());
    const names = new Map();
    for (const { square, zoom: of } of this.shown.values()) if (of === zoom) names.set(keyOf(square.tile), square.tile);
    return [...names.values()];
  }

  /** @returns {boolean} whether each tile in view is there */
  get isComplete() {
    const zoom = Math.round(this._map.getZoom());
    return [...this.shown.values()].every(({ isCurrent, zoom: of }) => isCurrent || of !== zoom);
  }

  /** Who cannot see the picture become complete is told by the map's state. */
  #sayBusy() {
    this._map.getContainer().setAttribute('aria-busy', String(!this.isComplete));
  }

  /**
   * @param {Shown} shown
   * @returns {boolean} whether there is something to show
   */
  #paint(shown) {
    const { tile: name, shift, column, row } = shown.square;
    const tile = this.store.get(name);
    shown.isCurrent = tile !== null;
    const pieces = tile ? [{ name, tile, part: { shift, column, row } }] : this.#meanwhile(shown.square);
    // Beyond the county nothing is to be expected, and an empty square is what will be shown.
    if (pieces.length === 0 && tileMeets(name, this.extent)) return false;
    const ratio = window.devicePixelRatio || 1;
    const size = Math.round(TILE_PX * ratio * this.#screenScale());
    const { canvas } = shown;
    if (canvas.width !== size) [canvas.width, canvas.height] = [size, size];
    const context = canvas.getContext('2d');
    context?.setTransform(1, 0, 0, 1, 0, 0);
    context?.clearRect(0, 0, size, size);
    for (const piece of pieces) if (context) this.painter({ context, size, ratio, ...piece.part }, piece.tile, piece.name);
    return true;
  }

  /**
   * What is here of the same ground: a tile from further out, else densities from further in.
   * @param {Square} square
   * @returns {{name: TileName, tile: DecodedTile, part: {shift: number, column: number, row: number}}[]}
   */
  #meanwhile({ tile: name, shift, column, row }) {
    const near = this.store.ancestor(name);
    if (near) {
      const { steps, tile } = near;
      const part = (/** @type {number} */ at, /** @type {number} */ within) => ((at - ((at >> steps) << steps)) << shift) + within;
      return [{ name: ancestorOf(name, steps), tile, part: { shift: shift + steps, column: part(name.x, column), row: part(name.y, row) } }];
    }
    return this.store.descendants(name).map(({ name: inner, tile }) => {
      const steps = inner.z - name.z;
      const part = (/** @type {number} */ at, /** @type {number} */ first) => -(at - (first << steps)) / 2 ** steps;
      return { name: inner, tile, part: { shift: -steps, column: part(inner.x, name.x), row: part(inner.y, name.y) } };
    });
  }

  /** @returns {number} how much larger than its own grid the map shows tiles: half zooms show those of the next */
  #screenScale() {
    const zoom = this._map.getZoom();
    return this._map.getZoomScale(zoom, Math.round(zoom));
  }

  #rescale() {
    const scale = this.#screenScale();
    if (scale !== this.scale) this.repaint();
    this.scale = scale;
  }

  /** @param {Shown} shown */
  #finish({ canvas }) {
    this.#doneLater.get(canvas)?.(undefined, canvas);
    this.#doneLater.delete(canvas);
  }

  /** @param {HTMLElement} canvas */
  #unload(canvas) {
    const shown = this.shown.get(canvas);
    if (!shown) return;
    this.shown.delete(canvas);
    this.#doneLater.delete(canvas);
    this.store.release(shown.square.tile);
    this.#sayBusy();
  }
}
