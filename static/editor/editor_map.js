/**
 * The map as an editor: paints the session's state, shows the handles, and hands pointer and keys to the active tool.
 *
 * @module editor_map
 */

/** @import {Ground} from './tiles/ground.js' */
/** @import {Layers} from './layers.js' */
/** @import {MapView, Pointed} from './map_view.js' */
/** @import {Session, State} from './session.js' */
/** @import {Aim} from './snapping/snapper.js' */
/** @import {Bench, Tool} from './tools/tool.js' */
/** @import {Box, LonLat, Point} from './types.js' */

import { AdviceInHand } from './advice_in_hand.js';
import { boxHolds, isWithin } from './storage/geodesy.js';
import { Hand } from './tools/hand.js';
import { Handles } from './tools/handles.js';
import { handlesOf } from './tools/handle_choice.js';
import { parcelAt } from './paint/label_place.js';
import { paintEdit } from './paint/paint_edit.js';
import { paintParcels } from './paint/painting.js';
import { refusedAtOnce, toldAtOnce } from './rules/at_once.js';
import { carryOut, proposal } from './tools/plan.js';
import { aim, keyInHand } from './numbers/point_in_hand.js';
import { onThemeChange, readTheme } from './paint/theme.js';
import { toolNamed } from './tools/all.js';
import { pressOnHandle } from './tools/handle_keys.js';
import { listenToFreeKey } from './tools/free_key.js';
import { comesNearer } from './tools/come_nearer.js';
import { chooseByBox } from './tools/box_choice.js';
import { Snapper } from './snapping/snapper.js';
import { Typing } from './numbers/typing.js';

