"""Ways to look into a private server and to kill it, for the tests of this folder."""

from __future__ import annotations

import contextlib
import os
import signal

from sqlalchemy import create_engine, text

from spatial_admin.local import postgres_process
from spatial_admin.local.cluster_files import ClusterFiles
from spatial_admin.local_postgis import Cluster
from tests.waiting import until


def ask(cluster: Cluster, sql: str, setting: str = "DATABASE_ADMIN_URL") -> str:
    """The first value that a statement answers, committed."""
    engine = create_engine(cluster.url_files()[setting].read_text().strip())
    try:
        with engine.begin() as connection:
            result = connection.execute(text(sql))
            return str(result.scalar()) if result.returns_rows else ""
    finally:
        engine.dispose()


def kill_everything(files: ClusterFiles) -> None:
    for pid in postgres_process._servers(files):
        with contextlib.suppress(ProcessLookupError):  # the death of one is noticed by others, which end
            os.kill(pid, signal.SIGKILL)
    until(lambda: not postgres_process._servers(files))
