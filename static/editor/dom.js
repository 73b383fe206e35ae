/**
 * Making elements. Text is always text, never markup, and there is no way to give a style attribute (the content
 * security policy forbids one).
 *
 * @module dom
 */

/** @typedef {Node | string | null | false} Child */
/** @typedef {string | number | boolean | null | ((event: any) => void)} Attribute a function listens to the event */

const SPRITE = new URL('../vendor/icons/sprite.svg', import.meta.url).pathname;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, Attribute>} [attributes] `true` sets an empty attribute; `false` and null leave it out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else setAttribute(element, name, value);
  }
  element.append(...present(children));
  return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null} value
 */
export function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/**
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return children.filter((child) => child !== null && child !== false);
}

/**
 * A drawing from the sprite, by a name of spatial_admin/local/icon_sprite.py; it says nothing to a screen reader, the control's name does.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

/**
 * The place in the page that the template left for a panel.
 * @param {ParentNode} root
 * @param {string} name
 * @returns {HTMLElement | null}
 */
export function slot(root, name) {
  return root.querySelector(`[data-slot="${name}"]`);
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean} whether keys pressed there are text for a field
 */
export function isTextField(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=button])');
}
