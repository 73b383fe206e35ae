"""Reads on a real streaming replica: who wrote sees it, and a replica that lags, stops or cancels shows no error."""

from __future__ import annotations

import html
import re
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import psycopg2
import pytest
from flask import Flask, g
from sqlalchemy import text

from spatial_admin.admin import database_tables
from spatial_admin.connections import replicas as replicas_module
from spatial_admin.connections import standby
from spatial_admin.connections.measurements import measured
from spatial_admin.models import db
from spatial_admin.services.database import judge_database, judge_replicas
from spatial_admin.services.database.describe_upkeep import describe_upkeep
from spatial_admin.services.exporting import stream_export, write_layer
from spatial_admin.services.parcels.find_parcels import find_parcels
from spatial_admin.services.shared.copy_out import copy_out
from spatial_admin.transaction import short, snapshot
from spatial_admin.web import api_parcels
from tests.accounts import People, make_people, sign_in
from tests.answers import json_of
from tests.conftest import dispose
from tests.connections.drawings import drawing
from tests.connections.pair import FREEZE_AT, MOST_LAG_S, Pair, app_over, in_use, replicas_of, statuses
from tests.waiting import until

IS_STANDBY = "SELECT pg_is_in_recovery()"
PAGES = ("/api/parcels", "/admin/", "/admin/parcel/", "/", "/api/records")


@pytest.fixture(scope="module")
def app(pair: Pair) -> Iterator[Flask]:
    app = app_over(pair.settings())
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def people(app: Flask) -> People:
    with app.app_context():
        return make_people()


@pytest.fixture(autouse=True)
def in_step(app: Flask, pair: Pair) -> None:
    """The replica is in use and has everything, whatever the test before did to it."""
    pair.on_replica("SELECT pg_wal_replay_resume()")
    until(lambda: in_use(app) and replicas_of(app).states()[0].behind_bytes == 0)


@pytest.fixture
def paused(pair: Pair) -> Iterator[None]:
    """The replica receives, and shows nothing new."""
    pair.on_replica("SELECT pg_wal_replay_pause()")
    until(lambda: pair.on_replica("SELECT pg_get_wal_replay_pause_state()") == [("paused",)])
    yield
    pair.on_replica("SELECT pg_wal_replay_resume()")


def state_of(app: Flask) -> str:
    return replicas_of(app).states()[0].state


def is_behind(app: Flask) -> bool:
    replicas_of(app).look()
    return bool(replicas_of(app).states()[0].behind_bytes)


def counted(name: str) -> int:
    return measured().counts.get(name, 0)


def test_reads_of_a_request_go_to_the_replica_and_writes_never(app: Flask) -> None:
    with app.test_request_context("/api/parcels"):
        g.only_reads = g.may_lag = True
        with snapshot() as session:
            assert session.scalar(text(IS_STANDBY)) is True
            assert session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        with snapshot(may_lag=False) as session:
            assert session.scalar(text(IS_STANDBY)) is False
        assert db.session.scalar(text(IS_STANDBY)) is True
        db.session.close()
        with short() as session:
            assert session.scalar(text(IS_STANDBY)) is False
        with snapshot() as session:
            assert session.scalar(text(IS_STANDBY)) is False, "who wrote reads where it wrote"
        assert db.session.scalar(text(IS_STANDBY)) is False
        db.session.close()


def test_work_outside_of_requests_reads_the_primary_unless_it_says_otherwise(app: Flask) -> None:
    with app.app_context():
        with snapshot() as session:
            assert session.scalar(text(IS_STANDBY)) is False
        with snapshot(may_lag=True) as session:
            assert session.scalar(text(IS_STANDBY)) is True


@pytest.mark.parametrize("path", PAGES)
def test_pages_and_the_api_are_answered_by_the_replica(path: str, app: Flask, people: People) -> None:
    before = counted("reads_replica")
    assert app.test_client().get(path, headers=people.viewer.bearer).status_code == 200
    assert counted("reads_replica") > before


