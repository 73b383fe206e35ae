/**
 * The editor put together, the same for the map page and for the widget in the admin's form. What only one of them has
 * stands in main_map.js and main_form.js.
 *
 * @module editor
 */

/** @import {EditorConfig, Refusal} from './types.js' */

import { Api } from './api.js';
import { slot } from './dom.js';
import { EditorMap } from './editor_map.js';
import { Loading } from './loading.js';
import { MapView } from './map_view.js';
import { createBasemaps } from './panels/basemaps.js';
import { createEditSummary } from './panels/edit_summary.js';
import { createMessageLine } from './panels/message_line.js';
import { createStatusBar } from './panels/status_bar.js';
import { createToolbar } from './panels/toolbar.js';
import { showRefusal } from './save_edit.js';
import { Session } from './session.js';

/** @typedef {ReturnType<typeof createEditor>} Editor */

/**
 * @param {EditorConfig} config
 * @param {{root: HTMLElement, tool: string, summary: HTMLElement}} options
 */
export function createEditor(config, { root, tool, summary }) {
  const container = document.getElementById('parcel-map');
  if (!container) throw new Error('The page has no element parcel-map.');
  const session = new Session({ canEdit: config.can_edit, tool });
  const api = new Api(config);
  const view = new MapView(container, config.home_bbox);
  const commands = {
    zoomToSelected: () => {
      const parcel = session.state.selected ? session.graph.parcel(session.state.selected) : undefined;
      if (parcel) view.fit(session.graph.envelope(parcel));
    },
    toggleSnapping: () => session.set({ isSnapping: !session.state.isSnapping }),
  };
  const message = slot(root, 'message');
  const showHint = message ? createMessageLine(message, session) : () => undefined;
  const status = slot(document, 'status');
  const showPoint = status ? createStatusBar(status, session, view, config) : () => undefined;
  const map = new EditorMap(view, session, { snapPx: config.snap_px, onHint: showHint, onPoint: showPoint });
  const toolbar = slot(root, 'toolbar');
  if (toolbar) createToolbar(toolbar, session, commands);
  const layers = slot(root, 'layers');
  if (layers) createBasemaps(layers, view, config.basemaps);
  createEditSummary(summary, session, (/** @type {Refusal} */ refusal) => showRefusal(view, refusal));
  const loading = new Loading(api, view, session);
  showHint(map.tool.hint(map.bench));
  return { session, api, view, map, loading, commands };
}

/**
 * Show a parcel, wherever it is, and select it.
 * @param {Editor} editor
 * @param {string} id
 * @returns {Promise<void>}
 */
export async function openParcel({ api, view, session, loading }, id) {
  const found = await api.parcel(id);
  if (found.box) view.fit(found.box, { maxZoom: 19.5, animate: false });
  loading.expire();
  await loading.now();
  if (session.graph.parcel(found.parcel_id)) session.select(found.parcel_id);
  else if (found.isRetired) session.say('warn', `Parcel ${found.label} is retired; ${found.successors ? `its land is now in ${found.successors}` : 'it is no longer on the map'}.`);
}
