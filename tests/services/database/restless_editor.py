"""Somebody who edits while a database is followed by another one, and what proves that nobody had to wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy import Engine

from spatial_admin.errors import Contention, DatabaseReadOnly
from spatial_admin.services.database import change_srid
from spatial_admin.services.database.digest_tables import Told
from spatial_admin.settings import Settings
from tests.concurrency.fabric import Grid, move, save, versions_of
from tests.waiting import until

GRID = Grid(west=7.44, south=46.95, step=0.0008)


class Editor(threading.Thread):
    """Moves the corner of four lots a little, again and again, until the database is closed."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        super().__init__()
        self.app, self.engine = app, engine
        self.made: list[int] = []
        self.refused: list[Exception] = []
        self.is_over = threading.Event()

    def run(self) -> None:
        with self.app.app_context():
            while not self.is_over.wait(0.01) and not self.refused:
                try:
                    self.edit(len(self.made))
                except Contention:
                    continue  # it waited for the switch; nothing was changed
                except DatabaseReadOnly as error:
                    self.refused.append(error)

    def edit(self, step: int) -> None:
        names = ("1-1", "2-1", "1-2", "2-2")
        seen = {name: number for name, number in versions_of(self.engine).items() if name in names}
        moved = move(GRID.at(2 + 0.001 * step, 2), GRID.at(2 + 0.001 * (step + 1), 2))
        self.made.append(int(save([moved], seen).receipt["edit_id"]))


def while_editing(editor: Editor) -> Told:
    """Watches a pass, and has it wait for an edit as soon as it copies: nobody waits for the copy, or this for ever."""
    seen = {"before": -1}

    def told(_stage: str, _done: int, _total: int | None) -> None:
        if seen["before"] < 0:
            seen["before"] = len(editor.made)
            until(lambda: len(editor.made) > seen["before"] or editor.refused)

    return told


def once_they_are_refused(editor: Editor) -> Callable[[Settings, Told], None]:
    """The replay of all history, the second time only when who edits was told so: nobody waits for it and the last rows."""
    calls: list[Settings] = []
    verify = change_srid._verify

    def verify_later(settings: Settings, told: Told) -> None:
        calls.append(settings)
        if len(calls) == 2:
            until(lambda: editor.refused)
        verify(settings, told)

    return verify_later
