/**
 * The editor put together, the same for the map page and for the widget in the admin's form. What only one of them has
 * stands in main_map.js and main_form.js.
 *
 * @module editor
 */

/** @import {Condition} from './tiles/tile_store.js' */
/** @import {Box, EditorConfig, Refusal} from './types.js' */

import { Api } from './api.js';
import { notationNamed } from './numbers/bearing.js';
import { answerNamedText, followTypedText } from './numbers/named_drawing.js';
import { whereNeeded, wholeView } from './coverage_choice.js';
import { slot } from './dom.js';
import { EditorMap } from './editor_map.js';
import { paintGraticule } from './paint/graticule.js';
import { Ground } from './tiles/ground.js';
import { Loading } from './loading.js';
import { Layers, memoryOf } from './layers.js';
import { MapView } from './map_view.js';
import { REMEMBERED_AS } from './panels/edges.js';
import { createEditSummary } from './panels/edit_summary.js';
import { createLayers } from './panels/layers.js';
import { createMessageLine } from './panels/message_line.js';
import { createStatusBar } from './panels/status_bar.js';
import { createToolCard } from './panels/tool_card.js';
import { createToolbar } from './panels/toolbar.js';
import { askNumbers } from './tools/ask_numbers.js';
import { proposal } from './tools/plan.js';
import { Judging } from './rules/rule_book.js';
import { rehearsePlans } from './saving/rehearsal.js';
import { loadEllipsoid } from './storage/ellipsoid.js';
import { showRefusal } from './saving/save_edit.js';
import { Session } from './session.js';
import { onThemeChange, readTheme } from './paint/theme.js';

/** @typedef {ReturnType<typeof createEditor>} Editor */

/** Layers of a map that tiles draw, and of one that shows the graph alone. @type {import('./layers.js').LayerName[]} */
const OF_TILES = ['parcels', 'labels', 'zoning', 'findings', 'colleagues', 'graticule'];
/** @type {import('./layers.js').LayerName[]} */
const OF_GRAPH = ['parcels', 'labels', 'graticule'];

/**
 * @param {EditorConfig} config
 * @param {{root: HTMLElement, tool: string, summary: HTMLElement, hasTiles?: boolean}} options `hasTiles`: the county from
 *   vector tiles, and exactly only what is being edited; without, exactly what is in view
 */
export function createEditor(config, { root, tool, summary, hasTiles = false }) {
  const container = document.getElementById('parcel-map');
  if (!container) throw new Error('The page has no element parcel-map.');
  const memory = memoryOf(() => window.localStorage);
  const session = new Session({ canEdit: config.can_edit, tool, bearings: notationNamed(memory?.getItem(REMEMBERED_AS)), terms: new Judging(config.exclusive_levels, config.rules) });
  // What measures on the ellipsoid comes beside the map; until then, and where it cannot be had, the server is asked.
  if (config.is_geographic) void loadEllipsoid().then(() => session.set({}));
  const api = new Api(config);
  const view = new MapView(container, config.home_bbox);
  const commands = {
    zoomToSelected: () => {
      const parcel = session.state.selected ? session.graph.parcel(session.state.selected) : undefined;
      if (parcel) view.fit(session.graph.envelope(parcel));
    },
    toggleSnapping: () => session.set({ isSnapping: !session.state.isSnapping }),
    toggleCourses: () => session.set({ hasCourses: !session.state.hasCourses }),
    hasLand: config.mode === 'map',
  };
  const message = slot(root, 'message');
  const showHint = message ? createMessageLine(message, session) : () => undefined;
  const status = slot(document, 'status');
  const bar = status ? createStatusBar(status, session, view, config, (places) => api.storageOf(places)) : { showPoint: () => undefined, showAim: () => undefined };
  const ofTiles = OF_TILES.filter((name) => name !== 'colleagues' || (config.can_edit && !config.as_of));
  const layers = new Layers(hasTiles ? ofTiles : OF_GRAPH, memory, new URLSearchParams(location.search).get('layers'));
  const ground = hasTiles ? createGround(api, view, session, layers, (boxes) => loading.changedElsewhere(boxes)) : null;
  const map = new EditorMap(view, session, { snapPx: config.snap_px, ground, layers, onHint: showHint, onPoint: bar.showPoint, onAim: bar.showAim });
  addGraticule(view, layers);
  const toolbar = slot(root, 'toolbar');
  if (toolbar) createToolbar(toolbar, session, commands);
  /** What a layer explains itself. @type {Map<string, import('./panels/layers.js').Legend>} */
  const legends = new Map();
  const corner = slot(root, 'layers');
  const showLayers = corner ? createLayers(corner, { view, layers, ground, basemaps: config.basemaps, legends, theme: () => map.theme }) : () => undefined;
  const area = view.container.parentElement;
  if (area && commands.hasLand) {
    createToolCard(area, session, map);
    rehearsePlans(session, api);
    askNumbers(session, api, () => proposal(map.bench, map.tool));
    answerNamedText(session, api, view, memory);
    followTypedText(session, view);
  }
  createEditSummary(summary, session, (/** @type {Pick<Refusal, 'place'>} */ refusal) => showRefusal(view, refusal));
  const loading = new Loading(api, view, session, ground ? whereNeeded(view, session, ground, config.limits) : wholeView(view));
  if (ground) loadWhereNeeded(session, loading);
  map.hint();
  return { session, api, view, memory, map, loading, commands: { ...commands, layers: showLayers, switchLayer: layers.switchByKey }, ground, layers, legends };
}

