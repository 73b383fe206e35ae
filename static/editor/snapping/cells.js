/**
 * Which of many points and segments lie near a pixel: the screen in square cells, each with the numbers of those that come
 * into it. Made once for a view and read on every frame.
 *
 * @module cells
 */

const CELL_PX = 48;

export class Cells {
  /** @param {[number, number, number, number]} area left, top, right, bottom in pixels; what lies outside is not kept */
  constructor([left, top, right, bottom]) {
    this.left = left;
    this.top = top;
    this.columns = Math.max(1, Math.ceil((right - left) / CELL_PX));
    this.rows = Math.max(1, Math.ceil((bottom - top) / CELL_PX));
    /** @type {(number[] | undefined)[]} */
    this.lists = new Array(this.columns * this.rows);
    /** The question in which an item was last found: a long segment lies in many cells. @type {number[]} */
    this.foundIn = [];
    this.questions = 0;
  }

  /**
   * @param {number} item
   * @param {number} ax
   * @param {number} ay
   * @param {number} [bx]
   * @param {number} [by]
   */
  add(item, ax, ay, bx = ax, by = ay) {
    const [dx, dy] = [bx - ax, by - ay];
    const length = Math.hypot(dx, dy);
    this.#each(Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by), (cell, x, y) => {
      // Of a slanting segment's box most cells are far from it.
      const across = length === 0 ? 0 : Math.abs(dx * (y - ay) - dy * (x - ax)) / length;
      if (across <= CELL_PX * Math.SQRT1_2) (this.lists[cell] ??= []).push(item);
    });
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} reach
   * @param {(item: number) => void} found each once; perhaps farther away than `reach`, never nearer and left out
   */
  near(x, y, reach, found) {
    const question = (this.questions += 1);
    this.#each(x - reach, y - reach, x + reach, y + reach, (cell) => {
      for (const item of this.lists[cell] ?? []) {
        if (this.foundIn[item] === question) continue;
        this.foundIn[item] = question;
        found(item);
      }
    });
  }

  /**
   * @param {number} left
   * @param {number} top
   * @param {number} right
   * @param {number} bottom
   * @param {(cell: number, x: number, y: number) => void} visit with the middle of the cell
   */
  #each(left, top, right, bottom, visit) {
    const [first, last] = [Math.max(0, Math.floor((left - this.left) / CELL_PX)), Math.min(this.columns - 1, Math.floor((right - this.left) / CELL_PX))];
    const [upper, lower] = [Math.max(0, Math.floor((top - this.top) / CELL_PX)), Math.min(this.rows - 1, Math.floor((bottom - this.top) / CELL_PX))];
    for (let row = upper; row <= lower; row += 1) {
      for (let column = first; column <= last; column += 1) {
        visit(row * this.columns + column, this.left + (column + 0.5) * CELL_PX, this.top + (row + 0.5) * CELL_PX);
      }
    }
  }
}
