"""How far long work is: one line that is drawn over in a terminal, now and then a line of its own elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self, TextIO

BAR = 24
REDRAW_S = 0.1
LOG_S = 10.0


class ProgressLine:
    """Writes to stderr, so that what a command answers stays alone on stdout."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._stage = ""
        self._shown_at = float("-inf")
        self._length = 0

    def __enter__(self) -> Self:
        """Nothing is shown before the first `show`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state standing on its line."""
        if self._is_terminal and self._length:
            self._stream.write("\n")
            self._stream.flush()

    def show(self, stage: str, done: int, total: int | None, rate: float, seconds_left: float | None) -> None:
        """Draw the state, unless it was drawn a moment ago; a new stage and the last step are always drawn."""
        now = time.monotonic()
        is_due = now - self._shown_at >= (REDRAW_S if self._is_terminal else LOG_S)
        if stage == self._stage and not is_due and done != total:
            return
        text = describe(stage, done, total, rate, seconds_left)
        if self._is_terminal:
            start = "\n" if self._stage not in ("", stage) else ""
            self._stream.write(f"{start}\r{text.ljust(self._length)}")
            self._length = len(text)
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()
        self._stage, self._shown_at = stage, now


def describe(stage: str, done: int, total: int | None, rate: float, seconds_left: float | None) -> str:
    """The state in words, with a bar where the total is known."""
    speed = f"{rate:,.0f}/s" if done and round(rate) else ""  # of what was over at once there is none
    if not total:
        return f"{stage} {done:,} rows {speed}".rstrip()
    filled = min(BAR, int(BAR * done / total))
    left = f", {seconds_left:.0f} s left" if seconds_left and done < total else ""
    return f"{stage} [{'#' * filled}{'.' * (BAR - filled)}] {done:,} of {total:,} {speed}{left}".rstrip()
