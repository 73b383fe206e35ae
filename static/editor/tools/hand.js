/**
 * What is in hand on the map: a handle that is dragged, with the button down or, while a number is typed, let go.
 *
 * @module tools/hand
 */

/** @import {EditorMap} from '../editor_map.js' */
/** @import {Handle} from './handles.js' */
/** @import {PointDrag, Preview} from './point_drag.js' */

export class Hand {
  /** @param {EditorMap} map */
  constructor(map) {
    this.map = map;
    /** @type {PointDrag | null} */
    this.drag = null;
    /** @type {Preview | null} */
    this.preview = null;
    this.frame = 0;
    /** From the middle of the handle to where it was pressed. @type {[number, number]} */
    this.grip = [0, 0];
    /** @type {PointerEvent | null} */
    this.last = null;
  }

  /** @param {Preview | null} preview of what is in hand */
  show(preview) {
    this.preview = preview;
    this.map.handles.pane.classList.toggle('is-dragging', preview !== null);
    if (this.drag) this.map.handles.moveOne(this.drag.key, preview?.place ?? this.drag.dragged.point, true);
    this.map.repaint();
  }

  /**
   * @param {Handle} handle
   * @param {PointerEvent} event
   * @returns {boolean}
   */
  begin(handle, event) {
    const { map } = this;
    if (map.typing.isOpen) map.typing.close();
    this.drag = map.tool.drag(map.bench, handle);
    if (!this.drag) return false;
    const [px, py] = map.bench.view.pixelOfEvent(event);
    const [x, y] = map.bench.view.pixelOf(handle.place);
    this.grip = [px - x, py - y];
    map.hint();
    return true;
  }

  /** @param {PointerEvent} event */
  follow(event) {
    this.last = event;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.showFrame();
    });
  }

  showFrame() {
    const { map, drag, last } = this;
    if (!drag || !last) return;
    const [px, py] = map.bench.view.pixelOfEvent(last);
    const [gx, gy] = this.grip;
    const preview = drag.follow([px - gx, py - gy], last.altKey);
    if (map.typing.isOpen && drag.to) return map.typing.aim(drag.to);
    for (const id of drag.dragged.moving) if (id !== drag.key) map.handles.moveOne(id, preview.graph.point(id), false);
    this.show(preview);
    map.hint();
    map.onAim(map.bench.snapper.aim);
  }

  /** @param {PointerEvent | null} drop where the pointer was let go, which may be further than its last move; null for a drag given up */
  end(drop) {
    const { map, drag } = this;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (drop) {
      this.last = drop;
      this.showFrame();
    }
    // While a number is typed the point stays in hand, and the hand may leave the button.
    if (drop && map.typing.isOpen) return;
    this.letGo();
    if (drop) drag?.drop();
    else if (map.typing.isOpen) map.typing.close();
  }

  /** Have no point in hand any more. */
  letGo() {
    const { map, drag } = this;
    this.drag = null;
    this.preview = null;
    map.handles.pane.classList.remove('is-dragging');
    map.bench.snapper.forget();
    map.onAim(null);
    map.bench.session.set({ lock: null });
    if (drag) map.handles.moveOne(drag.key, drag.dragged.point, false);
    map.showHandles();
    map.repaint();
    map.hint();
  }
}
