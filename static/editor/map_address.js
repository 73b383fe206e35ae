/**
 * The address of the map's page: what is in view and selected stands in it, and a view can be sent to somebody.
 *
 * @module map_address
 */

/** @import {Editor} from './editor.js' */
/** @import {AsOf, EditorConfig, LonLat} from './types.js' */

import { ApiProblem, NoAnswer } from './api.js';
import { mapAddress } from './past/as_of.js';
import { openParcel } from './editor.js';
import { findingSentence, showFinding } from './panels/finding_shown.js';

/**
 * @param {Pick<Editor, 'session' | 'view' | 'layers'>} editor
 * @param {AsOf | null} asOf
 * @returns {string} the page with what is in view and selected, at a time
 */
export function addressAt({ session, view, layers }, asOf) {
  const { zoom, centre } = view.position;
  // A parcel that is not saved yet is nothing that an address can name.
  const selected = session.chosen[0]?.version === 0 ? null : (session.state.selected ?? session.state.retired?.id ?? null);
  return mapAddress(location.pathname, asOf, selected, `#${zoom}/${centre.lat.toFixed(6)}/${centre.lon.toFixed(6)}`,
    [new URLSearchParams(location.search).has('quarantine') ? `quarantine=${new URLSearchParams(location.search).get('quarantine')}` : '', session.state.finding ? `finding=${session.state.finding.id}` : '', layers.query].filter(Boolean).join('&'));
}

/**
 * @param {Editor} editor
 * @param {string} id
 * @param {boolean} [isPlaced] the map stays where it is
 * @returns {Promise<boolean>} whether there is such a parcel, at the time of the page
 */
export async function open(editor, id, isPlaced = false) {
  try {
    await openParcel(editor, id, { isPlaced });
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem) && !(error instanceof NoAnswer)) throw error;
    editor.session.say('bad', `Parcel ${id} could not be opened: ${error.message}`);
    return false;
  }
}

/**
 * `?parcel=ID` and `#zoom/lat/lon`: a view can be sent to somebody, and the address follows it.
 * @param {Editor} editor
 * @param {EditorConfig} config
 */
export function followAddress(editor, config) {
  const { view, session, layers } = editor;
  const go = () => {
    const place = parseHash(location.hash);
    if (place) view.goTo(place, place.zoom);
    return place !== null;
  };
  const isPlaced = go();
  const { finding } = config;
  showFinding(view, session, finding, isPlaced);
  const { notice } = session.state;
  void showFirst(editor, config.parcel ?? finding?.parcels[0] ?? null, isPlaced || Boolean(finding?.place)).then(() => {
    if (session.state.notice && session.state.notice !== notice) return; // said while it loaded, such as a refusal: newer
    if (finding) session.say('info', findingSentence(finding));
    else if (finding === null) session.say('warn', 'The finding that the address names is not there.');
  });
  window.addEventListener('hashchange', go);
  const write = () => history.replaceState(null, '', addressAt(editor, config.as_of ?? null));
  view.onViewChange(write);
  layers.subscribe(write);
  session.subscribe((state, before) => {
    if (state.selected !== before.selected || state.retired !== before.retired || state.finding !== before.finding) write();
  });
}

/**
 * @param {Editor} editor
 * @param {string | null} parcel that the address names
 * @param {boolean} isPlaced whether it says where the map is, too
 * @returns {Promise<void>}
 */
async function showFirst(editor, parcel, isPlaced) {
  const { session, loading, ground } = editor;
  if (parcel && (ground || !isPlaced) && (await open(editor, parcel, isPlaced))) return;
  if (ground) return ground.start();
  await (isPlaced ? loading.now() : loading.first());
  if (parcel && session.graph.parcel(parcel)) session.select(parcel);
}

/**
 * @param {string} hash
 * @returns {(LonLat & {zoom: number}) | null}
 */
function parseHash(hash) {
  const [zoom, lat, lon] = hash.replace('#', '').split('/').map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined) return null;
  return [zoom, lat, lon].every(Number.isFinite) && hash.includes('/') ? { zoom, lat, lon } : null;
}
