"""How fast work goes: over the last minute, so that neither a slow beginning nor a fast one is believed for ever."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

WINDOW_S: Final = 60.0
SHORTEST_S: Final = 2.0  # a rate of less is noise


@dataclass(slots=True)
class Pace:
    """Remembers how much was done when, within the window."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, done: int, now_s: float) -> float | None:
        """Units a second over the window that ends now; None before anything can be said."""
        if self._seen and done < self._seen[-1][1]:  # it began again
            self._seen.clear()
        self._seen.append((now_s, done))
        # One from before the window stays: the time since then is the time that all of the window's work took.
        while len(self._seen) > 2 and self._seen[1][0] <= now_s - WINDOW_S:
            self._seen.popleft()
        began_s, at_first = self._seen[0]
        if now_s - began_s < SHORTEST_S:
            return None
        return (done - at_first) / (now_s - began_s)
