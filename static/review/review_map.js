/**
 * The map of the review: the county from tiles, the parcels of the selected finding exactly, the place of it, and what a
 * fix would change or an edit was refused for.
 *
 * @module review/review_map
 */

/** @import {Api} from '../editor/api.js' */
/** @import {Fix} from '../editor/findings/fixes_api.js' */
/** @import {Box, Refusal} from '../editor/types.js' */
/** @import {Finding, ReviewConfig} from './types.js' */

import { ApiProblem, NoAnswer } from '../editor/api.js';
import { FixPreview } from '../editor/findings/fix_preview.js';
import { Graph } from '../editor/graph.js';
import { Layers } from '../editor/layers.js';
import { MapView } from '../editor/map_view.js';
import { paintLabel, paintParcel } from '../editor/paint/painting.js';
import { boxOfRefusal, paintPlace } from '../editor/paint/paint_place.js';
import { onThemeChange, readTheme } from '../editor/paint/theme.js';
import { boxHolds, boxOf, widen } from '../editor/storage/geodesy.js';
import { Ground } from '../editor/tiles/ground.js';
import { ruleName } from './words.js';

/** Of a stack of hundreds of units as many are shaded; the others lie under them. */
const MOST_SHADED = 24;
const CLOSEST_ZOOM = 21.5;
const CONTEXT_M = 25;
/** Of a click. */
const REACH_PX = 14;
/** Parcels that reach farther, a road say, are not shown whole. */
const WIDEST_M = 260;
const LOADED_AFTER_MS = 150;
/** @type {ReadonlySet<string>} */
const NOTHING = new Set();

