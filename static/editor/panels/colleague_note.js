/**
 * A line above the reason: what is selected or being edited is in a colleague's draft as well.
 *
 * @module panels/colleague_note
 */

/** @import {Colleagues} from '../drafts/colleagues.js' */
/** @import {Session} from '../session.js' */

import { draftSentence } from '../drafts/colleagues.js';
import { fill, h } from '../dom.js';

/** More would cover the panel; the map shows them all. */
const MOST = 3;

/**
 * @param {HTMLElement} place
 * @param {Session} session
 * @param {Colleagues} colleagues
 */
export function createColleagueNote(place, session, colleagues) {
  const note = h('div', { class: 'colleague-note', role: 'status', hidden: true });
  place.prepend(note);
  let said = '';
  const render = () => {
    const { selected, also, draft } = session.state;
    const found = colleagues.of([...(selected === null ? [] : [selected]), ...also, ...Object.keys(draft.seen())]);
    const lines = found.slice(0, MOST).map(draftSentence);
    if (found.length > MOST) lines.push(`And ${found.length - MOST} more.`);
    // Said once: a screen reader reads what changes.
    if (lines.join('\n') === said) return;
    said = lines.join('\n');
    note.hidden = lines.length === 0;
    fill(note, ...lines.map((line) => h('p', {}, line)));
  };
  session.subscribe((state, before) => {
    if (state.selected !== before.selected || state.also !== before.also || state.draft !== before.draft) render();
  });
  colleagues.subscribe(render);
}