export class EditorMap {
  /**
   * @param {MapView} view
   * @param {Session} session
   * @param {{snapPx: number, ground: Ground | null, layers: Layers, onHint: (hint: string) => void, onPoint: (point: Point | null) => void, onAim: (aim: Aim | null) => void}} options
   *   `ground`: tiles, which then show what this does not; null where the graph is all there is
   */
  constructor(view, session, { snapPx, ground, layers, onHint, onPoint, onAim }) {
    /** @type {Bench} */
    this.bench = { session, view, snapper: new Snapper(session, view, snapPx), pick: (place) => this.#pick(place) };
    this.ground = ground;
    /** Parcels that are newer than their tiles. @type {ReadonlySet<string>} */
    this.newer = new Set();
    this.onHint = onHint;
    this.onPoint = onPoint;
    this.onAim = onAim;
    this.theme = readTheme(view.container, layers);
    this.hand = new Hand(this);
    this.painted = '';
    this.parcels = view.addSurface('parcels', (frame) => paintParcels(frame, session.graph, (id) => this.#isExact(id), { theme: this.theme, layers }));
    layers.subscribe(() => this.#look(layers));
    onThemeChange(() => this.#look(layers));
    ground?.addNumbers();
    this.advice = new AdviceInHand(session.terms, () => {
      this.edit.repaint();
      this.hint();
    });
    this.edit = view.addSurface('edit', (frame) => paintEdit(frame, session, { preview: this.hand.preview, proposal: proposal(this.bench, this.tool), aim: this.bench.snapper.aim, adviceOf: (graph) => this.advice.of(graph) }, this.theme));
    this.typing = new Typing(this.bench);
    /** Where the pointer is over the map. @type {LonLat | null} */
    this.pointer = null;
    /** @type {Pointed | null} */
    this.pointed = null;
    this.handles = new Handles(view.handlePane, (element, place) => view.placeElement(element, place), this.#behaviour());
    this.#listen();
  }

  /** @returns {Tool} */
  get tool() {
    return toolNamed(this.bench.session.state.tool);
  }

  #listen() {
    const { session, view } = this.bench;
    session.subscribe((state, before) => this.#onState(state, before));
    view.onClick((pointed) => this.#click(pointed));
    view.onDoubleClick((pointed) => this.#doubleClick(pointed));
    view.onPointer((pointed) => this.#point(pointed));
    document.addEventListener('keydown', (event) => keyInHand(this, event), true);
    chooseByBox(this);
    listenToFreeKey(this);
    view.onViewChange(() => {
      this.showHandles();
      // By the keyboard the map moves under the cross.
      if (view.hasKeyboard && !this.hand.drag) this.#point({ place: view.centre, pixel: view.pixelOf(view.centre), event: new MouseEvent('mousemove') });
      this.hint();
    });
    this.ground?.onTiles(() => this.#compareWithTiles());
    view.container.addEventListener('keydown', (event) => this.#mapKey(event));
  }

  /**
   * @param {State} state
   * @param {State} before
   */
  #onState(state, before) {
    if (state.draft.graph.base !== before.draft.graph.base) {
      this.painted = '';
      this.newer = this.ground?.outdated(state.draft.graph.base) ?? this.newer;
    }
    if (/** @type {const} */ (['draft', 'selected', 'also', 'lock', 'isTracing', 'refusals', 'foreseen', 'finding', 'plan', 'tool', 'hasCourses', 'bearings', 'edge']).some((name) => state[name] !== before[name])) this.repaint();
    // What the text was about is not there any more.
    if (this.typing.isOpen && (state.tool !== before.tool || state.selected !== before.selected)) this.typing.close();
    if (state.tool !== before.tool) {
      this.bench.snapper.forget();
      this.#showAim();
    }
    if (state !== before) this.showHandles();
    this.hint();
  }

  /** @returns {ReadonlySet<string>} parcels that the edit surface paints */
  #active() {
    return (this.hand.preview?.graph ?? proposal(this.bench, this.tool)?.graph ?? this.bench.session.graph).changed();
  }

  /** @param {Layers} layers as they are now, or seen in another light */
  #look(layers) {
    this.theme = readTheme(this.bench.view.container, layers);
    this.ground?.setTheme(this.theme);
    this.#repaintAll();
  }

  /** Tiles have come: what they show as it is now need not be painted here any more. */
  #compareWithTiles() {
    const newer = this.ground?.outdated(this.bench.session.graph.base) ?? this.newer;
    if (newer.size === this.newer.size && [...newer].every((id) => this.newer.has(id))) return;
    this.newer = newer;
    this.#repaintAll();
  }

  /**
   * @param {string} id
   * @returns {boolean} whether the surface of what stands still paints the parcel
   */
  #isExact(id) {
    return !this.#active().has(id) && (!this.ground || this.newer.has(id));
  }

  /**
   * @param {LonLat} place
   * @returns {string | null} the parcel there, exact where points are loaded
   */
  #pick(place) {
    const { graph, state } = this.bench.session;
    const id = parcelAt(graph, place)?.id ?? null;
    if (!this.ground || (id && (graph.changed().has(id) || (state.loaded && boxHolds(state.loaded, place))))) return id;
    return this.ground.pick(place) ?? id;
  }

  /**
   * @param {Box} box
   * @returns {string[]} parcels that lie wholly in it, as the map shows them
   */
  parcelsIn(box) {
    const { graph } = this.bench.session;
    const loaded = [...graph.parcels()].filter((parcel) => isWithin(graph.envelope(parcel), box)).map(({ id }) => id);
    const others = this.ground?.parcelsIn(box).filter((id) => !graph.parcel(id) && !graph.changed().has(id)) ?? [];
    return [...loaded, ...others].sort();
  }

  #repaintAll() {
    this.painted = '';
    this.repaint();
  }

  /** Paint what is edited; what stands still only where it has become another set. */
  repaint() {
    const active = this.#active();
    const { selected, also } = this.bench.session.state;
    const painted = [...active].sort().join('\n') + `\n.${this.ground ? [selected, ...also].join('\n') : ''}`;
    if (painted !== this.painted) {
      this.parcels.repaint();
      this.#showGround(active, selected);
    }
    this.painted = painted;
    this.edit.repaint();
  }

  /**
   * @param {ReadonlySet<string>} active
   * @param {string | null} selected
   */
  #showGround(active, selected) {
    if (!this.ground) return;
    const hidden = new Set([...active, ...this.newer]);
    const here = this.bench.session.chosen.map((parcel) => parcel.id);
    this.ground.show(hidden, new Set([...hidden, ...here]), selected === null || here.includes(selected) ? null : selected);
  }

  /** Those that the active tool has, but while one is dragged. */
  showHandles() {
    if (this.hand.drag) return;
    this.handles.show(handlesOf(this.bench, this.tool));
  }

  /** @param {Pointed | null} pointed */
  #point(pointed) {
    this.pointer = pointed?.place ?? null;
    this.pointed = pointed;
    if (this.hand.drag && !this.typing.isOpen) return;
    if (pointed && this.typing.isOpen) aim(this, pointed);
    else if (pointed && this.tool.follow && this.bench.session.canEdit) this.tool.follow(this.bench, pointed);
    else this.bench.snapper.forget();
    this.#showAim();
  }

  /** As if the pointer had moved: what it is held to has changed. */
  pointAgain() {
    if (this.hand.drag) this.hand.showFrame();
    else this.#point(this.pointed);
  }

  /** Where the pointer snaps to, and what it is held to. */
  #showAim() {
    this.onAim(this.bench.snapper.aim);
    this.edit.repaint();
  }

  /** Say what can be done now. */
  hint() {
    const { session } = this.bench;
    if (this.hand.drag) this.onHint(this.#inHand(this.hand.drag.dragged.subject()));
    else if (session.state.isTooMany) this.onHint('Too many parcels to show here. Zoom in.');
    else this.onHint(this.handles.left ? `Zoom in for ${this.handles.left} more points, which stand close to these` : this.ground?.isOverview ? (this.tool.name === 'select' ? 'Click where you want to come nearer, to single parcels' : 'Zoom in to see single parcels') : this.tool.hint(this.bench));
  }

  /**
   * @param {string} subject what is in hand, and how it is held
   * @returns {string} in place of how: what it would break
   */
  #inHand(subject) {
    const graph = this.hand.preview?.graph ?? null;
    const told = graph ? toldAtOnce(refusedAtOnce(graph, this.bench.session.terms), this.advice.of(graph)) : '';
    return told ? `${subject.split(' · ')[0]} · ${told}` : subject;
  }

  /** @param {Pointed} pointed */
  #click(pointed) {
    if (this.typing.isOpen) this.typing.close();
    if (comesNearer(this, pointed)) return;
    if (!this.tool.edits || !this.bench.session.state.isSaving) this.tool.click(this.bench, pointed);
  }

