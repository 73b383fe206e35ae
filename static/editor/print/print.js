/**
 * Printing to true scale: the card and the frame on the map, and the sheet that comes of them.
 *
 * @module print/print
 */

/** @import {Editor} from '../editor.js' */
/** @import {Box, EditorConfig, LonLat} from '../types.js' */
/** @import {Wanted} from './print_card.js' */
/** @import {SheetGround} from './sheet_ground.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { asOfText } from '../past/as_of.js';
import { slot } from '../dom.js';
import { counted, dateTime } from '../format.js';
import { Graph } from '../graph.js';
import { bringBeside } from '../panels/give_way.js';
import { toolButton } from '../panels/toolbar.js';
import { boxOf, metresPerDegree } from '../storage/geodesy.js';
import { drawSheet } from './draw_sheet.js';
import { PAPERS, SCALES, scaleFitting, scaleInView, scaleName, sheetOf } from './paper.js';
import { createPrintCard } from './print_card.js';
import { createFrame } from './print_frame.js';
import { contentOf, MOST_PARCELS, numberOf } from './sheet_content.js';
import { boxAround, frameCorners, groundOf, groundPlaces } from './sheet_ground.js';
import { showSheet } from './sheet_view.js';

const REMEMBERED_AS = 'spatial-admin.print';
/** The newest so many are asked for; on a sheet with more it is said. */
const MOST_FINDINGS = 200;

/** @type {Wanted} */
const FIRST = { paper: 'A4', isLandscape: true, scale: 500, title: '', drawn: { numbers: true, sides: 'selected', zoning: false, findings: false } };

class Printing {
  /**
   * @param {Editor} editor
   * @param {EditorConfig} config
   * @param {HTMLElement} area of the map
   */
  constructor(editor, config, area) {
    this.editor = editor;
    this.config = config;
    this.system = { isGeographic: config.is_geographic, metresPerUnit: config.metres_per_unit ?? 1 };
    this.wanted = remembered(editor.memory);
    /** @type {SheetGround | null} */
    this.ground = null;
    this.asked = 0;
    /** When the ground of the newest place is known. */
    this.placed = Promise.resolve();
    this.reason = '';
    this.isBusy = false;
    this.card = createPrintCard(area, this.wanted, { change: (wanted) => this.#change(wanted), show: () => void this.show(), close: () => this.close(), hasOverlays: !config.as_of });
    this.frame = createFrame(editor.view, (centre, isLast) => this.#move(centre, isLast));
    editor.session.subscribe((state, before) => {
      if (this.card.isOpen() && state.tool !== before.tool && state.tool !== 'select') this.close();
    });
  }

  toggle() {
    if (this.card.isOpen()) this.close();
    else this.open();
  }

  open() {
    const { session, view } = this.editor;
    if (session.state.tool !== 'select') session.set({ tool: 'select' });
    const chosen = this.#chosenBox();
    const centre = chosen ? middleOf(chosen) : view.centre;
    const sheet = sheetOf(this.wanted.paper, this.wanted.isLandscape);
    const scale = chosen ? scaleFitting(sheet, sizeOf(chosen)) ?? /** @type {number} */ (SCALES.at(-1)) : scaleInView(sheet, sizeOf(view.box));
    const numbers = session.chosen.map(numberOf);
    const title = numbers.length === 0 ? 'Parcel map' : numbers.length === 1 ? `Parcel ${numbers[0]}` : `Parcels ${numbers.slice(0, 6).join(', ')}${numbers.length > 6 ? ' …' : ''}`;
    const sides = numbers.length === 0 && this.wanted.drawn.sides === 'selected' ? 'none' : this.wanted.drawn.sides;
    this.wanted = { ...this.wanted, scale, title, drawn: { ...this.wanted.drawn, sides } };
    this.ground = null;
    this.reason = '';
    this.card.open(this.wanted);
    this.#render();
    this.placed = this.#place(centre).then(() => this.#bringIntoView());
  }

  close() {
    this.card.close();
    this.frame.show(null);
    this.editor.view.takeKeyboard();
  }

  /** @param {Wanted} wanted */
  #change(wanted) {
    const isSame = wanted.paper === this.wanted.paper && wanted.isLandscape === this.wanted.isLandscape && wanted.scale === this.wanted.scale;
    this.wanted = wanted;
    this.reason = '';
    this.editor.memory?.setItem(REMEMBERED_AS, JSON.stringify({ ...wanted, title: '' }));
    this.#render();
    if (!isSame) this.#bringIntoView();
  }

  /** @returns {Box | null} */
  #chosenBox() {
    const { graph, chosen } = this.editor.session;
    return boxOf(chosen.flatMap((parcel) => {
      const [west, south, east, north] = graph.envelope(parcel);
      return [{ lon: west, lat: south }, { lon: east, lat: north }];
    }));
  }

  /**
   * @param {LonLat} centre
   * @param {boolean} isLast
   */
  #move(centre, isLast) {
    if (!this.ground) return;
    // Until the server has told the ground there, that of the place before is near enough for a frame.
    this.ground = { ...this.ground, centre };
    this.reason = '';
    this.#render();
    if (isLast) this.placed = this.#place(centre);
  }

