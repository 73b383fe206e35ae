from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spatial_admin.local.console import CannotGoOn
from spatial_admin.local.environment import CHECKOUT
from spatial_admin.local.processes import locked, open_for_lock, run_quietly, start_bound_to_us, stop_gently
from tests.waiting import until


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_failing_program_shows_the_end_of_its_words() -> None:
    script = "print('first'); [print(n) for n in range(100)]; print('the reason'); raise SystemExit(5)"
    with pytest.raises(CannotGoOn) as caught:
        run_quietly([sys.executable, "-c", script], "The step")
    message = str(caught.value)
    assert message.startswith("The step failed")
    assert "ended with 5" in message
    assert message.endswith("the reason")
    assert "first" not in message


def test_a_program_that_does_not_exist_is_named() -> None:
    with pytest.raises(CannotGoOn, match=r"no-such-program cannot be run"):
        run_quietly(["no-such-program"], "The step")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_lock_is_held_in_the_block_and_free_after_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "lock"
    with locked(path):
        other = open_for_lock(path)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from spatial_admin.local.processes import start_bound_to_us\n"
        "child = start_bound_to_us(['sleep', '60'], env=os.environ, cwd=Path('/'))\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=CHECKOUT) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    until(lambda: not is_alive(child))


def test_a_stubborn_child_and_its_own_children_are_ended_after_the_patience(tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 60 & echo $! > pid; while true; do sleep 60; done"
    child = start_bound_to_us(["sh", "-c", script], env=os.environ, cwd=tmp_path)
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    grandchild = int((tmp_path / "pid").read_text())
    stop_gently(child, 0.2)
    assert child.returncode == -signal.SIGKILL
    until(lambda: not is_alive(grandchild))
