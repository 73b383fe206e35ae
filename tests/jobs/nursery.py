"""Forks workers off a process that has loaded what they load: each is a process of its own, and is there at once.

A worker loads numpy, shapely, SQLAlchemy and the product for more than a second of processor time, and tests begin thirty.
Run as a program; reads a line of JSON for each that shall be born, or that is asked after, and answers with a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.waiting import PATIENCE_S, until

ROOT: Final = Path(__file__).resolve().parents[2]
KILL: Final = 9


class Nursery:
    """The process, as tests see it; it ends when its input does, and its workers with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def bear(self, words: Sequence[str], env: Mapping[str, str]) -> int:
        """Begin `flask WORDS…` under an environment; its process id."""
        return int(self.ask({"words": list(words), "env": dict(env)}))

    def ask(self, question: Mapping[str, object]) -> Any:
        """What the process answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()


class Child:
    """One that was born there, to be used as one would use a subprocess.Popen."""

    def __init__(self, nursery: Nursery, words: Sequence[str], env: Mapping[str, str]) -> None:
        self._nursery, self.pid = nursery, nursery.bear(words, env)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended; None while it lives."""
        if self.returncode is None:
            self.returncode = self._nursery.ask({"after": self.pid})
        return self.returncode

    def wait(self, patience_s: float = PATIENCE_S) -> int:
        """How it ended, as soon as it has."""
        deadline = time.monotonic() + patience_s
        until(lambda: self.poll() is not None or time.monotonic() > deadline)
        assert self.returncode is not None, "it has not ended"
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Nothing happens to one that has ended: its number is its own until its end was asked after."""
        if self.poll() is None:
            os.kill(self.pid, signum)


def main() -> None:
    """Bear whom one is asked for, and tell how they ended."""
    # What a worker loads; app.py itself makes the application, under the environment of each.
    import spatial_admin.factory
    import spatial_admin.jobs.worker  # noqa: F401

    alive: set[int] = set()
    try:
        for line in sys.stdin:
            question = json.loads(line)
            if "after" in question:
                answer = how_it_ended(question["after"])
                if answer is not None:
                    alive.discard(question["after"])
            elif (answer := os.fork()) == 0:
                become(question["words"], question["env"])
            else:
                alive.add(answer)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        for pid in alive:  # none of these numbers was given to another one: nobody has asked after their end
            os.kill(pid, KILL)


def how_it_ended(pid: int) -> int | None:
    """As subprocess tells it: the exit code, or the signal with a minus; None while it lives."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def become(words: Sequence[str], env: Mapping[str, str]) -> None:
    """Go on as `flask WORDS…`, and never come back."""
    from flask.cli import main as flask

    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.environ.clear()
        os.environ.update(env)
        sys.argv = ["flask", *words]
        flask()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
