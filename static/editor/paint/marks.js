/**
 * Where marks of findings stand on the surface, so that a number is not written under one. Pure.
 *
 * @module marks
 */

/** left, top, right, bottom in pixels @typedef {[number, number, number, number]} PixelBox */

/** What a mark covers, on each side of its middle. */
const REACH_PX = 5;
/** A number meets those of few cells only, however many are in view. */
const CELL_PX = 64;

export class Marks {
  /** @param {Iterable<[number, number]>} places pixels */
  constructor(places) {
    /** @type {Map<string, [number, number][]>} */
    this.cells = new Map();
    for (const place of places) {
      const key = `${Math.floor(place[0] / CELL_PX)} ${Math.floor(place[1] / CELL_PX)}`;
      const known = this.cells.get(key);
      if (known) known.push(place);
      else this.cells.set(key, [place]);
    }
  }

  /**
   * @param {PixelBox} box
   * @returns {boolean} whether a mark reaches into it
   */
  meets([left, top, right, bottom]) {
    const cellOf = (/** @type {number} */ at) => Math.floor(at / CELL_PX);
    const [x1, y1, x2, y2] = [cellOf(left - REACH_PX), cellOf(top - REACH_PX), cellOf(right + REACH_PX), cellOf(bottom + REACH_PX)];
    for (let column = x1; column <= x2; column += 1) {
      for (let row = y1; row <= y2; row += 1) {
        if (this.cells.get(`${column} ${row}`)?.some(([x, y]) => x > left - REACH_PX && x < right + REACH_PX && y > top - REACH_PX && y < bottom + REACH_PX)) return true;
      }
    }
    return false;
  }
}
