"""A real primary with a real streaming replica, in memory where there is room; made once, copied for each module."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from spatial_admin.local.cluster_files import locate
from spatial_admin.local.throwaway_home import IN_MEMORY
from spatial_admin.local_postgis import private_cluster
from tests.connections.pair import FREEZE_AT, Pair, run_as_superuser
from tests.database import migrate


def new_folder() -> Path:
    """Reachable for the server's account, and not deep: a socket's path is short."""
    folder = Path(tempfile.mkdtemp(prefix="sa-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


@pytest.fixture(scope="session")
def migrated_home() -> Iterator[Path]:
    """A home whose stopped cluster holds a migrated database."""
    folder = new_folder()
    with private_cluster(folder / "home", durable=False).running() as cluster:
        urls = {name: path.read_text(encoding="utf-8").strip() for name, path in cluster.url_files().items()}
        migrate(urls["DATABASE_URL"], urls["DATABASE_OWNER_URL"])
        # What counts from the next start on: the page Database is tested on these servers as well.
        run_as_superuser(
            cluster.files,
            (
                "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'",
                "CREATE EXTENSION pg_stat_statements",
                f"ALTER SYSTEM SET autovacuum_freeze_max_age = {FREEZE_AT}",
                "ALTER SYSTEM SET wal_level = 'logical'",
            ),
        )
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def is_synchronous() -> bool:
    """Does a commit wait for the replica? Override it."""
    return False


@pytest.fixture(scope="module")
def pair(migrated_home: Path, is_synchronous: bool) -> Iterator[Pair]:
    """Both servers, running; the primary holds an account of each role."""
    folder = new_folder()
    subprocess.run(["cp", "-a", migrated_home, folder / "home"], check=True)
    with ExitStack() as cleanup:
        cluster = cleanup.enter_context(private_cluster(folder / "home", durable=False).running())
        standby = cleanup.enter_context(cluster.replica(synchronous=is_synchronous).running())
        yield Pair(cluster, standby, folder)
    root = locate(folder / "home").root
    if root.exists() and not root.is_relative_to(folder):
        shutil.rmtree(root)
    shutil.rmtree(folder)
