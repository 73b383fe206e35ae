/**
 * The ground picture: the whole county from vector tiles, under what is being edited. It says which parcel lies where and
 * how many, hides what is painted exactly, and keeps itself true while the page is open.
 *
 * @module ground
 */

/** @import {Api} from '../api.js' */
/** @import {Base} from '../base.js' */
/** @import {Layers} from '../layers.js' */
/** @import {MapView} from '../map_view.js' */
/** @import {TileLayer} from './tile_layer.js' */
/** @import {DecodedTile} from './tile_decoding.js' */
/** @import {TileName} from './tile_grid.js' */
/** @import {Theme} from '../paint/theme.js' */
/** @import {InView} from './tile_picking.js' */
/** @import {Condition} from './tile_store.js' */
/** @import {Box, LonLat} from '../types.js' */

import { boxOf } from '../storage/geodesy.js';
import { cellWidthKm } from '../paint/paint_density.js';
import { paintGround } from '../paint/paint_ground.js';
import { paintTile } from '../paint/paint_tile.js';
import { TileChanges } from './tile_changes.js';
import { boxOfTile, DETAIL_ZOOM, placeIn, tileAt, tilesOn, tileZoomOf } from './tile_grid.js';
import { contentOf, inView, parcelInTile, parcelsWithin } from './tile_picking.js';
import { TileStore } from './tile_store.js';

/** Longer than any tile takes that is going to come. */
const SETTLED_WITHIN_MS = 2500;
/** Tiles do not wait longer for the mark of changes. */
const FIRST_MARK_WITHIN_MS = 1500;

/** @type {ReadonlySet<string>} */
const NOTHING = new Set();

