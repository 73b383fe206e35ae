/**
 * The sheet over the whole page, as it will be printed. The page's size is told to the browser by a style sheet made here:
 * the content security policy allows no styles in markup, and no others are needed.
 *
 * @module print/sheet_view
 */

/** @import {Sheet} from './paper.js' */

import { h, icon } from '../dom.js';

/**
 * @param {SVGElement} drawing
 * @param {Sheet} sheet
 * @param {{name: string, closed: () => void}} about `name`: paper and scale
 */
export function showSheet(drawing, sheet, { name, closed }) {
  const page = new CSSStyleSheet();
  page.replaceSync(`@page { size: ${sheet.width}mm ${sheet.height}mm; margin: 0; }`);
  const print = h('button', { type: 'button', class: 'action action-primary', click: () => window.print() }, icon('print'), 'Print', h('kbd', { 'aria-hidden': 'true' }, 'Ctrl P'));
  const overlay = h('section', { class: 'print-view', role: 'dialog', 'aria-modal': 'true', 'aria-label': 'Sheet to print' },
    h('div', { class: 'print-bar' }, h('b', {}, name), h('p', {}, 'Choose 100 % (actual size) and no margins in the printer’s dialog, then check the scale bar.'), print,
      h('button', { type: 'button', class: 'action', click: close }, 'Back to the map', h('kbd', { 'aria-hidden': 'true' }, 'Esc'))),
    h('div', { class: 'print-desk', tabindex: 0, 'aria-label': 'The sheet' }, drawing));
  const others = [...document.body.children].filter((element) => !element.hasAttribute('inert'));

  /** @param {KeyboardEvent} event keys are the sheet's now, not the map's */
  function key(event) {
    event.stopPropagation();
    if (event.key === 'Escape') close();
  }
  function close() {
    document.removeEventListener('keydown', key, true);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== page);
    document.body.classList.remove('is-printing');
    for (const element of others) element.removeAttribute('inert');
    overlay.remove();
    closed();
  }
  for (const element of others) element.setAttribute('inert', '');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, page];
  document.body.classList.add('is-printing');
  document.body.append(overlay);
  document.addEventListener('keydown', key, true);
  print.focus();
}
