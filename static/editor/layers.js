/**
 * What the map shows: layers that are switched one by one. The choice is remembered in this browser; an address that
 * names layers shows those, and changes what is remembered only when somebody switches one.
 *
 * @module layers
 */

/** @typedef {'parcels' | 'labels' | 'zoning' | 'findings' | 'colleagues' | 'graticule'} LayerName */

/** `key`: with Shift. @typedef {{name: LayerName, label: string, key: string}} Layer */

/** @type {readonly Layer[]} */
export const LAYERS = [
  { name: 'parcels', label: 'Parcels', key: 'p' },
  { name: 'labels', label: 'Labels', key: 'l' },
  { name: 'zoning', label: 'Zoning', key: 'z' },
  { name: 'findings', label: 'Findings', key: 'f' },
  { name: 'colleagues', label: 'Colleagues', key: 'd' },
  { name: 'graticule', label: 'Graticule', key: 'g' },
];
/** @type {readonly LayerName[]} */
const SHOWN_AT_FIRST = ['parcels', 'labels', 'findings', 'colleagues'];
/** Of a drawing that nobody switches. @type {Shown} */
export const PARCELS_AND_LABELS = { shown: new Set(['parcels', 'labels']), isOverBasemap: false };
const REMEMBERED_AS = 'spatial-admin.layers';

/** What painters ask. @typedef {{shown: ReadonlySet<LayerName>, isOverBasemap: boolean}} Shown */

/** @typedef {Pick<Storage, 'getItem' | 'setItem'>} Memory */

export class Layers {
  /**
   * @param {readonly LayerName[]} offered those that this map has
   * @param {Memory | null} memory null where the browser keeps nothing for this page
   * @param {string | null} given by the address
   */
  constructor(offered, memory, given) {
    this.offered = LAYERS.filter(({ name }) => offered.includes(name));
    this.memory = memory;
    const text = given ?? memory?.getItem(REMEMBERED_AS) ?? null;
    /** @type {ReadonlySet<LayerName>} */
    this.shown = text === null ? new Set(SHOWN_AT_FIRST) : parseLayers(text);
    /** A base map lies below: grounds are left out, so that it is seen. */
    this.isOverBasemap = false;
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** @param {() => void} listener after every switch */
  subscribe(listener) {
    this.listeners.push(listener);
  }

  /** @param {LayerName} name */
  toggle(name) {
    const shown = new Set(this.shown);
    if (!shown.delete(name)) shown.add(name);
    this.shown = shown;
    this.memory?.setItem(REMEMBERED_AS, formatLayers(shown));
    this.#tell();
  }

  /**
   * @param {string} key pressed with Shift
   * @returns {boolean} whether it is a layer's
   */
  switchByKey = (key) => {
    const layer = this.offered.find((each) => each.key === key);
    if (layer) this.toggle(layer.name);
    return layer !== undefined;
  };

  /** @param {boolean} isOver */
  setOverBasemap(isOver) {
    this.isOverBasemap = isOver;
    this.#tell();
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }

  /** @returns {string} a parameter of the page's address; empty where it shows what it shows at first */
  get query() {
    const text = formatLayers(this.shown);
    return text === formatLayers(new Set(SHOWN_AT_FIRST)) ? '' : `layers=${text}`;
  }
}

/**
 * @param {string} text names with commas between them; unknown ones are left out, as an older page may have written them
 * @returns {Set<LayerName>}
 */
export function parseLayers(text) {
  const names = text.split(',');
  return new Set(LAYERS.flatMap(({ name }) => (names.includes(name) ? [name] : [])));
}

/**
 * @param {ReadonlySet<LayerName>} shown
 * @returns {string} always in the same order
 */
export function formatLayers(shown) {
  return LAYERS.flatMap(({ name }) => (shown.has(name) ? [name] : [])).join(',');
}

/**
 * @param {() => Storage} storage may throw: a browser may be told to keep nothing
 * @returns {Storage | null}
 */
export function memoryOf(storage) {
  try {
    return storage();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'SecurityError') return null;
    throw error;
  }
}