export class Ground {
  /**
   * @param {Api} api
   * @param {MapView} view
   * @param {{theme: Theme, layers: Layers, onCondition: (condition: Condition) => void, onChange: (boxes: Box[] | null) => void}} told
   *   `onChange`: others changed something there, null for everywhere
   */
  constructor(api, view, { theme, layers, onCondition, onChange }) {
    this.view = view;
    this.theme = theme;
    this.layers = layers;
    layers.subscribe(() => this.#repaint());
    this.store = new TileStore((name, signal) => api.tile(name, signal, this.changes.told), { onTile: (name) => this.#arrived(name), onCondition });
    this.changes = new TileChanges(api, {
      onChange: (boxes) => {
        this.store.refresh(boxes);
        onChange(boxes);
      },
      onAnswer: () => this.store.retry(),
    });
    /** @type {TileLayer | null} */
    this.layer = null;
    /** Parcels that another surface paints. */
    this.hidden = NOTHING;
    /** Parcels whose number another surface paints. */
    this.numbered = NOTHING;
    /** Selected, while its exact boundary is on its way. @type {string | null} */
    this.picked = null;
    /** Where somebody looked for a parcel last. @type {LonLat | null} */
    this.pickedAt = null;
    /** Of the first view, which shows all there is. */
    this.home = { box: view.box, zoom: tileZoomOf(view.position.zoom) };
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    this.frame = 0;
    /** @type {Promise<void> | null} */
    this.started = null;
  }

  /** Show it. The map is where it is to begin. */
  start() {
    this.started ??= this.#start();
    return this.started;
  }

  async #start() {
    await this.changes.begin(FIRST_MARK_WITHIN_MS);
    /** @type {import('./tile_layer.js').TilePainter} */
    const painter = (frame, tile, name) => {
      const [, south, , north] = boxOfTile(name);
      paintTile(frame, tile, { hidden: this.hidden, layers: this.layers, theme: this.theme, cellKm: cellWidthKm(name.z, (south + north) / 2) });
    };
    this.layer = this.view.addTiles(this.store, painter, this.home.box);
    this.#tell();
    await this.settled(new AbortController().signal);
    // The whole county is kept, coarsely: wherever somebody goes next, there is something to show at once.
    for (const name of tilesOn(this.home.box, this.home.zoom)) this.store.take(name);
  }

  /** The surface of numbers and findings; above what stands still, below what is edited. */
  addNumbers() {
    this.numbers = this.view.addSurface('numbers', (frame) => {
      const look = { hidden: this.numbered, picked: this.picked, layers: this.layers, theme: this.theme };
      paintGround(frame, this.#inView(), look);
    });
  }

  /** @param {() => void} listener when tiles have come */
  onTiles(listener) {
    this.listeners.add(listener);
  }

  /** @param {Theme} theme */
  setTheme(theme) {
    this.theme = theme;
    this.#repaint();
  }

  #repaint() {
    this.layer?.repaint();
    this.numbers?.repaint();
  }

  /** @returns {InView} what there is to explain, by tiles in view */
  get contents() {
    return inView(this.#inView(), this.view.box);
  }

  /**
   * @param {ReadonlySet<string>} hidden parcels that are painted elsewhere
   * @param {ReadonlySet<string>} numbered of which the numbers are painted elsewhere
   * @param {string | null} picked selected, and not painted elsewhere yet
   */
  show(hidden, numbered, picked) {
    const changed = [...hidden].filter((id) => !this.hidden.has(id)).concat([...this.hidden].filter((id) => !hidden.has(id)));
    this.hidden = hidden;
    this.numbered = numbered;
    this.picked = picked;
    if (changed.length > 0) this.layer?.repaint((tile) => changed.some((id) => tile.byId.has(id)));
    this.numbers?.repaint();
  }

  /** @returns {import('../paint/paint_ground.js').TileInView[]} those that lie in view and have come */
  get tiles() {
    return this.#inView();
  }

  /** @returns {boolean} whether the view is so far out that it shows densities */
  get isOverview() {
    return tileZoomOf(this.view.position.zoom) < DETAIL_ZOOM;
  }

  /**
   * @param {LonLat} place
   * @returns {string | null} the parcel there
   */
  pick(place) {
    this.pickedAt = place;
    return this.parcelAt(place);
  }

  /**
   * @param {LonLat} place
   * @returns {string | null} the same, for who only points there
   */
  parcelAt(place) {
    for (let z = tileZoomOf(this.view.position.zoom); z >= DETAIL_ZOOM; z -= 1) {
      const { tile: name, x, y } = tileAt(place, z);
      const tile = this.store.get(name);
      if (tile) return parcelInTile(tile, x, y)?.id ?? null;
    }
    return null;
  }

  /**
   * @param {string} id
   * @returns {Box | null} of what the view shows of it
   */
  envelopeOf(id) {
    const corners = this.#inView().flatMap(({ name, tile }) => {
      const box = tile.byId.get(id)?.box;
      return box ? [placeIn(name, box[0], box[1]), placeIn(name, box[2], box[3])] : [];
    });
    return boxOf(corners);
  }

  /**
   * @param {Box} box
   * @returns {{parcels: number, points: number}} in it, as far as tiles show it; infinite where one has not come
   */
  contentOf(box) {
    const z = tileZoomOf(this.view.position.zoom);
    const tiles = tilesOn(box, z).map((name) => ({ name, tile: this.store.get(name) }));
    if (tiles.some(({ tile }) => tile === null)) return { parcels: Infinity, points: Infinity };
    return contentOf(/** @type {{name: TileName, tile: DecodedTile}[]} */ (tiles), box);
  }

  /**
   * @param {Box} box in view
   * @returns {string[]} ids of parcels that lie wholly in it
   */
  parcelsIn(box) {
    return parcelsWithin(this.#inView(), box);
  }

  /**
   * @param {Base} base
   * @returns {Set<string>} its parcels of which a tile in view shows an older version
   */
  outdated(base) {
    const found = new Set();
    for (const { tile } of this.#inView()) {
      for (const [id, { version }] of base.parcels) {
        const shown = tile.byId.get(id);
        if (shown && shown.version < version) found.add(id);
      }
    }
    return found;
  }

  /**
   * I changed something: these tiles are asked for again, and what others changed meanwhile.
   * @param {Box[]} boxes
   */
  async wrote(boxes) {
    const theirs = await this.changes.sinceLast();
    this.store.refresh(theirs && [...boxes, ...theirs]);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<void>} resolved when every tile in view is there, or is not going to come soon
   */
  settled(signal) {
    return new Promise((resolve) => {
      const check = () => {
        if (signal.aborted || this.layer?.isComplete) finish();
      };
      const finish = () => {
        clearTimeout(timer);
        this.listeners.delete(check);
        resolve();
      };
      const timer = setTimeout(finish, SETTLED_WITHIN_MS);
      signal.addEventListener('abort', finish);
      this.listeners.add(check);
      check();
    });
  }

  /** @param {TileName} name */
  #arrived(name) {
    this.layer?.update(name);
    // Several come in a row: numbers are painted once for all of a frame.
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.numbers?.repaint();
      this.#tell();
    });
  }

  #tell() {
    for (const listener of [...this.listeners]) listener();
  }

  /** @returns {{name: TileName, tile: DecodedTile}[]} */
  #inView() {
    return (this.layer?.tilesInView ?? []).flatMap((name) => {
      const tile = this.store.get(name);
      return tile ? [{ name, tile }] : [];
    });
  }
}
