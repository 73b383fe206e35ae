"""Waiting for states, never for times; and for long, because a machine may stand still for half a minute at any line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from spatial_admin import retrying
from spatial_admin.connection_settings import ConnectionSettings
from spatial_admin.settings import Limits

# What shall come true at once is given up only after so long: a test that passes never waits for it.
PATIENCE_S: Final = 120.0
# The product gives up after some seconds, which a test of something else must not meet. Tests of these bounds set their own.
PATIENT: Final = replace(Limits(), web_timeout_ms=120_000, tile_timeout_ms=120_000, retry_ms=60_000)
PATIENT_CONNECTIONS: Final = ConnectionSettings(pool_timeout_s=60.0)


def until(holds: Callable[[], object], pause: Callable[[], Any] = lambda: time.sleep(0.02)) -> None:
    """Wait for something that must come true, looking once more after the patience is over.

    `pause` is what happens between two looks; a browser's page goes on meanwhile only by its own waiting.
    """
    deadline = time.monotonic() + PATIENCE_S
    is_last = False
    while not holds():
        assert not is_last, "it did not come true in time"
        is_last = time.monotonic() > deadline
        pause()


class HeldClock:
    """The clock of retrying in a test's hand: it goes on by each pause, and by `step_s` more, and none takes any time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, step_s: float = 0.0) -> None:
        self.now_s, self._step_s = 0.0, step_s
        self.pauses: list[float] = []
        self.at_pause: Callable[[], object] = lambda: None  # what happens during each
        # Its own clock only: other threads look at theirs.
        monkeypatch.setattr(retrying, "time", SimpleNamespace(monotonic=lambda: self.now_s, sleep=self._sleep))

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds + self._step_s
        self.at_pause()
