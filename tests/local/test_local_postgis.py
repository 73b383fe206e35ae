from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2
import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from spatial_admin.local import postgres_process
from spatial_admin.local.cluster_files import LONGEST_SOCKET_PATH, SOCKET_NAME, SYSTEM_PLACE
from spatial_admin.local.console import CannotGoOn
from spatial_admin.local.environment import CHECKOUT
from spatial_admin.local.roles import APP_ROLE, DATABASE, OWNER_ROLE, SUPERUSER
from spatial_admin.local_postgis import Cluster, private_cluster
from tests.local.conftest import make_reachable_folder
from tests.local.servers import ask

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One running durable cluster for the tests that only look at it."""
    folder = make_reachable_folder()
    with private_cluster(folder / "home").running() as cluster:
        yield cluster
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("listen_addresses", "", id="no network socket"),
        pytest.param("data_checksums", "on", id="a flipped bit on disk is noticed"),
        pytest.param("fsync", "on", id="a committed edit survives a power cut"),
        pytest.param("full_page_writes", "on", id="a torn page is repaired"),
        pytest.param("synchronous_commit", "on", id="COMMIT answers after the write"),
        pytest.param("password_encryption", "scram-sha-256", id="no md5 password"),
        pytest.param("max_pred_locks_per_transaction", "1024", id="reading 200 parcels locks no whole table"),
        pytest.param("server_encoding", "UTF8", id="every script's letters"),
        pytest.param("unix_socket_permissions", "0700", id="other accounts cannot connect"),
        pytest.param("shared_preload_libraries", "postgis-3, pg_trgm, plpgsql", id="no connection loads PostGIS anew"),
    ],
)
def test_the_server_is_set_as_promised(cluster: Cluster, name: str, value: str) -> None:
    assert ask(cluster, f"SHOW {name}") == value


def test_every_connection_needs_a_scram_password_and_comes_by_socket(cluster: Cluster) -> None:
    rules = ask(cluster, "SELECT string_agg(type || ' ' || auth_method, ',') FROM pg_hba_file_rules")
    assert rules == "local scram-sha-256"
    kinds = "SELECT string_agg(DISTINCT left(rolpassword, 13), ',') FROM pg_authid WHERE rolcanlogin"
    assert ask(cluster, kinds) == "SCRAM-SHA-256"


def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(host=str(cluster.files.socket_folder), user=APP_ROLE, password="wrong", dbname=DATABASE)


def test_no_role_but_the_superuser_has_any_privilege_of_the_whole_server(cluster: Cluster) -> None:
    privileged = ask(
        cluster,
        "SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolcanlogin"
        " AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)",
    )
    assert privileged == SUPERUSER


def test_each_url_signs_in_as_its_own_role(cluster: Cluster) -> None:
    assert ask(cluster, "SELECT current_user || '@' || current_database()", "DATABASE_URL") == f"{APP_ROLE}@{DATABASE}"
    owner = ask(cluster, "SELECT current_user || '@' || current_database()", "DATABASE_OWNER_URL")
    assert owner == f"{OWNER_ROLE}@{DATABASE}"


def test_the_owner_may_make_tables_and_the_application_may_not(cluster: Cluster) -> None:
    ask(cluster, "CREATE TABLE made_by_owner (id int)", "DATABASE_OWNER_URL")
    with pytest.raises(ProgrammingError, match="permission denied for schema public"):
        ask(cluster, "CREATE TABLE made_by_app (id int)", "DATABASE_URL")
    with pytest.raises(ProgrammingError, match="permission denied for table made_by_owner"):
        ask(cluster, "SELECT * FROM made_by_owner", "DATABASE_URL")


def test_database_belongs_to_the_owner_and_has_the_extensions(cluster: Cluster) -> None:
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(cluster, owner, "DATABASE_OWNER_URL") == OWNER_ROLE
    extensions = "SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension WHERE extname <> 'plpgsql'"
    assert ask(cluster, extensions, "DATABASE_OWNER_URL") == "btree_gist,pg_trgm,pgstattuple,postgis"


def test_secrets_are_readable_by_nobody_else(cluster: Cluster) -> None:
    secrets = list(cluster.files.secrets.iterdir())
    assert len(secrets) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    for folder in (cluster.files.secrets, cluster.files.data, cluster.files.socket_folder, cluster.files.log):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_no_password_stands_on_a_command_line(cluster: Cluster) -> None:
    passwords = [cluster.files.read_password(role).encode() for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)]
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((process / "cmdline").read_bytes())
        except OSError:
            continue  # ended while we were looking
    assert lines
    assert not [line for line in lines for password in passwords if password in line]


def test_two_copies_run_side_by_side_and_do_not_see_each_other(home: Path, prepared_home: Path) -> None:
    with (
        private_cluster(prepared_home, durable=False).running() as one,
        private_cluster(home / "other", durable=False).running() as other,
    ):
        ask(one, "CREATE TABLE mine (id int)", "DATABASE_OWNER_URL")
        assert ask(other, "SELECT to_regclass('mine')", "DATABASE_OWNER_URL") == "None"
        assert ask(one, "SHOW data_directory") != ask(other, "SHOW data_directory")
        assert one.files.read_password(OWNER_ROLE) != other.files.read_password(OWNER_ROLE)


def test_set_up_killed_half_way_is_finished_by_the_next_start(home: Path) -> None:
    cluster = private_cluster(home, durable=False)
    half = cluster.files.root / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("15")
    with cluster.running():
        assert ask(cluster, "SELECT 1", "DATABASE_URL") == "1"
        ask(cluster, f"ALTER DATABASE {DATABASE} RENAME TO not_there")
        ask(cluster, f"DROP OWNED BY {APP_ROLE}")
    assert not half.exists()
    cluster.files.database_stamp.unlink()  # as if killed between initdb and the last statement
    with cluster.running():
        assert ask(cluster, "SELECT PostGIS_Lib_Version() IS NOT NULL", "DATABASE_URL") == "True"


def test_a_home_that_was_moved_starts_at_its_new_place(prepared_home: Path) -> None:
    moved = prepared_home.rename(prepared_home.with_name("it's a häm & co"))
    with private_cluster(moved, durable=False).running() as cluster:
        url = cluster.url_files()["DATABASE_URL"].read_text().strip()
        assert parse_qs(urlsplit(url).query)["host"] == [str(moved / "postgres" / "socket")]
        assert ask(cluster, "SELECT 1", "DATABASE_URL") == "1"


def test_a_home_too_deep_for_a_socket_uses_a_short_folder_and_removes_it(home: Path) -> None:
    deep = home / ("deep" * 30)
    cluster = private_cluster(deep, durable=False)
    with cluster.running():
        socket = cluster.files.socket_folder / SOCKET_NAME
        assert len(os.fsencode(socket)) < LONGEST_SOCKET_PATH
        assert stat.S_IMODE(cluster.files.socket_folder.stat().st_mode) == 0o700
        assert ask(cluster, "SELECT 1", "DATABASE_URL") == "1"
    assert not cluster.files.socket_folder.exists()


@needs_root
def test_a_home_that_the_server_cannot_reach_puts_the_cluster_into_the_system_place() -> None:
    folder = make_reachable_folder()
    folder.chmod(0o700)
    cluster = private_cluster(folder / "home", durable=False)
    try:
        assert cluster.files.root.parent == SYSTEM_PLACE
        assert cluster.files.root.name.startswith("home-")
        with cluster.running():
            assert ask(cluster, "SELECT 1", "DATABASE_URL") == "1"
        folder.chmod(0o711)
        assert private_cluster(folder / "home").files == cluster.files, "existing data are not left behind"
    finally:
        shutil.rmtree(cluster.files.root)
        shutil.rmtree(folder)


@needs_root
def test_an_ordinary_user_runs_a_cluster_of_their_own_and_not_that_of_another() -> None:
    python = Path("/usr/bin/python3")
    question = "import sys; print(sys.version_info >= (3, 11))"
    asked = subprocess.run([python, "-c", question], capture_output=True, text=True, check=False)
    readable = subprocess.run(["test", "-r", CHECKOUT], user="nobody", check=False).returncode == 0
    if asked.stdout.strip() != "True" or not readable:
        pytest.skip("user nobody cannot read the checkout, or the system's Python is too old")
    script = (
        "import sys; from pathlib import Path; from spatial_admin.local_postgis import private_cluster\n"
        "from spatial_admin.local.console import CannotGoOn\n"
        "try:\n"
        "    with private_cluster(Path(sys.argv[1]), durable=False).running() as one: print(one.files.data.owner())\n"
        "except CannotGoOn as error: print(error)"
    )
    folder = make_reachable_folder()
    folder.chmod(0o777)

    def run(home: Path) -> str:
        done = subprocess.run(
            [python, "-B", "-c", script, home], user="nobody", group="nogroup", extra_groups=[], cwd=CHECKOUT,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    try:
        assert run(folder / "theirs") == "nobody"
        with private_cluster(folder / "theirs", durable=False).running() as cluster:
            assert cluster.files.data.owner() == "nobody", "root runs it as its owner"
        with private_cluster(folder / "ours", durable=False).running():
            pass
        assert "belongs to postgres" in run(folder / "ours")
    finally:
        shutil.rmtree(folder)


def test_a_lost_password_file_is_named(prepared_home: Path) -> None:
    with private_cluster(prepared_home, durable=False).running() as cluster:
        pass
    cluster.files.password_file(APP_ROLE).unlink()
    with pytest.raises(CannotGoOn, match=rf"{APP_ROLE}\.password is gone"), cluster.running():
        pass
    assert not postgres_process._servers(cluster.files), "what was started for nothing is stopped"


def test_data_of_a_major_version_that_is_not_installed_are_refused_by_name(home: Path) -> None:
    cluster = private_cluster(home)
    cluster.files.data.mkdir(mode=0o700)
    (cluster.files.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotGoOn, match=r"needs PostgreSQL 9 with PostGIS 3"):
        private_cluster(home)


def test_the_application_cannot_reach_the_superusers_database_files(cluster: Cluster) -> None:
    with pytest.raises((ProgrammingError, OperationalError), match=r"permission denied|must be superuser"):
        ask(cluster, "SELECT pg_read_file('postgresql.conf')", "DATABASE_URL")
