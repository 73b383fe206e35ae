"""Editors for benchmarks: many threads in several processes that move corners, through the service or over HTTP."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import queue
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import text

from benchmarks._corners import Corner
from benchmarks._fabric import GRID
from spatial_admin.connections.measurements import measured
from spatial_admin.errors import Contention, EditRejected, Json, UnknownPoint, VersionConflict
from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.settings import Limits, Settings, storage_srid
from tests.concurrency.fabric import Point, move

STEP = 0.1  # how far a corner of a block is moved, of a lot
SOMEBODY = Author(None, "bench@example.org")
Answer = Literal["saved", "refused", "given up"]
Save = Callable[[Json], Answer]


@dataclass(frozen=True, slots=True)
class Server:
    """Where editors over HTTP send their edits, and as whom."""

    port: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """What editors do: `corners` are theirs, far from each other, or None for all of them in one block of 36 lots."""

    app_url: str
    owner_url: str
    seconds: float
    processes: int
    threads: int
    corners: Sequence[Corner] | None = None
    server: Server | None = None


@dataclass(slots=True)
class Tally:
    """What editors did."""

    seconds: float
    times_s: list[float] = field(default_factory=list)  # of edits that were saved
    retries: int = 0
    refused: int = 0
    given_up: int = 0

    @property
    def saved(self) -> int:
        """Edits that were saved."""
        return len(self.times_s)

    @property
    def rate(self) -> float:
        """Saved edits a second."""
        return self.saved / self.seconds

    @property
    def aborts(self) -> float:
        """Attempts that were beaten, for each edit that was saved."""
        return self.retries / max(self.saved, 1)


def together(work: Work) -> Tally:
    """Editors in several processes, all beginning at once; what they did."""
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[Tally] = context.Queue()
    start = context.Barrier(work.processes)
    running = [context.Process(target=_process, args=(index, work, start, answers)) for index in range(work.processes)]
    for process in running:
        process.start()
    tallies = [answers.get(timeout=work.seconds + 90) for _ in running]
    for process in running:
        process.join()
    return Tally(
        work.seconds,
        [seconds for tally in tallies for seconds in tally.times_s],
        sum(tally.retries for tally in tallies),
        sum(tally.refused for tally in tallies),
        sum(tally.given_up for tally in tallies),
    )


def _process(index: int, work: Work, start: threading.Barrier, answers: queue.Queue[Tally]) -> None:
    app = create_app(
        Settings(work.app_url, work.owner_url, "only-for-benchmarks-012345", srid=storage_srid(), production=False)
    )
    tally = Tally(work.seconds)
    own = [
        work.corners[number :: work.processes * work.threads] if work.corners else None
        for number in range(work.processes * work.threads)
    ]

    def run(number: int) -> None:
        with app.app_context():
            db.session.execute(text("SELECT 1"))
            db.session.remove()
            save = over_http(work.server, tally) if work.server else _by_service
            barrier.wait()
            until = time.monotonic() + work.seconds
            corners = own[number]
            if corners is None:
                _in_one_block(tally, save, until)
            else:
                _scattered(tally, save, corners, until)

    def start_together() -> None:
        start.wait()

    barrier = threading.Barrier(work.threads, action=start_together)
    team = [threading.Thread(target=run, args=(index * work.threads + number,)) for number in range(work.threads)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    tally.retries += measured().counts.get("retries", 0)
    answers.put(tally)
    with app.app_context():
        db.engine.dispose()


def edit_body(at: Point, to: Point, seen: dict[str, int], if_stale: str = "reject") -> Json:
    """The body of POST /api/edits that moves a point."""
    key = str(uuid.uuid4())
    return {"key": key, "seen": seen, "operations": [move(at, to)], "comment": "bench", "if_stale": if_stale}


def _by_service(body: Json) -> Answer:
    try:
        edit_boundaries(parse_edit_request(body, Limits()), SOMEBODY)
    except Contention:
        return "given up"
    except (VersionConflict, UnknownPoint, EditRejected):
        return "refused"
    return "saved"


def over_http(server: Server, tally: Tally) -> Save:
    """How a client saves, over one connection that it keeps."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {**server.headers, "Content-Type": "application/json"}

    def save(body: Json) -> Answer:
        connection.request("POST", "/api/edits", json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status == http.client.CREATED:
            tally.retries += json.loads(content)["attempts"] - 1
            return "saved"
        if answer.status == http.client.SERVICE_UNAVAILABLE:
            return "given up"
        if answer.status in {http.client.CONFLICT, http.client.UNPROCESSABLE_ENTITY}:
            return "refused"
        raise RuntimeError(f"{answer.status}: {content[:500]!r}")

    return save


def _note(tally: Tally, answer: Answer, seconds: float) -> None:
    if answer == "saved":
        tally.times_s.append(seconds)
    elif answer == "refused":
        tally.refused += 1
    else:
        tally.given_up += 1


def _scattered(tally: Tally, save: Save, corners: Sequence[Corner], until: float) -> None:
    """Move one's own corners to and fro."""
    moves = dict.fromkeys(corners, 0)
    while time.monotonic() < until:
        corner = random.choice(corners)
        ends = (corner.here, corner.there) if moves[corner] % 2 == 0 else (corner.there, corner.here)
        seen = {name: version + moves[corner] for name, version in corner.seen}
        begin = time.perf_counter()
        answer = save(edit_body(*ends, seen))
        _note(tally, answer, time.perf_counter() - begin)
        if answer == "saved":
            moves[corner] += 1


def _in_one_block(tally: Tally, save: Save, until: float) -> None:
    """Move corners of 36 lots about, all editors the same ones; a conflict or a lost point is part of the work."""
    names = [f"{a}-{b}" for a in range(6) for b in range(6)]
    while time.monotonic() < until:
        i, j = random.randrange(1, 6), random.randrange(1, 6)
        here, there = GRID.at(i, j), GRID.at(i + STEP, j + STEP)
        ends = (there, here) if random.random() < 0.5 else (here, there)
        begin = time.perf_counter()
        answer = save(edit_body(*ends, dict.fromkeys(names, 1), "rebase"))
        _note(tally, answer, time.perf_counter() - begin)
