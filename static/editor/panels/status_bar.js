/**
 * The line at the bottom: where the pointer is, the scale, and what is not saved.
 *
 * @module panels/status_bar
 */

/** @import {MapView} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {EditorConfig, Point} from '../types.js' */

import { h } from '../dom.js';
import { counted, figure, lonLatText, storageText } from '../format.js';

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {MapView} view
 * @param {EditorConfig} config
 * @returns {(point: Point | null) => void} shows the stored coordinates of a point under the pointer
 */
export function createStatusBar(place, session, view, config) {
  const where = h('span', { class: 'where' });
  const stored = h('span', { class: 'stored', title: config.srid_name });
  const scale = h('span', {});
  const loading = h('span', {});
  const snapping = h('span', {});
  const unsaved = h('span', { class: 'unsaved' });
  place.append(where, stored, scale, h('span', { class: 'grow' }), loading, snapping, unsaved);
  const code = `EPSG:${config.srid}`;

  /** @param {Point | null} point */
  const showPoint = (point) => {
    stored.textContent = point?.pair ? `${storageText(point.pair, config.is_geographic)} · ${code}` : code;
  };
  const showScale = () => {
    scale.textContent = `1 : ${figure(Number(view.scale.toPrecision(3)), 0)}`;
  };
  const render = () => {
    const { draft, isLoading, isSnapping } = session.state;
    loading.textContent = isLoading ? 'Loading…' : '';
    snapping.textContent = session.canEdit ? `Snapping ${isSnapping ? 'on' : 'off'}` : 'Read only';
    unsaved.textContent = draft.isEmpty ? '' : `${counted(draft.steps.length, 'step')} not saved`;
  };
  view.onPointer((pointed) => {
    where.textContent = pointed ? lonLatText(pointed.place) : '';
    if (config.is_geographic && pointed) stored.textContent = code;
  });
  view.onViewChange(showScale);
  session.subscribe(render);
  showPoint(null);
  showScale();
  render();
  return showPoint;
}
