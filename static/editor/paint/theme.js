/**
 * The colours of the canvas, read from the same custom properties as the rest of the page.
 *
 * @module theme
 */

import { HUES } from './zoning_style.js';

/**
 * @typedef {object} Theme
 * @property {string} parcelFill
 * @property {string} parcelLine
 * @property {string} halo about numbers
 * @property {string} casing what lies about lines over a base map; empty where there is none
 * @property {string} roadFill
 * @property {string} waterFill
 * @property {string} commonFill
 * @property {string} touched
 * @property {string} touchedLine
 * @property {string} selected
 * @property {string} accent
 * @property {string} onAccent
 * @property {string} surface
 * @property {string} quiet
 * @property {string} text
 * @property {Record<string, string>} rules by finding rule
 * @property {{line: string, tint: string}[]} zones by kind of use (zoning_style.js)
 * @property {string} bad
 * @property {string} warn
 * @property {string} colleague
 * @property {string} good
 * @property {string} reference
 * @property {string} labelFont
 * @property {number} labelPx
 * @property {string} zoneFont
 * @property {string} smallFont
 * @property {string} tagFont
 */

/**
 * @param {Element} element
 * @param {{isOverBasemap: boolean}} [layers]
 * @returns {Theme}
 */
export function readTheme(element, { isOverBasemap } = { isOverBasemap: false }) {
  const style = getComputedStyle(element);
  /** @param {string} name */
  const value = (name) => style.getPropertyValue(`--${name}`).trim();
  const family = value('font') || 'sans-serif';
  const theme = {
    casing: '', halo: value('parcel-fill'), parcelFill: value('parcel-fill'), parcelLine: value('parcel-line'), roadFill: value('road-fill'),
    waterFill: value('water-fill'), commonFill: value('common-fill'), touched: value('touched'),
    touchedLine: value('touched-line'), selected: value('accent-soft'), accent: value('accent'),
    onAccent: value('on-accent'), surface: value('surface'), quiet: value('quiet'), text: value('text'),
    bad: value('bad'), warn: value('warn'), colleague: value('colleague'), good: value('good'), reference: value('reference'),
    rules: { overlap: value('overlap'), stack: value('overlap'), gap: value('gap'), sliver: value('gap'), missing_point: value('missing'), legal_area: value('good') },
    zones: Array.from({ length: HUES }, (_, hue) => ({ line: value(`zone-${hue + 1}`), tint: value(`zone-tint-${hue + 1}`) })),
    labelFont: `12px ${family}`, labelPx: 12, smallFont: `11px ${family}`, zoneFont: `700 13px ${family}`, tagFont: `600 12.5px ${family}`,
  };
  return isOverBasemap ? overBasemap(theme) : theme;
}

/**
 * Who draws by an aerial picture sees it through what is selected and changed, and lines on any ground.
 * @param {Theme} theme
 * @returns {Theme}
 */
function overBasemap(theme) {
  const through = (/** @type {string} */ colour, /** @type {number} */ percent) => `color-mix(in srgb, ${colour} ${percent}%, transparent)`;
  const none = 'transparent';
  return {
    ...theme, parcelFill: none, roadFill: none, waterFill: none, commonFill: none, touched: through(theme.touchedLine, 28), selected: through(theme.accent, 22),
    parcelLine: theme.text, quiet: theme.text, halo: theme.surface, casing: through(theme.surface, 70),
  };
}

/** @param {() => void} listener when the reader changes between light and dark */
export function onThemeChange(listener) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener);
}
