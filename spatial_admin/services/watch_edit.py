"""Telling how far a large edit is, and ending it between two of its steps."""

from __future__ import annotations

from collections.abc import Callable

Watch = Callable[[str, int], None]
"""Told the step and how many operations are replayed; what it raises ends the edit with nothing changed."""


def unwatched(_step: str, _done: int) -> None:
    """Of an edit that somebody waits for."""
