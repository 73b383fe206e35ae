/**
 * The panel beside the map page's map: its line, and a button that hides it, for more map.
 *
 * @module panels/side_panel
 */

/** @import {Memory} from '../layers.js' */
/** @import {Session} from '../session.js' */
/** @import {Splitter} from './splitter.js' */

import { setAttribute, slot } from '../dom.js';
import { createSplitters } from './splitter.js';
import { toolButton } from './toolbar.js';

/**
 * @param {{session: Session, memory: Memory | null}} editor
 * @param {HTMLElement} root
 * @returns {Pick<Splitter, 'show'> | undefined} undefined where the page has no such panel
 */
export function createSidePanel({ session, memory }, root) {
  const [side] = createSplitters(root, memory);
  if (!side) return undefined;
  const button = toolButton('panel', 'Side panel', '', () => side.toggle());
  button.classList.add('toggle', 'at-end');
  side.onHidden = (isHidden) => setAttribute(button, 'aria-pressed', String(!isHidden));
  side.onHidden(side.isHidden);
  slot(root, 'toolbar')?.append(button);
  // What was refused is told in the panel.
  session.subscribe((state, before) => {
    if (state.refusals !== before.refusals && state.refusals.length > 0) side.show();
  });
  return side;
}
