from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from spatial_admin.local import postgres_process
from spatial_admin.local.console import CannotGoOn
from spatial_admin.local.environment import CHECKOUT
from spatial_admin.local_postgis import private_cluster
from tests.local.servers import ask, kill_everything


def test_data_survive_a_stop_and_a_start(prepared_home: Path) -> None:
    with private_cluster(prepared_home, durable=False).running() as cluster:
        ask(cluster, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)", "DATABASE_OWNER_URL")
    assert not postgres_process._servers(cluster.files)
    with private_cluster(prepared_home, durable=False).running() as cluster:
        assert ask(cluster, "SELECT n FROM kept", "DATABASE_OWNER_URL") == "42"


def test_after_kill_9_committed_rows_are_there_and_open_transactions_are_not(prepared_home: Path) -> None:
    with private_cluster(prepared_home).running() as cluster:
        ask(cluster, "CREATE TABLE edited (n int); INSERT INTO edited VALUES (1)", "DATABASE_OWNER_URL")
        engine = create_engine(cluster.url_files()["DATABASE_OWNER_URL"].read_text().strip())
        with engine.connect() as connection:
            connection.execute(text("INSERT INTO edited VALUES (2)"))
            kill_everything(cluster.files)
            assert (cluster.files.data / "postmaster.pid").exists()
            connection.invalidate()
        engine.dispose()
    with private_cluster(prepared_home).running() as cluster:
        assert ask(cluster, "SELECT array_agg(n)::text FROM edited", "DATABASE_OWNER_URL") == "{1}"


def test_a_server_that_just_lost_a_process_is_stopped_without_a_long_wait(prepared_home: Path) -> None:
    with private_cluster(prepared_home, durable=False).running() as cluster:
        postmaster = postgres_process._postmaster_pid(cluster.files)
        for pid in postgres_process._servers(cluster.files) - {postmaster}:
            with suppress(FileNotFoundError):  # a process that ended while we were looking
                if b"background writer" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)  # PostgreSQL restarts its processes; told to stop fast just then, it needs 60 s
        began = time.monotonic()
    assert time.monotonic() - began < 20
    assert not postgres_process._servers(cluster.files)


def test_a_stale_pid_file_that_names_a_living_stranger_does_not_stop_the_start(prepared_home: Path) -> None:
    with private_cluster(prepared_home, durable=False).running() as cluster:
        pid_file = cluster.files.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        kill_everything(cluster.files)
    # The server's account owns the stranger: PostgreSQL itself would believe that this is a running server.
    stranger = subprocess.Popen(
        ["sleep", "60"], user=cluster.account.uid if cluster.account.switch else None, start_new_session=True
    )
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        shutil.chown(pid_file, cluster.account.uid, cluster.account.gid)
        with private_cluster(prepared_home, durable=False).running() as again:
            assert ask(again, "SELECT 1") == "1"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_server_stops_with_its_last_user_not_with_its_first(prepared_home: Path) -> None:
    with private_cluster(prepared_home, durable=False).running() as cluster:
        with private_cluster(prepared_home, durable=False).running():
            assert ask(cluster, "SELECT 1") == "1"
        assert ask(cluster, "SELECT 1") == "1"
    assert not postgres_process._servers(cluster.files)


def test_a_server_left_by_a_killed_user_is_taken_over_and_stopped_at_the_end(prepared_home: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from spatial_admin.local_postgis import private_cluster\n"
        "with private_cluster(Path(sys.argv[1]), durable=False).running(): print('up', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(prepared_home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=CHECKOUT) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"up\n"
        user.kill()
    cluster = private_cluster(prepared_home, durable=False)
    left = postgres_process._servers(cluster.files)
    assert left
    with cluster.running():
        assert ask(cluster, "SELECT 1") == "1"
        assert left & postgres_process._servers(cluster.files), "the same server goes on"
    assert not postgres_process._servers(cluster.files)


def test_a_server_that_cannot_start_says_why(prepared_home: Path) -> None:
    with private_cluster(prepared_home, durable=False).running() as cluster:
        pass
    with (cluster.files.data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(CannotGoOn, match=r"no_such_setting"), cluster.running():
        pass
