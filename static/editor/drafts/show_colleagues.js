/**
 * Colleagues' drafts on the map: hatched footprints, signs that say whose, a line in the panel, and a legend.
 *
 * @module show_colleagues
 */

/** @import {Editor} from '../editor.js' */
/** @import {EditorConfig, LonLat} from '../types.js' */

import { h } from '../dom.js';
import { ColleagueMarks } from '../panels/colleague_marks.js';
import { createColleagueNote } from '../panels/colleague_note.js';
import { colleagueSwatch } from '../panels/swatches.js';
import { paintColleagues } from '../paint/paint_colleague.js';
import { onThemeChange } from '../paint/theme.js';
import { Colleagues, draftSentence, parcelsText, since } from './colleagues.js';

/**
 * For those who may edit: a viewer has nothing to wait for, and a map of another time shows what is past.
 * @param {Editor} editor
 * @param {EditorConfig} config
 * @param {HTMLElement} place above the reason
 */
export function showColleagues(editor, config, place) {
  const { session, api, view, layers, ground, map, legends } = editor;
  if (!config.can_edit || config.as_of || !ground) return;
  const colleagues = new Colleagues(api, view);
  /** Pointed at by its sign, or by the pointer over its parcels. @type {{sign: number | null, map: number | null}} */
  const pointed = { sign: null, map: null };
  const isShown = () => layers.shown.has('colleagues');
  const surface = view.addSurface('colleagues', (frame) => {
    const { drafts } = colleagues;
    if (isShown() && drafts.length > 0) paintColleagues(frame, ground.tiles, drafts, { pointed: pointed.sign ?? pointed.map, theme: map.theme });
  });
  const marks = new ColleagueMarks(view, {
    point: (id) => {
      pointed.sign = id;
      show();
    },
    choose: (draft) => session.say('info', draftSentence(draft)),
  });
  const show = () => {
    surface.repaint();
    // Far out there would be a sign on a sign; the legend names them.
    marks.show(isShown() && !ground.isOverview ? colleagues.drafts : [], pointed.sign ?? pointed.map);
  };
  view.onPointer((at) => {
    const id = at ? draftAt(at.place) : null;
    if (id === pointed.map) return;
    pointed.map = id;
    show();
  });
  /** @param {LonLat} at @returns {number | null} */
  const draftAt = (at) => {
    if (!isShown() || colleagues.drafts.length === 0) return null;
    const parcel = ground.parcelAt(at);
    return parcel === null ? null : (colleagues.of([parcel])[0]?.id ?? null);
  };
  colleagues.subscribe(show);
  layers.subscribe(show);
  ground.onTiles(show);
  view.onViewChange(show);
  onThemeChange(() => surface.repaint());
  createColleagueNote(place, session, colleagues);
  legends.set('colleagues', {
    entries: () => colleagues.drafts.map((draft) => h('li', {}, colleagueSwatch(map.theme), h('span', {}, `${draft.owner}, since ${since(draft.created_at)}: ${parcelsText(draft)}`)))
      .concat(colleagues.isMore ? [h('li', { class: 'none' }, 'And more. Zoom in.')] : []),
    onChange: (listener) => colleagues.subscribe(listener),
    none: 'No draft in view',
  });
  void colleagues.begin();
}
