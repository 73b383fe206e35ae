/**
 * A tree for mouse and keyboard (WAI-ARIA's tree): arrows walk, open and close it, Home and End go to its ends, Enter does
 * what an item is for. Children are made when an item is opened.
 *
 * @module panels/tree
 */

import { h, setAttribute } from '../dom.js';

/**
 * @typedef {object} Item
 * @property {(Node | string)[]} content
 * @property {string} name for a screen reader
 * @property {() => Item[]} children asked for when it is opened
 * @property {boolean} hasChildren
 * @property {boolean} [isOpen]
 * @property {() => void} [act] where there is none, Enter opens and closes
 */

/**
 * @param {string} name
 * @param {Item[]} items
 * @returns {HTMLElement}
 */
export function createTree(name, items) {
  const tree = h('ul', { class: 'tree', role: 'tree', 'aria-label': name }, ...items.map(treeItem));
  setAttribute(/** @type {Element} */ (tree.querySelector('[role=treeitem]')), 'tabindex', 0);
  tree.addEventListener('focusin', (event) => {
    const item = itemOf(event.target);
    for (const each of tree.querySelectorAll('[tabindex="0"]')) setAttribute(each, 'tabindex', -1);
    if (item) setAttribute(item, 'tabindex', 0);
  });
  tree.addEventListener('keydown', (event) => {
    const item = itemOf(event.target);
    const goal = item && !event.ctrlKey && !event.metaKey && !event.altKey ? goalOf(tree, item, event.key) : null;
    if (!goal) return;
    if (goal instanceof HTMLElement) goal.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  return tree;
}

/** What an item does by keyboard. @type {WeakMap<Element, {toggle: (open: boolean) => void, act: () => void}>} */
const behaviours = new WeakMap();

/**
 * @param {Item} item
 * @returns {HTMLElement}
 */
function treeItem({ content, name, children, hasChildren, isOpen = false, act }) {
  const group = h('ul', { role: 'group', hidden: true });
  const twist = h('span', { class: 'twist', 'aria-hidden': 'true', click: () => toggle(element.getAttribute('aria-expanded') !== 'true') });
  const element = h('li', { role: 'treeitem', tabindex: -1, 'aria-label': name },
    h('div', { class: 'tree-row' }, twist, h('span', { class: act ? 'tree-act' : 'tree-group', click: () => behave() }, ...content)), hasChildren && group);
  /** @param {boolean} open */
  const toggle = (open) => {
    if (!hasChildren) return;
    if (open && group.children.length === 0) group.append(...children().map(treeItem));
    group.hidden = !open;
    setAttribute(element, 'aria-expanded', String(open));
  };
  const behave = () => {
    element.focus();
    if (act) act();
    else toggle(element.getAttribute('aria-expanded') !== 'true');
  };
  behaviours.set(element, { toggle, act: behave });
  toggle(isOpen);
  return element;
}

/**
 * @param {EventTarget | null} target
 * @returns {HTMLElement | null}
 */
function itemOf(target) {
  return target instanceof Element ? target.closest('[role=treeitem]') : null;
}

/**
 * @param {HTMLElement} tree
 * @param {HTMLElement} item
 * @param {string} key
 * @returns {HTMLElement | true | null} the item to go to; true where the key did something; null for another key
 */
function goalOf(tree, item, key) {
  const seen = /** @type {HTMLElement[]} */ ([...tree.querySelectorAll('[role=treeitem]')]).filter((each) => !each.parentElement?.closest('[hidden]') || each.parentElement === tree);
  const at = seen.indexOf(item);
  const expanded = item.getAttribute('aria-expanded');
  switch (key) {
    case 'ArrowDown':
      return seen[at + 1] ?? true;
    case 'ArrowUp':
      return seen[at - 1] ?? true;
    case 'Home':
      return seen[0] ?? true;
    case 'End':
      return seen.at(-1) ?? true;
    case 'ArrowRight':
      if (expanded === 'true') return seen[at + 1] ?? true;
      behaviours.get(item)?.toggle(true);
      return true;
    case 'ArrowLeft':
      if (expanded !== 'true') return itemOf(item.parentElement) ?? true;
      behaviours.get(item)?.toggle(false);
      return true;
    case 'Enter':
    case ' ':
      behaviours.get(item)?.act();
      return true;
    default:
      return null;
  }
}
