"""The page Database: what needs attention is said first, with the action; buttons act on what was seen, and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg2.errors import AdminShutdown, QueryCanceled
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from spatial_admin.services.database import describe_sessions, judge_database
from spatial_admin.services.shared.held_snapshot import SCAN
from tests.accounts import csrf_token_of
from tests.admin.conftest import Site
from tests.database import TestCluster, name_of
from tests.waiting import PATIENCE_S, until

URL = "/admin/database/"
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests wait for nothing: what takes a moment is long already."""
    for name in ("IDLE_S", "BLOCKED_S"):
        monkeypatch.setattr(judge_database, name, 0.0)


@pytest.fixture
def other(site: Site, cluster: TestCluster) -> Iterator[Engine]:
    """Another program, by the application's role."""
    engine = create_engine(site.engine.url)
    yield engine
    engine.dispose()


def pid_of(connection: Connection) -> int:
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def fields_of(page: str, action: str, pid: int) -> dict[str, str]:
    """What the button of a process sends."""
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        if action in form and fields.get("pid") == str(pid):
            return fields
    raise AssertionError(f"no button {action} for {pid}")


def watch(site: Site) -> Connection:
    """Looks at sessions anew each time: within a transaction PostgreSQL shows them as they were at the first look."""
    return site.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def blocked(engine: Engine, site: Site) -> Iterator[tuple[Connection, list[BaseException]]]:
    """A session that holds a row idly, and another that waits for it in a thread; with what the other got in the end."""
    failures: list[BaseException] = []

    def wait() -> None:
        try:
            with engine.begin() as connection:
                connection.execute(text("UPDATE level SET name = name WHERE code = 'parcels' /* the one that waits */"))
        except DBAPIError as error:
            failures.append(error)

    with engine.connect() as holder, watch(site) as watching:
        holder.execute(text("SELECT FROM level WHERE code = 'parcels' FOR UPDATE /* the one that holds */"))
        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: watching.execute(WAITING).scalar_one() > 0)
        try:
            yield holder, failures
        finally:
            if not holder.invalidated:
                try:
                    holder.rollback()
                except OperationalError:  # it was ended by the test
                    holder.invalidate()
            thread.join()


def test_only_an_administrator_sees_it_and_may_do_anything(site: Site) -> None:
    for client in (site.viewer, site.editor):
        assert client.get(URL).status_code == 403
        assert "Database" not in client.get("/admin/").text
        token = csrf_token_of(
            client.get("/admin/").text if "csrf" in client.get("/admin/").text else client.get("/").text
        )
        for what in ("end", "cancel", "maintain", "back-up"):
            assert client.post(URL + what, data={"csrf_token": token, "pid": "1"}).status_code == 403
    assert site.administrator.get(URL).status_code == 200
    assert site.administrator.post(URL + "maintain", data={"x": "y"}).status_code == 400, "without the page's token"


def test_who_is_blocked_and_by_whom_is_said_and_the_button_frees_them(site: Site, other: Engine) -> None:
    with blocked(other, site) as (holder, failures):
        pid = pid_of_other(site, "the one that holds")
        page = site.administrator.get(URL).text
        attention = page.split('id="attention"')[1].split("</section>")[0]
        assert f"for process {pid}" in attention
        assert "is idle in its transaction" in attention
        assert "the one that holds" in attention
        assert "the one that waits" in page
        fields = fields_of(page, "/end", pid)
        answer = site.administrator.post(URL + "end", data=fields)
        assert answer.status_code == 303
        assert f"The session of process {pid} is ended." in site.administrator.get(URL).text
        with pytest.raises(OperationalError) as ended:
            holder.execute(text("SELECT 1"))
        assert isinstance(ended.value.orig, AdminShutdown) or ended.value.connection_invalidated
    assert failures == [], "who waited went on"
    again = site.administrator.post(URL + "end", data=fields)
    assert "nothing was done" in site.administrator.get(again.location).text


def pid_of_other(site: Site, marker: str) -> int:
    with site.engine.connect() as connection:
        found = connection.execute(
            text("SELECT pid FROM pg_stat_activity WHERE query LIKE :marker AND pid <> pg_backend_pid()"),
            {"marker": f"%{marker}%"},
        )
        return int(found.scalar_one())


def test_a_session_that_went_on_is_not_ended(site: Site, other: Engine) -> None:
    with other.connect() as connection:
        pid = pid_of(connection)
        page_while_idle = _page_with(site, pid)
        fields = fields_of(page_while_idle, "/end", pid)
        connection.commit()
        answer = site.administrator.post(URL + "end", data=fields)
        assert "nothing was done" in site.administrator.get(answer.location).text
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_scan_that_holds_its_snapshot_is_not_called_forgotten(site: Site, other: Engine) -> None:
    with other.connect() as connection:
        connection.execute(text(f"SELECT set_config('application_name', '{SCAN}', true)"))
        page = _page_with(site, pid_of(connection))
        assert SCAN in page, "it is shown"
        assert SCAN not in page.split('id="attention"')[1].split("</section>")[0], "and ended by nobody"


def _page_with(site: Site, pid: int) -> str:
    """The page, once it names a process."""
    pages: list[str] = []

    def look() -> bool:
        pages.append(site.administrator.get(URL).text)
        return f'name="pid" value="{pid}"' in pages[-1]

    until(look)
    return pages[-1]