  /**
   * @param {LonLat} centre
   * @returns {Promise<void>}
   */
  async #place(centre) {
    this.asked += 1;
    const turn = this.asked;
    try {
      const pairs = await this.editor.api.storageOf(groundPlaces(centre));
      if (turn !== this.asked) return;
      this.ground = groundOf(centre, pairs, this.system);
    } catch (error) {
      this.reason = sentenceOf(error);
    }
    this.#render();
  }

  #bringIntoView() {
    const { view } = this.editor;
    const corners = this.#corners();
    if (!corners || !this.card.isOpen()) return;
    bringBeside(view, this.card.element, boxAround(corners), true);
  }

  /** @returns {LonLat[] | null} */
  #corners() {
    const { paper, isLandscape, scale } = this.wanted;
    return this.ground && frameCorners(this.ground, sheetOf(paper, isLandscape), scale);
  }

  #render() {
    const corners = this.#corners();
    const chosen = this.#chosenBox();
    const sheet = sheetOf(this.wanted.paper, this.wanted.isLandscape);
    this.frame.show(this.card.isOpen() && corners && this.ground ? { corners, centre: this.ground.centre } : null);
    this.card.tell({ fits: chosen && scaleFitting(sheet, sizeOf(chosen)), reason: this.reason, isBusy: this.isBusy });
  }

  /** @returns {Promise<void>} */
  async show() {
    if (this.isBusy) return;
    await this.placed;
    const corners = this.#corners();
    const { ground, wanted } = this;
    if (!corners || !ground) return;
    this.isBusy = true;
    this.reason = 'Loading what is on the sheet…';
    this.#render();
    try {
      await this.#draw(boxAround(corners), ground, wanted);
      this.reason = '';
    } catch (error) {
      this.reason = sentenceOf(error);
    }
    this.isBusy = false;
    this.#render();
  }

  /**
   * @param {Box} box
   * @param {SheetGround} ground
   * @param {Wanted} wanted
   * @returns {Promise<void>}
   */
  async #draw(box, ground, { paper, isLandscape, scale, title, drawn }) {
    const { api, session } = this.editor;
    const { config } = this;
    const [coverage, zoning, findings, pairs] = await Promise.all([
      api.coverage(box),
      drawn.zoning && !config.as_of ? api.read(`${api.urls.zoning}?bbox=${box.join(',')}`) : { districts: [] },
      drawn.findings && !config.as_of ? api.findings(box, new AbortController().signal) : [],
      api.storageOf(groundPlaces(ground.centre)),
    ]);
    const sheet = sheetOf(paper, isLandscape);
    const graph = Graph.fromCoverage(coverage);
    const here = groundOf(ground.centre, pairs, this.system);
    const selected = new Set(session.chosen.map(({ id }) => id));
    const content = contentOf(sheet, { graph, selected, districts: zoning.districts, findings, ground: here, scale, drawn });
    if (content.outlines.length > MOST_PARCELS) throw new TooMany(content.outlines.length);
    const chosen = session.chosen.filter(({ id }) => content.outlines.some((outline) => outline.id === id)).map(numberOf);
    const drawing = drawSheet(sheet, content, {
      title: title.trim() || 'Parcel map', parcels: chosen, count: content.outlines.length, system: `${config.srid_name} (EPSG:${config.srid})`, author: config.user.email,
      date: dateTime(new Date().toISOString()), moment: config.as_of ? asOfText(config.as_of) : null, ground: here, scale, isGeographic: config.is_geographic,
      notes: notesOf(content, findings.length === MOST_FINDINGS, !session.state.draft.isEmpty),
    });
    showSheet(drawing, sheet, { name: `${paper}, ${scaleName(scale)}`, closed: () => this.frame.focus() });
  }
}

