"""One session a unit of work, always closed; measured; never shared by two processes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from spatial_admin.connection_settings import ConnectionSettings, read_connections
from spatial_admin.connections.alone import rows_alone
from spatial_admin.connections.demands import Bounds
from spatial_admin.connections.measurements import measured
from spatial_admin.connections.pools import engine_options, state_of
from spatial_admin.connections.slow_statements import name_of
from spatial_admin.database_errors import sqlstate
from spatial_admin.errors import SettingRefused
from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.services.approval import load_four_eyes
from spatial_admin.services.database.describe_connections import describe_connections
from spatial_admin.services.drafts import list_drafts
from spatial_admin.services.editing import describe_editor
from spatial_admin.services.findings import load_rules
from spatial_admin.services.parcels import analyse_coverage
from spatial_admin.settings import Limits
from spatial_admin.transaction import look_up, read_alone, short, snapshot
from tests.accounts import People, make_people, sign_in
from tests.conftest import dispose, settings_over
from tests.connections.drawings import drawing
from tests.connections.visits import routes
from tests.database import TestCluster

IDLE = (
    "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND state LIKE 'idle in transaction%'"
)


@pytest.fixture(scope="module")
def app(module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    settings = settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home"))
    app = create_app(replace(settings, connections=ConnectionSettings(slow_query_ms=40)))
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def people(app: Flask) -> People:
    with app.app_context():
        return make_people()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def held(app: Flask) -> int:
    with app.app_context():
        return state_of(db.engine).in_use


def kept(app: Flask) -> int:
    with app.app_context():
        return state_of(db.engine).idle


def test_after_each_request_of_every_route_nothing_is_held_and_no_transaction_is_open(
    app: Flask, people: People, client: FlaskClient, module_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is kept for some seconds is old at every request, as it is for somebody at any of them.
    for module in (list_drafts, load_four_eyes, load_rules):
        monkeypatch.setattr(module, "KEPT_S", 0.0)
    monkeypatch.setattr(describe_editor, "HOME_KEPT_S", 0.0)
    monkeypatch.setattr(analyse_coverage, "KEPT_S", 0.0)
    token = sign_in(client, people.administrator)
    visited = routes(app)
    assert len(visited) > 60
    watching = create_engine(module_database_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with watching.connect() as watch:
        for method, path in visited:
            client.open(path, method=method, json={}, headers={"X-CSRFToken": token, **people.editor.bearer})
            assert held(app) == 0, f"{method} {path} keeps a connection"
            # One that holds a connection and asks for another can wait for itself.
            assert kept(app) <= 1, f"{method} {path} had two"
            assert watch.execute(text(IDLE)).all() == [], f"{method} {path}"
            if path != "/logout":
                client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
                assert held(app) == 0, f"{method} {path} of a browser keeps a connection"
                assert kept(app) <= 1, f"{method} {path} of a browser had two"
                assert watch.execute(text(IDLE)).all() == [], f"{method} {path} of a browser"


def test_a_unit_of_work_that_fails_gives_its_connection_back(app: Flask) -> None:
    with app.app_context():
        for open_session in (snapshot, short):
            with pytest.raises(ZeroDivisionError), open_session() as session:
                session.execute(text("SELECT 1"))
                raise ZeroDivisionError
    assert held(app) == 0


def test_bounds_are_set_for_the_transaction_and_by_set_local(
    people: People, module_database_url: str, cluster: TestCluster, tmp_path: Path
) -> None:
    given = ConnectionSettings(work_mem="7MB", lock_timeout_ms=1234, idle_timeout_ms=4321, pool_size=1, pool_overflow=0)
    settings = replace(settings_over(module_database_url, cluster, tmp_path), connections=given, limits=Limits())
    bounded = create_app(settings)
    with bounded.test_request_context("/api/parcels", headers=people.viewer.bearer):
        bounded.preprocess_request()
        names = ("work_mem", "lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout")
        with snapshot() as session:
            assert [session.scalar(text(f"SHOW {name}")) for name in names] == ["7MB", "1234ms", "4321ms", "5s"]
        assert [db.session.scalar(text(f"SHOW {name}")) for name in names] == ["7MB", "1234ms", "4321ms", "5s"]
        db.session.close()
        with db.engine.connect() as connection:
            assert connection.scalar(text("SHOW work_mem")) != "7MB", "nothing stays with the connection"
            assert str(connection.scalar(text("SHOW application_name"))).startswith("spatial_admin ")
    dispose(bounded)


def test_a_statement_alone_is_bounded_as_a_snapshot_and_leaves_nothing_behind(app: Flask) -> None:
    before = measured()
    shown = "SELECT current_setting('statement_timeout'), current_setting('transaction_read_only'), %(n)s"
    with app.app_context():
        assert read_alone(shown, {"n": 7}, timeout_ms=1234) == ("1234ms", "on", 7)
        assert read_alone("SELECT 1 WHERE false", {}) is None
        with pytest.raises(DBAPIError) as refused:
            read_alone("CREATE TABLE never (id int)", {})
        assert sqlstate(refused.value) == "25006"
        with pytest.raises(OperationalError) as lost:
            read_alone("SELECT pg_terminate_backend(pg_backend_pid())", {})
        assert lost.value.connection_invalidated
        with snapshot() as session:
            assert session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
            assert session.scalar(text("SHOW statement_timeout")) == "0"
    assert held(app) == 0
    found = measured()
    assert found.aborts["25006"] == before.aborts.get("25006", 0) + 1
    assert found.times["transaction"]["snapshot"].count > before.times["transaction"]["snapshot"].count


def test_what_every_request_asks_is_one_statement_within_bounds_that_leaves_nothing_behind(app: Flask) -> None:
    with app.app_context():
        g.bounds = Bounds(statement_ms=1234)
        with snapshot() as session:  # whose isolation psycopg2 would set back by a statement of its own
            session.execute(text("SELECT 1"))
        ((pid, *found),) = look_up(
            "SELECT pg_backend_pid(), current_setting('statement_timeout'), %(x)s", {"x": "50 %"}
        )
        assert found == ["1234ms", "50 %"]
        watcher = create_engine(db.engine.url)
        with watcher.connect() as connection:
            last = text("SELECT query, state FROM pg_stat_activity WHERE pid = :pid")
            asked, state = connection.execute(last, {"pid": pid}).one()
        watcher.dispose()
        assert asked.startswith("SET LOCAL statement_timeout"), "after it nothing more was said"
        assert state == "idle"
        with db.engine.connect() as connection:
            assert connection.scalar(text("SHOW statement_timeout")) == "0"
            assert connection.connection.driver_connection.autocommit is False  # type: ignore[union-attr]  # psycopg2's
    assert held(app) == 0


def test_a_statement_alone_says_like_any_other_that_its_server_is_out_of_reach(tmp_path: Path) -> None:
    nowhere = create_engine(
        f"postgresql+psycopg2://nobody@/nothing?host={tmp_path}", **engine_options(ConnectionSettings())
    )
    heard: list[Any] = []
    event.listen(nowhere, "handle_error", lambda context: heard.append(context.connection))
    with pytest.raises(OperationalError):
        rows_alone(nowhere, "SELECT 1", {})
    assert heard == [None], "who chooses servers must hear of it"


@pytest.mark.parametrize("is_alone", [True, False], ids=["a statement alone", "a snapshot"])
def test_a_connection_that_died_just_after_its_use_is_replaced(
    is_alone: bool, app: Flask, module_database_url: str
) -> None:
    killing = create_engine(module_database_url, poolclass=NullPool)
    with app.app_context():
        pid = backend()
        with killing.connect() as another:
            another.execute(text("SELECT pg_terminate_backend(:pid, 60000)"), {"pid": pid})
        row = read_alone("SELECT pg_backend_pid()", {}) if is_alone else (backend(),)
    assert row is not None
    assert row[0] != pid


def test_a_slow_statement_alone_is_counted_by_name(
    module_database_url: str, cluster: TestCluster, tmp_path: Path
) -> None:
    given = ConnectionSettings(slow_query_ms=20)
    slow = create_app(replace(settings_over(module_database_url, cluster, tmp_path), connections=given))
    with slow.app_context():
        db.engine.dispose()  # the pool that takes its place tallies as well
        read_alone("SELECT pg_sleep(0.05)", {})
    assert measured().times["slow_query"]["other"].max_s > 0.04
    dispose(slow)


def test_what_is_measured(app: Flask, people: People, client: FlaskClient) -> None:
    before = measured()
    with app.app_context(), pytest.raises(DataError), snapshot() as session:
        session.execute(text("SELECT 1/0"))
    assert measured().aborts["22012"] == before.aborts.get("22012", 0) + 1
    _, body = drawing()
    assert client.post("/api/edits", json=body, headers=people.editor.bearer).status_code == 201
    assert client.get("/admin/", headers=people.viewer.bearer).status_code == 200
    with app.app_context():
        with snapshot() as session:
            session.execute(text("SELECT pg_sleep(0.05)"))
        found = describe_connections()
    assert found.pools["primary"].size == 8
    for what, of in (("checkout", "primary"), ("held", "primary"), ("transaction", "edit"), ("transaction", "snapshot"),
                     ("transaction", "page"), ("transaction", "look")):  # fmt: skip
        was = before.times.get(what, {}).get(of)
        assert found.measured.times[what][of].count > (was.count if was else 0), (what, of)
    assert found.measured.times["slow_query"]["other"].max_s >= 0.05
    metrics = client.get("/metrics", headers=people.viewer.bearer).text
    for line in (
        'spatial_admin_pool_connections{worker="%d",server="primary",state="size"} 8',
        'spatial_admin_transaction_seconds_count{worker="%d",kind="edit"}',
        'spatial_admin_slow_query_seconds_max{worker="%d",name="other"}',
        'spatial_admin_aborts_total{worker="%d",sqlstate="22012"}',
    ):
        assert line % os.getpid() in metrics, line


def test_a_slow_statement_is_named_by_the_constant_that_holds_it() -> None:
    space: dict[str, Any] = {"__name__": "spatial_admin.services.some_service", "name_of": name_of, "WORDS": "SELECT 1"}
    exec("def by_constant(): return name_of(WORDS)\ndef by_function(): return name_of('SELECT 2')", space)  # noqa: S102
    assert space["by_constant"]() == "services.some_service.WORDS"
    assert space["by_function"]() == "services.some_service.by_function"


def test_no_two_processes_share_a_backend_and_a_fork_leaves_its_parents_alone(app: Flask) -> None:
    """Real forks, as gunicorn makes them after the application is loaded and used."""
    children = []
    with app.app_context():
        ours = {backend() for _ in range(2)}
        for _ in range(3):
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                try:
                    theirs = [backend(), backend()]
                    is_clean = measured().counts.get("pool_opened_primary") == 1
                    os.write(writing, json.dumps([theirs, is_clean]).encode())
                finally:
                    os._exit(0)
            os.close(writing)
            children.append((pid, reading))
        found = []
        for pid, reading in children:
            with os.fdopen(reading, "rb") as pipe:
                found.append(json.loads(pipe.read()))
            os.waitpid(pid, 0)
        assert {backend()} == ours, "the parent goes on with its own"
    pids = [{*backends} for backends, _ in found]
    assert all(len(backends) == 1 for backends in pids), "each child keeps one of its own"
    assert len(set.union(*pids, ours)) == 4
    assert all(is_clean for _, is_clean in found), "and counts its own"


def backend() -> int:
    with snapshot() as session:
        return int(session.scalar(text("SELECT pg_backend_pid()")) or 0)


@pytest.mark.parametrize(
    ("name", "text_given"),
    [
        ("SPATIAL_ADMIN_POOL_SIZE", "0"),
        ("SPATIAL_ADMIN_POOL_OVERFLOW", "-1"),
        ("SPATIAL_ADMIN_POOL_TIMEOUT_S", "never"),
        ("SPATIAL_ADMIN_POOL_PRE_PING", "2"),
        ("SPATIAL_ADMIN_WORK_MEM", "16MB'; DROP TABLE parcel"),
        ("SPATIAL_ADMIN_REPLICA_MAX_LAG_S", "nan"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, text_given: str) -> None:
    with pytest.raises(SettingRefused, match=re.escape(name)):
        read_connections({name: text_given}.get, ())


def test_the_pool_has_a_connection_for_every_thread_and_one_more_for_moments() -> None:
    found = read_connections({"WEB_THREADS": "12"}.get, ())
    assert (found.pool_size, found.pool_overflow) == (12, 12)