def test_a_statement_is_cancelled_and_only_that_one(site: Site, other: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describe_sessions, "RUNNING", describe_sessions.RUNNING.replace("5 seconds", "0 seconds"))
    failures: list[BaseException] = []

    def sleep() -> None:
        try:
            with other.connect() as connection:
                connection.execute(text("SELECT pg_sleep(60) /* the one that sleeps */"))
        except DBAPIError as error:
            failures.append(error)

    thread = threading.Thread(target=sleep)
    thread.start()
    with watch(site) as watching:
        sleeping = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
        )
        until(lambda: watching.execute(sleeping).scalar_one() > 0)
    pid = pid_of_other(site, "the one that sleeps")
    fields = fields_of(_page_with(site, pid), "/cancel", pid)
    stale = site.administrator.post(URL + "cancel", data={**fields, "asked": "1.5"})
    assert "nothing was done" in site.administrator.get(stale.location).text
    assert thread.is_alive()
    site.administrator.post(URL + "cancel", data=fields)
    thread.join(PATIENCE_S)
    assert [type(getattr(error, "orig", None)) for error in failures] == [QueryCanceled]


def test_what_the_role_may_not_see_is_said_with_the_line_that_grants_it(site: Site, cluster: TestCluster) -> None:
    role = site.engine.url.username
    page = site.administrator.get(URL).text
    assert f"GRANT pg_read_all_stats TO {role};" in page
    assert f"GRANT pg_signal_backend TO {role};" in page
    admin = create_engine(cluster.admin_url(name_of(str(site.engine.url))))
    with admin.connect() as connection:
        connection.execute(text("SELECT 1"))
        pid = pid_of(connection)
        fields = {"csrf_token": csrf_token_of(page), "pid": str(pid), "started": "1"}
        answer = site.administrator.post(URL + "end", data=fields)
        assert "nothing was done" in site.administrator.get(answer.location).text
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    admin.dispose()


def test_maintenance_is_asked_for_once_however_often_the_button_is_pressed(site: Site) -> None:
    token = csrf_token_of(site.administrator.get(URL).text)
    first = site.administrator.post(URL + "maintain", data={"csrf_token": token})
    second = site.administrator.post(URL + "maintain", data={"csrf_token": token})
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert "Maintenance is waiting" in site.administrator.get(URL).text
    with site.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM job_run WHERE kind = 'maintain_database'")).scalar_one() == 1
        )


@pytest.mark.parametrize("pid", ["", "x", "99999999999", "-1"])
def test_what_is_no_process_is_refused(site: Site, pid: str) -> None:
    token = csrf_token_of(site.administrator.get(URL).text)
    assert site.administrator.post(URL + "end", data={"csrf_token": token, "pid": pid}).status_code == 400


BACKUP = text(
    "INSERT INTO job_run (kind, state, started_at, ended_at, result, problem) VALUES ('backup_database', :state, "
    "clock_timestamp() - make_interval(days => :days), clock_timestamp() - make_interval(days => :days), "
    "CASE WHEN :state = 'done' THEN jsonb_build_object('file', '/srv/town.backup', 'bytes', 2048, 'sha256', 'ab', "
    "'made_at', clock_timestamp() - make_interval(days => :days)) END, "
    "CASE WHEN :state = 'failed' THEN '{\"detail\": \"There is no folder /srv.\"}'::jsonb END) RETURNING id"
)


def attention_of(site: Site) -> str:
    return site.administrator.get(URL).text.split('id="attention"')[1].split("</section>")[0]


def test_the_last_backup_is_shown_and_one_that_is_missed_is_said(site: Site) -> None:
    def ended(state: str, days: int) -> int:
        with site.engine.begin() as connection:
            return int(connection.execute(BACKUP, {"state": state, "days": days}).scalar_one())

    assert "No backup was ever made" in attention_of(site)
    assert "Set SPATIAL_ADMIN_BACKUP_FOLDER" in attention_of(site)
    ended("done", 3)
    assert re.search(r"No backup since \d{4}-\d\d-\d\d \d\d:\d\d UTC, 3 d 0 h ago", attention_of(site))
    made = ended("done", 1)
    assert "backup" not in attention_of(site)
    page = site.administrator.get(URL).text
    assert "1 d 0 h" in page
    assert "/srv/town.backup" in page
    assert "/srv/town.backup" in site.administrator.get(f"/admin/job/details/?id={made}").text
    ended("failed", 0)
    assert "The last backup failed: There is no folder /srv. No backup since" in attention_of(site)


def test_a_backup_is_asked_for_by_the_button_where_a_folder_is_set(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = site.app.config["SETTINGS"]
    assert "Back up now" not in site.administrator.get(URL).text
    upkeep = replace(settings.upkeep, backup_folder=Path("/srv/backups"))
    monkeypatch.setitem(site.app.config, "SETTINGS", replace(settings, upkeep=upkeep))
    page = site.administrator.get(URL).text
    assert "Back up now" in page
    asked = site.administrator.post(URL + "back-up", data={"csrf_token": csrf_token_of(page)})
    assert asked.status_code == 303
    assert "Backup is waiting" in site.administrator.get(URL).text
