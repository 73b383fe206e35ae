"""A server that several programs of ours use: started by the first, stopped by whoever leaves last.

Two locks, both freed by the kernel when a process dies: `start.lock` is held while the server is started or stopped;
everybody who uses the server holds `users.lock` shared, and the one who can turn that into exclusive was the last.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spatial_admin.local.cluster_files import ClusterFiles
from spatial_admin.local.processes import locked, open_for_lock


@contextmanager
def held_up(files: ClusterFiles, start: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """Hold a server up for the time of the block; `start` also makes what is missing of one that runs already."""
    users = open_for_lock(files.users_lock)
    try:
        with locked(files.start_lock):
            fcntl.flock(users, fcntl.LOCK_SH)
            start()
        yield
    finally:
        try:
            with locked(files.start_lock):
                if _is_last(users):
                    stop()
        finally:
            os.close(users)


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