  /** @param {Pointed} pointed */
  #doubleClick(pointed) {
    if (this.tool.propose) return;
    toolNamed('select').click(this.bench, pointed);
    if (this.bench.session.canEdit && this.bench.session.state.selected) this.bench.session.set({ tool: 'move' });
  }

  /**
   * @param {KeyboardEvent} event on the map itself: Enter and Space mean its middle, where a cross stands; of a tool that
   *   plans, Enter does what is planned
   */
  #mapKey(event) {
    const { view } = this.bench;
    if (event.target !== view.container || (event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    if (event.key !== 'Enter' || !this.carryOut()) this.#click({ place: view.centre, pixel: view.pixelOf(view.centre), event: new MouseEvent('click', { shiftKey: event.shiftKey }) });
  }

  /** @returns {boolean} whether the active tool had something planned, which is done; not while an edit is on its way */
  carryOut() {
    return !this.bench.session.state.isSaving && proposal(this.bench, this.tool)?.operation ? carryOut(this.bench, this.tool) : false;
  }

  /** @returns {import('./tools/handles.js').HandleBehaviour} */
  #behaviour() {
    return {
      begin: (handle, event) => this.hand.begin(handle, event),
      follow: (event) => this.hand.follow(event),
      drop: (event) => this.hand.end(event),
      cancel: () => this.hand.end(null),
      activate: (handle, isAdding) => {
        this.tool.activate(this.bench, handle, isAdding);
        this.showHandles();
      },
      enter: () => this.carryOut(),
      key: (handle, event) => pressOnHandle(this.bench, handle, event, () => this.handles.points),
      isChosen: (handle) => this.bench.session.state.points.includes(handle.key),
      point: (handle) => this.onPoint(handle?.kind === 'point' ? this.bench.session.graph.point(/** @type {string} */ (handle.points[0])) : null),
    };
  }
}
