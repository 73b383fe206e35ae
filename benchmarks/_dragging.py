"""A point dragged by hand on the map page, and what its frames cost."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Page

from benchmarks._report import line
from tests.browser.acting import HANDLE_PX, handle

FRAMES, FRAME_MS, GOAL_MS = 120, 16.7, 8.0
# Time that scripts take in each frame: what requestAnimationFrame calls, as a drag does its work there.
TIME_FRAMES = """
(() => {
  window.frames_ms = [];
  const own = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (run) => own((now) => {
    const start = performance.now();
    run(now);
    window.frames_ms.push(performance.now() - start);
  });
})()
"""


def drag_frames(page: Page, point: str, what: str) -> None:
    """One line: the scripts' time in a frame, p95; the page was opened with TIME_FRAMES. The point is dropped at the end."""
    box = handle(page, point).bounding_box()
    if box is None:
        raise SystemExit("The point is not on the map.")
    left, top = box["x"] + HANDLE_PX, box["y"] + HANDLE_PX
    page.mouse.move(left, top)
    page.mouse.down()
    page.evaluate("frames_ms.length = 0")
    for step in range(FRAMES):
        page.mouse.move(left + step % 13, top - step % 11)
    frames = sorted(page.evaluate("frames_ms"))
    page.mouse.up()
    line(f"{what}: a frame of a drag, p95 (ms)", len(frames), _p95(frames), FRAME_MS, f"<= {GOAL_MS / FRAME_MS:.2f}")


def _p95(ordered: Sequence[float]) -> float:
    """What one in twenty is over."""
    return ordered[int(0.95 * (len(ordered) - 1))]
