"""The worker beside the web server: there once that is ready, there again when it died, gone at the end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.local.serving import get, left_over, serving
from tests.waiting import until


def worker_of(home: Path, *, but: int = 0) -> int:
    """The process id of the worker, as soon as there is one (and another than `but`)."""
    file = home / "worker.pid"

    def found() -> int:
        text = file.read_text() if file.exists() else ""
        return int(text) if text and int(text) != but else 0

    until(found)
    return found()


def test_a_worker_runs_beside_the_server_and_ends_with_it(checkout: Path, prepared_home: Path) -> None:
    with serving(checkout, prepared_home) as (server, _):
        worker = worker_of(prepared_home)
        assert worker in left_over(prepared_home)
        assert server.end(signal.SIGTERM) == 0
    assert left_over(prepared_home) == set()


def test_a_worker_that_dies_is_told_of_and_another_is_started_while_pages_are_served(
    checkout: Path, prepared_home: Path
) -> None:
    with serving(checkout, prepared_home) as (server, port):
        first = worker_of(prepared_home)
        os.kill(first, signal.SIGKILL)
        second = worker_of(prepared_home, but=first)
        assert get(port, "/readyz") == "(1,)"
        assert server.end(signal.SIGINT) == 0
        assert "The worker that runs jobs ended (with -9); another is started in 2 s.\n" in "".join(server.words)
        assert second not in left_over(prepared_home)


def test_a_worker_that_cannot_start_does_not_keep_the_server_busy(checkout: Path, prepared_home: Path) -> None:
    with serving(checkout, prepared_home, STANDIN_WORKER_FAILS="1") as (server, port):
        for pause_s in (2, 4):
            said = f"The worker that runs jobs ended (with 7); another is started in {pause_s} s.\n"
            assert server.next_words("The worker") == said, "after a pause that grows"
        assert get(port, "/readyz") == "(1,)"
        assert server.end(signal.SIGTERM) == 0
