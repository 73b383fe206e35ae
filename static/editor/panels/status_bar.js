/**
 * The line at the bottom: where the pointer is, the scale, and what is not saved.
 *
 * @module panels/status_bar
 */

/** @import {MapView} from '../map_view.js' */
/** @import {Session} from '../session.js' */
/** @import {Aim} from '../snapping/snapper.js' */
/** @import {EditorConfig, LonLat, Point, StoragePair} from '../types.js' */

import { h } from '../dom.js';
import { counted, figure, lonLatText, storageText } from '../format.js';
import { lockText } from '../snapping/lock.js';
import { snapWord } from '../snapping/snap_word.js';
import { PointerPlace } from '../numbers/pointer_place.js';

const WGS84 = 4326;
const KEPT = { server: ' · kept on the server', here: ' · kept on this computer', nowhere: ' · kept nowhere yet' };

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {MapView} view
 * @param {EditorConfig} config
 * @param {(places: LonLat[]) => Promise<StoragePair[]>} transform to storage coordinates
 * @returns {{showPoint: (point: Point | null) => void, showAim: (aim: Aim | null) => void}} the stored coordinates of a point
 *   under the pointer; what the place in hand snaps to
 */
export function createStatusBar(place, session, view, config, transform) {
  const where = h('span', { class: 'where' });
  const stored = h('span', { class: 'stored', title: config.srid_name });
  const scale = h('span', {});
  const loading = h('span', {});
  const lock = h('span', { class: 'lock', role: 'status' });
  const snapping = h('span', { class: 'snapping', title: 'S switches snapping; hold Alt to place a point freely' });
  let word = '';
  const unsaved = h('span', { class: 'unsaved' });
  place.append(where, stored, scale, h('span', { class: 'grow' }), loading, lock, snapping, unsaved);

  const render = () => {
    const { draft, isLoading, isSnapping, kept } = session.state;
    loading.textContent = isLoading ? 'Loading…' : '';
    snapping.textContent = session.canEdit ? `Snapping ${isSnapping ? 'on' : 'off'}${word && ` · ${word}`}` : 'Read only';
    lock.textContent = session.state.lock ? lockText(session.state.lock, session.state.bearings) : '';
    unsaved.textContent = draft.isEmpty ? '' : `${counted(draft.told.length, 'step')} not saved${kept ? KEPT[kept] : ''}`;
  };
  session.subscribe(render);
  render();
  const showScale = () => {
    scale.textContent = `1 : ${figure(Number(view.scale.toPrecision(3)), 0)}`;
  };
  view.onViewChange(showScale);
  showScale();
  return {
    showPoint: showCoordinates({ where, stored }, view, config, transform),
    showAim: (aim) => {
      const now = aim?.snap ? snapWord(aim) : '';
      if (now === word) return;
      word = now;
      render();
    },
  };
}

/**
 * Of the pointer, as exact as a pixel; while the keyboard has the map, of the cross in its middle; of a stored point to
 * the last digit.
 * @param {{where: HTMLElement, stored: HTMLElement}} fields
 * @param {MapView} view
 * @param {EditorConfig} config
 * @param {(places: LonLat[]) => Promise<StoragePair[]>} transform
 * @returns {(point: Point | null) => void}
 */
function showCoordinates({ where, stored }, view, { srid, is_geographic: isGeographic }, transform) {
  const code = `EPSG:${srid}`;
  /** @type {StoragePair | null} */
  let exact = null;
  /** In pixels of the map: what lies below it changes when the map moves. @type {[number, number] | null} */
  let pointer = null;
  const grid = srid === WGS84 ? null : new PointerPlace(transform, () => view.box, () => render());

  const render = () => {
    const at = pointer ? view.placeOf(pointer) : (view.hasKeyboard ? view.centre : null);
    const digits = digitsOf(view.metresPerPixel);
    where.textContent = at ? lonLatText(at, Math.max(4, digits + 5)) : '';
    const pair = at && grid ? grid.storageOf(at) : null;
    const shown = exact ? storageText(exact, isGeographic) : pair && storageText(pair, isGeographic, isGeographic ? digits + 5 : digits);
    stored.textContent = shown ? `${shown} · ${code}` : code;
  };
  view.onPointer((pointed) => {
    pointer = pointed?.pixel ?? null;
    render();
  });
  view.onViewChange(render);
  view.onKeyboard(render);
  render();
  return (point) => {
    exact = point?.pair ?? null;
    render();
  };
}

/**
 * @param {number} metresPerPixel
 * @returns {number} decimals of a metre, one more than a pixel needs; negative far out
 */
function digitsOf(metresPerPixel) {
  return Math.min(3, Math.ceil(-Math.log10(metresPerPixel)) + 1);
}
