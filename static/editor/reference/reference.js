/**
 * Reference layers of the map page: loaded from files, drawn, snapped to, there again with their draft.
 *
 * @module reference/reference
 */

/** @import {DraftKeeping} from '../drafts/draft_keeping.js' */
/** @import {Editor} from '../editor.js' */
/** @import {EditorConfig} from '../types.js' */
/** @import {ReferenceContent} from './reference_api.js' */

import { ApiProblem, NoAnswer } from '../api.js';
import { counted } from '../format.js';
import { rememberedSystems, rememberSystem } from '../numbers/position_api.js';
import { onThemeChange, readTheme } from '../paint/theme.js';
import { boxOf, widen } from '../storage/geodesy.js';
import { askHowToRead } from './load_dialog.js';
import { paintReferences } from './paint_reference.js';
import { ReferenceApi } from './reference_api.js';
import { layerOf, snapPlaces } from './reference_layer.js';
import { createReferencePanel } from './reference_panel.js';
import { ReferencePlaces } from './reference_place.js';

const HIDDEN_AS = 'spatial-admin.references-hidden';

/**
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {Pick<DraftKeeping, 'name' | 'onTurn'>} keeping the draft that they go with
 */
export function offerReferences({ session, api, view, map, memory }, config, keeping) {
  const panel = document.getElementById('layers-panel');
  if (!panel || !config.can_edit) return;
  const references = new ReferenceApi(api);
  const surface = view.addSurface('reference', (frame) => paintReferences(frame, session.state.references, readTheme(view.container)));
  const places = new ReferencePlaces(session, references, keeping, bring);
  const show = createReferencePanel(panel, { load: (file) => void load(file), toggle, remove: (id) => void remove(id), keep: (id) => void places.toggleKept(id) });
  const snapping = map.bench.snapper.addSource(() => snapPlaces(session.state.references));
  onThemeChange(() => surface.repaint());
  session.subscribe((state, before) => {
    if (state.references === before.references) return;
    snapping.changed();
    show(state.references);
    surface.repaint();
  });
  show(session.state.references);
  listenToDrops(view.container, (file) => void load(file));
  void bring(null);

  /** @param {number | null} draft whose layers are shown besides */
  async function bring(draft) {
    const hidden = hiddenIn(memory);
    try {
      const layers = await references.layers(draft);
      // Asked for and shown meanwhile, or of a draft that was left again.
      if (draft !== (draft === null ? null : (keeping.name?.id ?? null))) return;
      const here = new Set(session.state.references.map(({ id }) => id));
      const more = layers.filter(({ id }) => !here.has(id)).map((content) => layerOf(content, !hidden.has(content.id)));
      if (more.length > 0) session.set({ references: [...session.state.references, ...more] });
      if (draft !== null) for (const { id } of more) places.given.add(id);
      places.join();
    } catch (error) {
      session.say('warn', `Reference layers could not be loaded: ${sentenceOf(error)}`);
    }
  }
  /** @param {File} file */
  async function load(file) {
    try {
      const look = await references.look(file, {});
      const isKnown = !look.table && look.crs !== null;
      const loaded = isKnown || (!look.table && look.has_crs) ? { layer: await references.load(file, {}), crs: '' }
        : await askHowToRead(file, look, references, [...new Set([`EPSG:${config.srid}`, 'EPSG:4326', ...rememberedSystems(memory)])]);
      if (!loaded) return;
      if (/^EPSG:\d+$/.test(loaded.crs)) rememberSystem(memory, loaded.crs);
      add(loaded.layer);
    } catch (error) {
      session.say('bad', `${file.name} could not be loaded. ${sentenceOf(error)}`);
    }
  }
  /** @param {ReferenceContent} content */
  function add(content) {
    session.set({ references: [...session.state.references, layerOf(content, true)] });
    places.join();
    const box = boxOf(content.points.map(([, , lon, lat]) => ({ lon, lat })));
    if (box) view.fit(widen(box, 0.1, 10), { maxZoom: 19.5 });
    const [first] = content.why;
    const left = first ? ` ${counted(content.left_out, 'row')} left out: row ${first.row}, ${first.reason}.` : '';
    session.say(first ? 'warn' : 'good', `${content.name}: ${counted(content.features.length, 'feature')} of ${content.crs}, to look at and to snap to.${left}`);
  }
  /** @param {number} id */
  function toggle(id) {
    session.set({ references: session.state.references.map((layer) => (layer.id === id ? { ...layer, isShown: !layer.isShown } : layer)) });
    memory?.setItem(HIDDEN_AS, session.state.references.filter(({ isShown }) => !isShown).map((layer) => layer.id).join(' '));
  }
  /** @param {number} id */
  async function remove(id) {
    try {
      await references.remove(id);
    } catch (error) {
      // Removed in another tab: it is gone, as was wanted.
      if (!(error instanceof ApiProblem && error.is('not_found'))) return session.say('bad', `The layer could not be removed: ${sentenceOf(error)}`);
    }
    session.set({ references: session.state.references.filter((layer) => layer.id !== id) });
  }
}

/**
 * @param {HTMLElement} container of the map
 * @param {(file: File) => void} load
 */
function listenToDrops(container, load) {
  const isFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
  container.addEventListener('dragover', (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    container.classList.add('is-dropping');
  });
  container.addEventListener('dragleave', () => container.classList.remove('is-dropping'));
  container.addEventListener('drop', (event) => {
    container.classList.remove('is-dropping');
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    load(file);
  });
}

/**
 * @param {import('../layers.js').Memory | null} memory
 * @returns {Set<number>} ids of layers that were switched off
 */
function hiddenIn(memory) {
  return new Set((memory?.getItem(HIDDEN_AS) ?? '').split(' ').filter(Boolean).map(Number));
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function sentenceOf(error) {
  if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
  const words = error.message.replace(/^(?:file|crs|x|y|name|delimiter): /, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
