"""script/server with a streaming replica, and its other arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from spatial_admin.local import postgres_process
from spatial_admin.local.cluster_files import ClusterFiles, locate
from spatial_admin.local_postgis import private_cluster
from tests.local.serving import Server, environment, free_port, get, left_over, serving


def test_with_a_replica_both_run_and_both_stop(checkout: Path, prepared_home: Path) -> None:
    standby = locate(prepared_home).root / "replica"
    with serving(checkout, prepared_home, "--synchronous-replica") as (server, port):
        assert any("Making a streaming replica" in line for line in server.words)
        assert get(port, "/readyz") == "(1,)"
        assert get(port, "/replica") == "(True, 1)", "the application knows it, and it has what was written"
        assert postgres_process._servers(ClusterFiles(standby))
    assert left_over(prepared_home) == set()
    assert not postgres_process._servers(ClusterFiles(standby))
    with serving(checkout, prepared_home) as (server, port):
        assert get(port, "/readyz") == "(2,)", "without it nobody waits for it"


def test_a_replica_that_was_promoted_is_never_made_anew(checkout: Path, prepared_home: Path) -> None:
    """It may hold edits that were acknowledged since; the old primary does not go on beside it either."""
    cluster = private_cluster(prepared_home)
    primary, promoted = cluster.files, cluster.replica().files
    with serving(checkout, prepared_home, "--with-replica"):
        ask = (cluster.programs, promoted, "SELECT pg_promote(); CREATE TABLE made_since ()", "postgres")
        postgres_process.run_sql(*ask)
    for arguments in ((), ("--with-replica",)):
        server = Server(checkout, environment(prepared_home, free_port()), *arguments)
        assert server.wait() == 1
        assert "was promoted" in "".join(server.words)
        assert f"mv {promoted.data} {primary.data}" in "".join(server.words), "the way out is said"
    primary.data.rename(primary.root / "data.old")
    promoted.data.rename(primary.data)
    with serving(checkout, prepared_home, "--with-replica") as (server, port):
        assert any("Making a streaming replica" in line for line in server.words)
        assert get(port, "/replica").startswith("(True,")
        there = "SELECT count(*) FROM pg_class WHERE relname = 'made_since'"
        assert postgres_process.run_sql(cluster.programs, primary, there, "postgres").strip() == "1"


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "said"),
    [
        pytest.param(["--help"], {}, 0, "--with-replica", id="help"),
        pytest.param(["--replicas"], {}, 2, "unrecognized arguments: --replicas", id="unknown"),
        pytest.param(
            ["--with-replica"], {"DATABASE_URL": "postgresql:///x"}, 1, "the servers are yours", id="own servers"
        ),
    ],
)
def test_its_arguments(
    checkout: Path, home: Path, arguments: list[str], settings: dict[str, str], code: int, said: str
) -> None:
    server = Server(checkout, environment(home, free_port(), **settings), *arguments)
    assert server.wait() == code
    assert said in "".join(server.words)