@pytest.mark.usefixtures("paused")
def test_who_wrote_reads_it_while_the_replica_is_paused_and_others_read_the_replica(app: Flask, people: People) -> None:
    browser, client, other = app.test_client(), app.test_client(), app.test_client()
    token = sign_in(browser, people.editor)
    name, body = drawing()
    answer = browser.post("/api/edits", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 201, json_of(answer)
    position = {"Spatial-Admin-Position": answer.headers["Spatial-Admin-Position"]}
    path = f"/api/parcels/{name}"
    assert browser.get(path).status_code == 200
    assert name in browser.get(f"/admin/parcel/edit/?id={name}").text
    assert client.get(path, headers={**people.viewer.bearer, **position}).status_code == 200
    assert other.get(path, headers=people.viewer.bearer).status_code == 404, "the replica answered, as it was"


def test_the_mark_costs_nothing_once_the_replica_is_past_it(app: Flask, people: People, pair: Pair) -> None:
    browser = app.test_client()
    token = sign_in(browser, people.editor)
    name, body = drawing()
    assert browser.post("/api/edits", json=body, headers={"X-CSRFToken": token}).status_code == 201
    with browser.session_transaction() as session:
        mark = session["wrote"]
    until(lambda: pair.on_replica(f"SELECT pg_last_wal_replay_lsn() >= '{mark}'") == [(True,)])
    before = counted("reads_replica")
    assert browser.get(f"/api/parcels/{name}").status_code == 200
    assert counted("reads_replica") > before


@pytest.mark.usefixtures("paused")
def test_a_process_that_nobody_asked_for_long_does_not_call_a_replica_old_that_is_a_moment_behind(
    app: Flask, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last look was long ago, and at its first one the replica has not replayed what was just written."""
    replicas = replicas_of(app)

    def catch_up(_seconds: float) -> None:
        pair.on_replica("SELECT pg_wal_replay_resume()")
        until(lambda: pair.on_primary("SELECT bool_and(replay_lsn >= sent_lsn) FROM pg_stat_replication") == [(True,)])

    until(lambda: in_use(app))
    pair.on_replica("SELECT pg_wal_replay_pause()")
    try:
        pair.on_primary("CREATE TABLE written_meanwhile ()", "DROP TABLE written_meanwhile")
        long_ago = [(byte, when - 100 * MOST_LAG_S) for byte, when in replicas._samples]
        replicas._samples.clear()
        replicas._samples.extend(long_ago)
        replicas.all[0].as_of = replicas._looked_at = standby.LONG_AGO
        held = SimpleNamespace(monotonic=time.monotonic, sleep=catch_up)
        monkeypatch.setattr(replicas_module, "time", held)
        assert replicas.states()[0].state == "in use"
    finally:
        pair.on_replica("SELECT pg_wal_replay_resume()")


def test_only_one_reader_a_second_waits_for_a_paused_replica(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, body = drawing()
    client = app.test_client()
    answer = client.post("/api/edits", json=body, headers=people.editor.bearer)
    headers = {**people.editor.bearer, "Spatial-Admin-Position": answer.headers["Spatial-Admin-Position"]}
    clock, waited = [time.monotonic() + 2], list[float]()

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        waited.append(seconds)

    monkeypatch.setattr(standby, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    for _ in range(2):
        assert statuses(client, headers, *["/api/parcels"] * 6) == [200] * 6
        assert sum(waited) == pytest.approx(0.1, abs=0.01), "the first waited, and nobody else in that second"
        clock[0] += 1
        waited.clear()


@pytest.mark.usefixtures("paused")
def test_a_replica_too_far_behind_is_not_asked(app: Flask, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    _, body = drawing()
    assert client.post("/api/edits", json=body, headers=people.editor.bearer).status_code == 201
    until(lambda: is_behind(app))  # the primary tells of what it has flushed, and does that when it likes
    assert replicas_of(app).states()[0].state == "in use", "a moment behind"
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + MOST_LAG_S + 1)
    replicas_of(app).look()
    state = replicas_of(app).states()[0]
    assert (state.state, (state.lag_s or 0) > MOST_LAG_S, (state.behind_bytes or 0) > 0) == ("too old", True, True)
    before = counted("reads_replica")
    assert statuses(client, people.viewer.bearer, *PAGES) == [200] * len(PAGES)
    assert counted("reads_replica") == before


def test_a_replica_that_is_killed_costs_one_failure_and_comes_back_by_itself(
    app: Flask, people: People, pair: Pair
) -> None:
    client = app.test_client()
    assert statuses(client, people.viewer.bearer, *PAGES) == [200] * len(PAGES)
    pair.kill_replica()
    lost = measured().aborts.get("lost", 0)
    assert statuses(client, people.viewer.bearer, *PAGES * 3) == [200] * len(PAGES) * 3
    # A look, a broken connection and a new one, and another look now and then, the longer the less often.
    assert measured().aborts.get("lost", 0) - lost < len(PAGES) * 3, "never one a request"
    assert replicas_of(app).states()[0].state == "out of reach"
    pair.start_replica()
    until(lambda: statuses(client, people.viewer.bearer, "/api/parcels") == [200] and state_of(app) == "in use")
    before = counted("reads_replica")
    assert statuses(client, people.viewer.bearer, *PAGES) == [200] * len(PAGES)
    assert counted("reads_replica") > before


def nobody_idles_on_replica(pair: Pair) -> bool:
    """Whether no transaction holds a snapshot there between two statements; the question itself may be cancelled."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND state LIKE 'idle in%'"
    try:
        return bool(pair.on_replica(question) == [(0,)])
    except psycopg2.errors.SerializationFailure:
        return False


@pytest.mark.parametrize("is_idle", [False, True], ids=["while a statement runs", "between two statements"])
def test_a_query_cancelled_by_recovery_is_answered_again(
    is_idle: bool, app: Flask, people: People, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.on_replica(
        "ALTER SYSTEM SET max_standby_streaming_delay = 0", "ALTER SYSTEM SET hot_standby_feedback = off",
        "SELECT pg_reload_conf()",
    )  # fmt: skip
    until(lambda: pair.on_replica("SHOW hot_standby_feedback") == [("off",)])
    until(lambda: pair.on_primary("SELECT backend_xmin FROM pg_stat_replication") == [(None,)])
    seen: list[Any] = []
    find = find_parcels

    def remove_rows() -> None:
        pair.on_primary("UPDATE account SET active = active", "VACUUM account")

    def interrupted(session: Any, question: Any) -> Any:
        seen.append(session.scalar(text(IS_STANDBY)))
        if len(seen) == 1:
            session.execute(text("SELECT count(*) FROM account"))
            vacuum = threading.Thread(target=remove_rows)
            vacuum.start()
            if is_idle:
                vacuum.join()
                until(lambda: nobody_idles_on_replica(pair))
            session.execute(text("SELECT pg_sleep(100)"))
        return find(session, question)

    monkeypatch.setattr(api_parcels, "find_parcels", interrupted)
    before = counted("reads_answered_again")
    assert statuses(app.test_client(), people.viewer.bearer, "/api/parcels") == [200]
    assert seen[0] is True
    assert len(seen) == 2
    assert counted("reads_answered_again") == before + 1
    assert state_of(app) == "in use", replicas_of(app).states()[0].error


def test_a_read_that_every_server_breaks_off_ends_as_an_error(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers: list[Any] = []

    def broken(session: Any, question: Any) -> Any:
        servers.append(session.scalar(text(IS_STANDBY)))
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'made for a test' USING ERRCODE = '40001'; END $$"))

    monkeypatch.setattr(api_parcels, "find_parcels", broken)
    assert statuses(app.test_client(), people.viewer.bearer, "/api/parcels") == [500]
    assert servers == [True, True, False], "the replica, the replica once more, the primary"


def test_an_export_that_a_replica_breaks_off_before_its_first_byte_is_made_again(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers: list[Any] = []

    def interrupted(session: Any, statement: bytes, sink: Any) -> None:
        servers.append(session.scalar(text(IS_STANDBY)))
        if len(servers) == 1:
            session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'made for a test' USING ERRCODE = '40001'; END $$"))
        copy_out(session, statement, sink)

    for module, suffix in ((stream_export, "geojson"), (write_layer, "gpkg")):
        monkeypatch.setattr(module, "copy_out", interrupted)
        answer = app.test_client().get(f"/export/parcels.{suffix}", headers=people.viewer.bearer)
        assert (answer.status_code, bool(answer.data)) == (200, True)
        answer.close()
        assert servers == [True, True], "the replica, and once more"
        servers.clear()


def test_a_fork_knows_nothing_of_its_parents_looks(app: Flask) -> None:
    replicas = replicas_of(app)
    replicas._looking.acquire()
    replicas.after_fork()
    assert replicas._looking.acquire(blocking=False)
    replicas._looking.release()


# The page Database, on servers that have what it tells of.
PAGE = "/admin/database/"
MEGABYTES = (
    "SELECT count(pg_logical_emit_message(false, 'test', repeat('x', 1048576))) FROM generate_series(1, {count})"
)
# Each COMMIT takes a number; no row is written.
NUMBERS = "DO $$ BEGIN FOR i IN 1..{count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"


@pytest.fixture
def page(app: Flask, people: People) -> Callable[[], tuple[str, str]]:
    """Look at the page: what needs attention, and all of it."""
    browser = app.test_client()
    sign_in(browser, people.administrator)

    def look() -> tuple[str, str]:
        shown = browser.get(PAGE)
        assert shown.status_code == 200
        return shown.text.split('id="attention"')[1].split("</section>")[0], shown.text

    return look


@pytest.mark.usefixtures("paused")
def test_a_replica_that_does_not_replay_needs_attention_until_it_does(pair: Pair, page: Callable[[], Any]) -> None:
    name = pair.on_primary("SELECT application_name FROM pg_stat_replication")[0][0]
    assert "of log behind" not in page()[0]
    pair.on_primary(MEGABYTES.format(count=70))
    until(lambda: re.search(rf"The replica {name} is 7\d\.\d MiB of log behind", page()[0]))
    assert "Look for a replay that is paused, a long query on it" in page()[0]
    (row,) = re.findall(rf"<tr><th scope=\"row\">{name}</th>(.*?)</tr>", page()[1], re.DOTALL)
    assert "streaming" in row
    assert "async" in row
    pair.on_replica("SELECT pg_wal_replay_resume()")
    until(lambda: "of log behind" not in page()[0])


def test_a_replica_that_is_gone_needs_attention_until_it_is_back(
    app: Flask, pair: Pair, page: Callable[[], Any]
) -> None:
    (shown,) = re.findall(r"<tr><th scope=\"row\">replica 1</th>(.*?)</tr>", readers_of(page()[1]), re.DOTALL)
    assert "in use" in shown
    pair.kill_replica()
    try:
        until(lambda: "Replica 1 of DATABASE_REPLICA_URL is out of reach" in page()[0])
        attention, whole = page()
        assert "The primary answers its readers meanwhile" in attention
        (shown,) = re.findall(r"<tr><th scope=\"row\">replica 1</th>(.*?)</tr>", readers_of(whole), re.DOTALL)
        assert "out of reach" in shown
        assert "connection to server" in shown, "what the driver said"
        assert "psycopg2" not in whole
    finally:
        pair.start_replica()
    until(lambda: in_use(app))
    assert "is out of reach" not in page()[0]


def readers_of(page: str) -> str:
    return page.rsplit("Replicas that answer readers", maxsplit=1)[-1]


@pytest.mark.parametrize(
    ("make", "kind", "reader"),
    [
        ("pg_create_physical_replication_slot('of_a_lost_reader', true)", "physical", "its replica"),
        ("pg_create_logical_replication_slot('of_a_lost_reader', 'pgoutput')", "logical", "its subscriber"),
    ],
)
def test_a_slot_that_nobody_uses_and_that_keeps_log_needs_attention(
    app: Flask, pair: Pair, page: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, make: str, kind: str, reader: str
) -> None:
    monkeypatch.setattr(judge_replicas, "KEPT_BYTES", 20 * 1024**2)  # instead of two gigabytes on a disk of memory
    pair.on_primary("CHECKPOINT", f"SELECT {make}")
    kept = r"of_a_lost_reader is not in use and keeps \d+\.\d MiB of log on the disk"
    try:
        attention, whole = page()
        assert not re.search(kept, attention), "it keeps next to nothing"
        (row,) = re.findall(r"<tr><th scope=\"row\">of_a_lost_reader</th>(.*?)</tr>", whole, re.DOTALL)
        assert re.findall(r"<td[^>]*>(physical|logical)</td>", row) == [kind]
        pair.on_primary(MEGABYTES.format(count=24))
        until(lambda: re.search(kept, page()[0]))
        attention = html.unescape(page()[0])
        assert f"Start {reader}, or SELECT pg_drop_replication_slot('of_a_lost_reader')" in attention
        checked = app.test_cli_runner().invoke(args=["database", "check"]).output
        assert "replication slots not in use: of_a_lost_reader: start" in checked
    finally:
        pair.on_primary("SELECT pg_drop_replication_slot('of_a_lost_reader')")
    assert "of_a_lost_reader" not in page()[1]


def test_a_slot_that_holds_vacuum_back_is_named(pair: Pair, page: Callable[[], Any]) -> None:
    """As a replica leaves one behind that told what its queries still see."""
    pair.on_primary("SELECT pg_create_physical_replication_slot('of_a_reader', true)")
    pair.on_replica(
        "ALTER SYSTEM SET hot_standby_feedback = on", "ALTER SYSTEM SET primary_slot_name = 'of_a_reader'",
        "SELECT pg_reload_conf()",
    )  # fmt: skip
    held = "SELECT xmin IS NOT NULL AND active FROM pg_replication_slots"
    try:
        until(lambda: pair.on_primary(held) == [(True,)])
        assert "of_a_reader" not in page()[0]
        pair.on_replica("ALTER SYSTEM RESET primary_slot_name", "SELECT pg_reload_conf()")
        until(lambda: pair.on_primary("SELECT active FROM pg_replication_slots") == [(False,)])
        assert re.search(r"slot of_a_reader is not in use and holds VACUUM back, by [\d,]+ transactions", page()[0])
    finally:
        pair.on_replica("ALTER SYSTEM RESET primary_slot_name", "SELECT pg_reload_conf()")
        until(lambda: pair.on_primary("SELECT bool_or(active) FROM pg_replication_slots") == [(False,)])
        pair.on_primary("SELECT pg_drop_replication_slot('of_a_reader')")


def test_numbers_of_transactions_that_run_out_need_attention_and_freezing_helps(
    app: Flask, pair: Pair, page: Callable[[], Any]
) -> None:
    held = psycopg2.connect(pair.settings().database_url.replace("+psycopg2", ""))
    try:
        with held.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM parcel")
        pair.on_primary(NUMBERS.format(count=FREEZE_AT + FREEZE_AT // 5))
        attention = page()[0]
        assert re.search(r"oldest transaction that is not frozen is 1[2-9]\d,\d{3} transactions old", attention)
        assert "notice-bad" not in attention.split("not frozen")[0].rsplit("<li", 1)[1], "far from the end of numbers"
        pair.on_primary("VACUUM (FREEZE)")
        assert "that is not frozen is" in page()[0], "the open snapshot keeps them"
    finally:
        held.close()

    def is_frozen() -> bool:
        pair.on_primary("VACUUM (FREEZE)")
        return "that is not frozen is" not in page()[0]

    # Not always the first time: the server ends the session a moment later, and others may hold a snapshot just then.
    until(is_frozen)
    # So near the end that it is bad nobody can burn numbers for: as measured, but for the age.
    with app.app_context(), short() as session:
        measured_now = describe_upkeep(session.connection()).database._mapping
    near = SimpleNamespace(**{**measured_now, "age": judge_database.STOPS_AT - 1_000_000})
    (found,) = judge_database._of_age(cast(Any, SimpleNamespace(database=near, tables=[])))
    assert found.is_bad
    assert "1,999,000,000 transactions old; writes stop at about 2,000,000,000" in found.what


def test_statements_are_shown_as_the_server_counts_them_and_slow_ones_by_their_name(
    pair: Pair, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_tables, "MOST_SLOW", 1_000)
    app = app_over(pair.settings(slow_query_ms=0.0))  # every one is slow
    try:
        browser = app.test_client()
        sign_in(browser, people.administrator)
        assert browser.get("/api/parcels").status_code == 200
        page = browser.get(PAGE).text
    finally:
        dispose(app)
    sections = {part.split("</h2>")[0]: part for part in page.split("<h2>")[1:]}
    for name in ("services.database.describe_sessions.BY_STATE", "services.database.describe_server.STATEMENTS"):
        assert f'<th scope="row">{name}</th>' in sections["Slow statements"]
    counted_here = sections["Statements"]
    assert "Those that cost most in all, counted by pg_stat_statements" in counted_here
    (most,) = pair.on_primary(
        "SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 40) FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 1"
    )
    assert html.escape(most[0], quote=False)[:30] in counted_here
