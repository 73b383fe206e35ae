"""Scanners: child processes that judge cells, each with its own connection, all in the caller's snapshot."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, Any, Final, cast

from sqlalchemy import make_url

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import Json, SpatialAdminError
from spatial_admin.services.shared.package_root import PACKAGE_ROOT
from spatial_admin.services.shared.read_deployment import Fixed

SAID: Final = 2_000
Ahead = queue.SimpleQueue[tuple[int, Box]]
Answers = queue.SimpleQueue[Json | Exception]


class ScannerDied(SpatialAdminError):
    """A process that looked at cells has ended; the next scan goes on with the cells that are left."""


@dataclass(frozen=True, slots=True)
class Task:
    """What every scanner is told: how to reach the database, which moment to look at, and by which rules."""

    constants: Fixed
    database_url: str
    snapshot: str
    known_gaps: Sequence[str] = ()  # EWKB in hexadecimal
    module: str = "spatial_admin.scanner"


def run_scanners(cells: Sequence[tuple[int, Box]], task: Task, *, processes: int) -> Iterator[Json]:
    """What was found in each cell, in the order in which they are done: `{cell, parcels, defects}`.

    Who stops asking ends the processes. Raises ScannerDied.
    """
    constants = task.constants
    told = json.dumps({
        "ground": asdict(constants.ground),
        "rules": constants.book.as_json(),
        "levels": sorted(constants.exclusive_levels),
        "snapshot": task.snapshot,
        "known_gaps": list(task.known_gaps),
        "connection": _connection(task.database_url),
    })  # fmt: skip
    ahead: Ahead = queue.SimpleQueue()
    for cell in cells:
        ahead.put(cell)
    answers: Answers = queue.SimpleQueue()
    children = [_Child(task.module, told, ahead, answers) for _ in range(min(processes, len(cells)))]
    try:
        for _ in cells:
            answer = answers.get()
            if isinstance(answer, Exception):
                raise answer
            yield answer
    finally:
        for child in children:
            child.end()


def _connection(database_url: str) -> dict[str, Any]:
    url = make_url(database_url)
    given = {"dbname": url.database, "user": url.username, "password": url.password, "host": url.host, "port": url.port}
    return {
        name: value
        for name, value in {**given, **dict(url.query), "application_name": "spatial_admin scan"}.items()
        if value
    }


class _Child:
    """One process, and the thread that hands it cell after cell."""

    def __init__(self, module: str, told: str, ahead: Ahead, answers: Answers) -> None:
        self._told, self._ahead, self._answers = told, ahead, answers
        self._is_ended = False
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=PACKAGE_ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            text=True,
        )
        self._said = ""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._thread = threading.Thread(target=self._work, name="scanner", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop the process, and wait for it."""
        self._is_ended = True
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._listener.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                cast("IO[str]", stream).close()

    def _work(self) -> None:
        asked, answered = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        try:
            asked.write(self._told + "\n")
            while not self._is_ended:
                number, box = self._ahead.get_nowait()
                asked.write(json.dumps([number, *box]) + "\n")
                asked.flush()
                line = answered.readline()
                if not line:
                    self._answers.put(self._death())
                    return
                self._answers.put(json.loads(line))
        except queue.Empty:
            return
        except (OSError, ValueError):
            self._answers.put(self._death())

    def _death(self) -> ScannerDied:
        code = self._process.wait()
        self._listener.join(1)
        last = self._said.strip().splitlines()
        return ScannerDied(f"A scanner ended with status {code}: {last[-1][:300] if last else 'it said nothing'}")

    def _listen(self) -> None:
        for line in cast("IO[str]", self._process.stderr):
            self._said = (self._said + line)[-SAID:]