export class ReviewMap {
  /**
   * @param {HTMLElement} container
   * @param {Api} api
   * @param {ReviewConfig} config
   * @param {{onMoved: (box: Box) => void, onCondition: (text: string) => void}} told `onMoved`: by the reader, not by the page
   */
  constructor(container, api, config, { onMoved, onCondition }) {
    this.api = api;
    this.view = new MapView(container, config.home_bbox);
    this.theme = readTheme(container);
    const layers = new Layers([], null, 'parcels,labels,findings');
    this.ground = new Ground(api, this.view, {
      theme: this.theme, layers, onChange: () => undefined,
      onCondition: (condition) => onCondition({ well: '', unreachable: 'The server cannot be reached; the map is as last loaded.', signed_out: 'You are no longer signed in: sign in in another tab, then come back.' }[condition]),
    });
    /** @type {Finding | null} */
    this.finding = null;
    /** @type {Graph | null} */
    this.graph = null;
    /** @type {Refusal[]} */
    this.refusals = [];
    this.timer = 0;
    this.isOurs = false;
    /** What the map showed when the page moved it last. */
    this.ours = '';
    this.isClose = false;
    this.shaded = this.view.addSurface('shaded', (frame) => this.#paintParcels(frame));
    this.ground.addNumbers();
    this.marked = this.view.addSurface('marked', (frame) => this.#paintMark(frame));
    this.preview = new FixPreview(this.view);
    this.view.onViewChange(() => {
      const { box } = this.view;
      // A change of size tells of a move, too, where there is none.
      if (!this.isOurs && box.join() !== this.ours) onMoved(box);
    });
    const [basemap] = config.basemaps;
    if (basemap) {
      this.view.setBasemap(basemap);
      layers.setOverBasemap(true);
    }
    onThemeChange(() => {
      this.theme = readTheme(container);
      this.ground.setTheme(this.theme);
      this.#repaint();
    });
  }

  /** The tiles; the map is where it is to begin. */
  start() {
    void this.ground.start();
  }

  /**
   * @param {Finding | null} finding
   * @param {{isAnew?: boolean}} [options] `isAnew`: its parcels may have changed
   */
  show(finding, { isAnew = false } = {}) {
    const isOther = finding?.id !== this.finding?.id;
    this.finding = finding;
    if (isOther) {
      this.refusals = [];
      this.graph = null;
      this.preview.show(null);
      if (finding) this.goTo(finding);
    }
    this.#repaint();
    if (!isOther && !isAnew) return;
    clearTimeout(this.timer);
    if (finding) this.timer = window.setTimeout(() => void this.#load(finding), isOther ? LOADED_AFTER_MS : 0);
  }

  /** @param {Fix | null} fix */
  showFix(fix) {
    this.preview.show(fix);
  }

  /** @param {Refusal[]} refusals */
  showRefusals(refusals) {
    this.refusals = refusals;
    this.#repaint();
    const box = refusals[0] ? boxOfRefusal(refusals[0]) : null;
    if (box) this.#fit(widen(box, 1.5, 6), CLOSEST_ZOOM);
  }

  /**
   * Between the place itself and what is around it.
   * @returns {boolean} whether it is seen close by now
   */
  toggleClose() {
    const box = this.finding ? boxOfRefusal(this.finding) : null;
    if (!box || !this.finding) return false;
    this.isClose = !this.isClose;
    if (this.isClose) this.#fit(widen(box, 0.4, 0.5), CLOSEST_ZOOM + 2);
    else this.goTo(this.finding);
    return this.isClose;
  }

  /** @param {Finding} finding */
  goTo(finding) {
    this.isClose = false;
    const place = boxOfRefusal(finding) ?? finding.bbox ?? null;
    if (place) this.#fit(widen(place, 1, CONTEXT_M), CLOSEST_ZOOM);
  }

  /** @param {Box} box */
  goToBox(box) {
    this.#fit(box, CLOSEST_ZOOM);
  }

  /** An edit was saved there. */
  wrote() {
    const { finding } = this;
    if (finding) void this.ground.wrote([this.#boxOfParcels() ?? boxOfRefusal(finding) ?? this.view.box]);
  }

  /** @param {Finding} finding @returns {Promise<void>} its parcels, exactly */
  async #load(finding) {
    if (finding.parcels.length === 0) return;
    try {
      const graph = Graph.fromCoverage(await this.api.coverageOf(finding.parcels.slice(0, MOST_SHADED)));
      if (this.finding?.id !== finding.id) return;
      const isFirst = this.graph === null;
      this.graph = graph;
      const box = this.#boxOfParcels();
      if (isFirst && box && !this.isClose && !boxHolds(this.view.box, { lon: box[0], lat: box[1] })) this.#fit(box, CLOSEST_ZOOM);
      this.#repaint();
    } catch (error) {
      // A retired parcel, or no answer: tiles show what is there, and the place is marked all the same.
      if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    }
  }

  /** @returns {Box | null} of the parcels that are no wider than a block, and the place */
  #boxOfParcels() {
    if (!this.graph) return null;
    const boxes = [...this.graph.parcels()].map((parcel) => /** @type {Graph} */ (this.graph).envelope(parcel));
    const narrow = boxes.filter(([west, south, east, north]) => Math.max((east - west) * 111_320 * Math.cos((south * Math.PI) / 180), (north - south) * 111_320) < WIDEST_M);
    const place = this.finding ? boxOfRefusal(this.finding) : null;
    const all = place ? [...narrow, place] : narrow;
    return boxOf(all.flatMap(([west, south, east, north]) => [{ lon: west, lat: south }, { lon: east, lat: north }]));
  }

  /** @param {Box} box @param {number} maxZoom */
  #fit(box, maxZoom) {
    this.isOurs = true;
    this.view.fit(box, { maxZoom, animate: false });
    this.isOurs = false;
    this.ours = this.view.box.join();
  }

  #repaint() {
    // Their numbers are painted above the mark, once.
    this.ground.show(NOTHING, new Set([...(this.graph?.parcels() ?? [])].map(({ id }) => id)), null);
    this.shaded.repaint();
    this.marked.repaint();
  }

  /** @param {import('../editor/map_view.js').Frame} frame */
  #paintParcels(frame) {
    if (!this.graph) return;
    for (const parcel of this.graph.parcels()) paintParcel(frame, this.graph, parcel, { fill: this.theme.touched, line: this.theme.touchedLine, width: 1.8 });
  }

  /** @param {import('../editor/map_view.js').Frame} frame */
  #paintMark(frame) {
    if (!this.finding) return;
    /** @type {[number, number, number, number][]} */
    const taken = [];
    if (this.graph) for (const parcel of this.graph.parcels()) paintLabel(frame, this.graph, parcel, this.theme.text, this.theme, taken);
    const colour = this.theme.rules[this.finding.rule] ?? this.theme.text;
    paintPlace(frame, this.finding, ruleName(this.finding.rule), this.theme, colour);
    this.refusals.forEach((refusal, index) => paintPlace(frame, refusal, `${index + 1}  ${ruleName(refusal.rule)}`, this.theme, this.theme.bad));
  }
}

/**
 * @param {readonly Finding[]} findings
 * @param {{lon: number, lat: number}} place
 * @param {number} metresPerPixel
 * @returns {Finding | null} the one that was pointed at
 */
export function findingAt(findings, place, metresPerPixel) {
  const reach = widen([place.lon, place.lat, place.lon, place.lat], 0, REACH_PX * metresPerPixel);
  const hit = findings.filter((finding) => {
    const box = boxOfRefusal(finding);
    return box !== null && boxHolds(reach, { lon: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2 });
  });
  return hit[0] ?? null;
}