/**
 * Above all that is drawn: its labels must not be covered by numbers of parcels.
 * @param {MapView} view
 * @param {Layers} layers
 */
function addGraticule(view, layers) {
  const graticule = view.addSurface('graticule', (frame) => {
    if (layers.shown.has('graticule')) paintGraticule(frame, readTheme(view.container));
  });
  layers.subscribe(() => graticule.repaint());
  onThemeChange(() => graticule.repaint());
}

/**
 * @param {Api} api
 * @param {MapView} view
 * @param {Session} session
 * @param {Layers} layers
 * @param {(boxes: Box[] | null) => void} onChange
 * @returns {Ground}
 */
function createGround(api, view, session, layers, onChange) {
  /** @type {import('./session.js').Notice | null} */
  let said = null;
  /** @param {Condition} condition */
  const onCondition = (condition) => {
    if (condition === 'unreachable') session.say('warn', 'The server cannot be reached; the map is as last loaded. Trying again.');
    else if (condition === 'signed_out') session.say('bad', 'You are no longer signed in. Your steps are kept; sign in again in another tab, then come back.');
    else if (session.state.notice === said) session.set({ notice: null });
    said = condition === 'well' ? null : session.state.notice;
  };
  return new Ground(api, view, { theme: readTheme(view.container), layers, onCondition, onChange });
}

/**
 * @param {Session} session
 * @param {Loading} loading
 */
function loadWhereNeeded(session, loading) {
  session.subscribe((state, before) => {
    const isMore = state.selected !== before.selected ? state.selected !== null : state.also !== before.also && state.also.length > 0;
    if (isMore || (state.selected === before.selected && state.tool !== before.tool)) void loading.now();
  });
}

/**
 * Show a parcel, wherever it is, and select it.
 * @param {Editor} editor
 * @param {string} id
 * @param {{isPlaced?: boolean}} [options] `isPlaced`: the map stays where it is
 * @returns {Promise<void>}
 */
export async function openParcel({ api, view, session, loading, ground }, id, { isPlaced = false } = {}) {
  const { notice } = session.state;
  const found = await api.parcel(id);
  if (found.box && !isPlaced) view.fit(found.box, { maxZoom: 19.5, animate: false });
  void ground?.start();
  loading.expire();
  await loading.now(found.box);
  if (ground && !found.isRetired && !session.graph.parcel(found.parcel_id)) session.load(await api.coverageOf([found.parcel_id]), null);
  if (session.graph.parcel(found.parcel_id)) {
    const newer = session.state.notice === notice ? null : session.state.notice; // somebody worked on while it loaded
    session.select(found.parcel_id);
    if (newer) session.set({ notice: newer });
  } else if (found.isRetired) {
    session.set({ selected: null, also: [], retired: { id: found.parcel_id, label: found.label, version: found.version, at: found.retiredAt } });
    session.say('warn', `Parcel ${found.label} is retired; ${found.successors ? `its land is now in ${found.successors}` : 'it is no longer on the map'}.`);
  }
}
