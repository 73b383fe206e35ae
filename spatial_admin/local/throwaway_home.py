"""Where the tests' cluster lies: in memory where there is room, else on disk.

A database is some seven hundred files. Making and dropping one for every test is mostly the making and dropping of
files: 0.05 s in memory, up to 0.5 s on a disk.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spatial_admin.local.environment import make_private
from spatial_admin.local.processes import open_for_lock

IN_MEMORY = Path("/dev/shm")  # noqa: S108 (the folder below it is made by mkdtemp)
PREFIX = "spatial-admin-test-"
ROOM = 6 * 1024**3  # bytes; a generous guess: templates, a few clones of 20 MB, and up to 2 GB of write-ahead log
KIB = 1024


@contextmanager
def throwaway_home(on_disk: Path, in_memory: Path = IN_MEMORY) -> Iterator[Path]:
    """A new folder in memory that is gone afterwards, or the one on disk, which stays for the next run."""
    if not _has_room(in_memory):
        yield on_disk
        return
    _clear_leftovers(in_memory)
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=in_memory))
    lock = open_for_lock(home)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_private(home)
        yield home
    finally:
        shutil.rmtree(home)
        os.close(lock)


def _has_room(in_memory: Path) -> bool:
    return in_memory.is_dir() and min(shutil.disk_usage(in_memory).free, _available_memory()) >= ROOM


def _available_memory() -> int:
    """Bytes that can be had without swapping."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return int(amount.split()[0]) * KIB
    return 0


def _clear_leftovers(in_memory: Path) -> None:
    """Remove folders of ours whose run was killed: nobody holds their lock. A server still in one ends by itself."""
    for home in in_memory.glob(f"{PREFIX}*"):
        if home.is_symlink() or home.stat().st_uid != os.geteuid():
            continue
        lock = open_for_lock(home)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # of a run that goes on
        else:
            shutil.rmtree(home)
        finally:
            os.close(lock)
