"""How many exports one process makes at a time: each holds a thread and a connection for as long as it takes."""

from __future__ import annotations

import threading
from typing import Final

from flask import current_app

from spatial_admin.file_errors import TooManyExports
from spatial_admin.settings import Settings

_KEY: Final = "spatial_admin.exports"


class Slot:
    """The place of one export; it is given back once, however often that is asked."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places: threading.BoundedSemaphore | None = places

    def release(self) -> None:
        """Let the next one in."""
        places, self._places = self._places, None
        if places is not None:
            places.release()


def take_slot() -> Slot:
    """A place for an export of this process (threads of others are not theirs); raises TooManyExports at once.

    Waiting would hold a thread, too: the very thing that is short.
    """
    limit = _settings().limits.exports
    places: threading.BoundedSemaphore = current_app.extensions.setdefault(_KEY, threading.BoundedSemaphore(limit))
    if not places.acquire(blocking=False):
        raise TooManyExports(limit)
    return Slot(places)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
