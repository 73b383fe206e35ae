/**
 * The colours of the canvas, read from the same custom properties as the rest of the page.
 *
 * @module theme
 */

/**
 * @typedef {object} Theme
 * @property {string} parcelFill
 * @property {string} parcelLine
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
 * @property {string} bad
 * @property {string} labelFont
 * @property {number} labelPx
 * @property {string} tagFont
 */

/**
 * @param {Element} element
 * @returns {Theme}
 */
export function readTheme(element) {
  const style = getComputedStyle(element);
  /** @param {string} name */
  const value = (name) => style.getPropertyValue(`--${name}`).trim();
  const family = value('font') || 'sans-serif';
  return {
    parcelFill: value('parcel-fill'), parcelLine: value('parcel-line'), roadFill: value('road-fill'),
    waterFill: value('water-fill'), commonFill: value('common-fill'), touched: value('touched'),
    touchedLine: value('touched-line'), selected: value('accent-soft'), accent: value('accent'),
    onAccent: value('on-accent'), surface: value('surface'), quiet: value('quiet'), text: value('text'),
    bad: value('bad'),
    rules: { overlap: value('overlap'), gap: value('gap'), sliver: value('gap') },
    labelFont: `12px ${family}`, labelPx: 12, tagFont: `600 12.5px ${family}`,
  };
}

/** @param {() => void} listener when the reader changes between light and dark */
export function onThemeChange(listener) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener);
}