class TooMany extends Error {
  /** @param {number} count */
  constructor(count) {
    super(`${counted(count, 'parcel')} would be on this sheet; ${counted(MOST_PARCELS, 'parcel')} can be read at most. Choose a larger scale or smaller paper.`);
  }
}

/**
 * @param {import('./sheet_content.js').SheetContent} content
 * @param {boolean} isMoreFindings
 * @param {boolean} hasSteps
 * @returns {string[]} what has to be said besides
 */
function notesOf({ omitted, findings }, isMoreFindings, hasSteps) {
  const cramped = [omitted.numbers > 0 ? counted(omitted.numbers, 'number') : '', omitted.lengths > 0 ? counted(omitted.lengths, 'length') : ''].filter(Boolean);
  return [
    cramped.length > 0 ? `Left out for want of room: ${cramped.join(', ')}.` : '',
    findings.length > 0 ? 'Diamonds are findings, open or accepted.' : '',
    isMoreFindings ? `Only the newest ${MOST_FINDINGS} findings.` : '',
    hasSteps ? 'As stored: steps that are not saved are not drawn.' : '',
  ].filter(Boolean);
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function sentenceOf(error) {
  if (error instanceof TooMany) return error.message;
  if (error instanceof ApiProblem && error.is('too_many_parcels')) return 'There are more parcels on this sheet than can be drawn. Choose a larger scale or smaller paper.';
  if (error instanceof ApiProblem || error instanceof NoAnswer) return `The sheet could not be drawn: ${error.message}`;
  throw error;
}

/**
 * @param {Box} box
 * @returns {LonLat}
 */
function middleOf([west, south, east, north]) {
  return { lon: (west + east) / 2, lat: (south + north) / 2 };
}

/**
 * @param {Box} box
 * @returns {{width: number, height: number}} metres
 */
function sizeOf([west, south, east, north]) {
  const scale = metresPerDegree((south + north) / 2);
  return { width: (east - west) * scale.lon, height: (north - south) * scale.lat };
}

/**
 * @param {import('../layers.js').Memory | null} memory
 * @returns {Wanted} as it was last, where that can be read
 */
function remembered(memory) {
  const text = memory?.getItem(REMEMBERED_AS);
  if (!text) return FIRST;
  try {
    const { paper, isLandscape, drawn } = JSON.parse(text);
    return { ...FIRST, paper: paper in PAPERS ? paper : FIRST.paper, isLandscape: isLandscape === true, drawn: { ...FIRST.drawn, ...drawn } };
  } catch (error) {
    // Written by another version, or by hand.
    if (error instanceof SyntaxError || error instanceof TypeError) return FIRST;
    throw error;
  }
}

/**
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {HTMLElement} root
 * @returns {() => void} opens and closes the card
 */
export function offerPrint(editor, config, root) {
  const printing = new Printing(editor, config, /** @type {HTMLElement} */ (editor.view.container.parentElement));
  const button = toolButton('print', 'Print to scale', 'P', () => printing.toggle());
  button.classList.add('print-entry');
  slot(root, 'toolbar')?.append(button);
  return () => printing.toggle();
}
