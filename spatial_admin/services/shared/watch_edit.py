"""Telling how far long work is, such as a large edit, and ending it between two of its steps."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Told the step, how many units are done (of an edit: operations replayed) and, where the work comes to know that
    only now, of how many in all; what it raises ends the work with nothing changed, as far as that can be.
    """

    def __call__(self, step: str, done: int, total: int | None = None, /) -> None:
        """Say how far it is."""


def unwatched(_step: str, _done: int, _total: int | None = None) -> None:
    """Of work that somebody waits for."""
