"""Child processes that answer quietly, die with us, and wait for each other where two copies share files."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from spatial_admin.local.console import CannotGoOn, say

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LINES_SHOWN_ON_FAILURE = 30


def run_quietly(
    command: Sequence[str | Path], what: str, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> str:
    """Run a program and return what it printed; on failure show the end of that and raise CannotGoOn."""
    try:
        done = subprocess.run(
            [str(part) for part in command], check=False, env=env, cwd=cwd, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
    except OSError as error:
        raise CannotGoOn(f"{what} failed: {command[0]} cannot be run ({error.strerror}).") from error
    if done.returncode != 0:
        tail = done.stdout.strip().splitlines()[-LINES_SHOWN_ON_FAILURE:]
        shown = "\n".join(f"    {line}" for line in tail)
        raise CannotGoOn(f"{what} failed ({Path(str(command[0])).name} ended with {done.returncode}):\n{shown}")
    return done.stdout


def start_bound_to_us(command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path) -> subprocess.Popen[bytes]:
    """Start a long-running child in a session of its own (Ctrl-C reaches only us) that ends with us even on kill -9."""
    libc = ctypes.CDLL(None)  # loaded before the fork: no lock of the loader may be held in the child
    parent = os.getpid()

    def die_with_parent() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # we were killed between fork and prctl
            os._exit(1)

    return subprocess.Popen(
        [str(part) for part in command], env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL,
        start_new_session=True, preexec_fn=die_with_parent,  # noqa: PLW1509 (no threads here)
    )  # fmt: skip


def stop_gently(
    child: subprocess.Popen[bytes], patience_s: float, words: str = "Requests are still running; ending them."
) -> None:
    """SIGTERM, wait, and after `patience_s` SIGKILL to the whole group; a second Ctrl-C shortens the wait."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(patience_s)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            say(words)
    try:
        os.killpg(child.pid, signal.SIGKILL)  # workers that outlived their master
    except ProcessLookupError:
        return  # the group is empty: all ended by themselves
    child.wait()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the exclusive lock of a file or directory; the kernel frees it when we die, however we die."""
    descriptor = open_for_lock(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another copy is being set up in {path}; waiting for it …")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def open_for_lock(path: Path) -> int:
    """A descriptor that children do not inherit, for flock; directories are locked as they are, files are made."""
    if path.is_dir():
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
