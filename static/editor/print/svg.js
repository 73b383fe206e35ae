/**
 * Making SVG: attributes only, for the content security policy forbids styles in markup; colours stand in print.css.
 *
 * @module print/svg
 */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Record<string, string | number | null>} attributes null leaves one out; numbers are millimetres, to a micrometre
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, typeof value === 'number' ? mm(value) : value);
  element.append(...children);
  return element;
}

/**
 * @param {number} value
 * @returns {string}
 */
export function mm(value) {
  return String(Number(value.toFixed(3)));
}

/**
 * @param {readonly (readonly [number, number][])[]} rings
 * @returns {string} of a path
 */
export function pathOf(rings) {
  return rings.map((ring) => `M${ring.map(([x, y]) => `${mm(x)} ${mm(y)}`).join('L')}Z`).join('');
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {{size: number, class?: string, anchor?: 'start' | 'middle' | 'end', turn?: number}} how `turn` radians, clockwise
 * @returns {SVGElement} its middle line at y
 */
export function text(x, y, words, { size, class: name, anchor = 'start', turn = 0 }) {
  return s('text', {
    x, y: y + 0.36 * size, 'font-size': size, 'text-anchor': anchor, class: name ?? null,
    transform: turn === 0 ? null : `rotate(${mm((turn * 180) / Math.PI)} ${mm(x)} ${mm(y)})`,
  }, words);
}
