"""The fixtures themselves: a test that passes over a wrong database would prove nothing."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, render_template, request
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from tests.browser_fixtures import Profiles
from tests.database import TestCluster
from tests.order import SLOW, begun_elsewhere, slow_first
from tests.server import TestServer


def test_application_role_cannot_change_history(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("DELETE FROM parcel_version"))


def test_each_test_gets_a_database_of_its_own(cluster: TestCluster) -> None:
    first, second = cluster.clone(), cluster.clone()
    assert first != second
    cluster.drop(first)
    cluster.drop(second)


def test_clone_is_migrated_and_seeded(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM role")).scalar() == 4
        assert connection.execute(text("SELECT count(*) FROM level")).scalar() == 3
        assert connection.execute(text("SELECT count(*) FROM parcel")).scalar() == 0


def test_what_is_filled_is_filled_once_and_copied(cluster: TestCluster, tmp_path: Path) -> None:
    source, filled = tmp_path / "source", []
    source.write_text(str(tmp_path))  # no other run has it

    def ask(name: str, sql: str) -> list[Any]:
        engine = create_engine(cluster.admin_url(name), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            result = connection.exec_driver_sql(sql)
            return [row[0] for row in result] if result.returns_rows else []

    def insert(name: str) -> None:
        filled.extend(ask(name, "INSERT INTO account (email, fs_uniquifier) VALUES ('a', 'a') RETURNING id"))

    copies = [cluster.filled("probe", insert, source) for _ in range(2)]
    assert filled == [1]
    source.write_text(f"{tmp_path}, changed")
    copies.append(cluster.filled("probe", insert, source))
    assert filled == [1, 1]
    assert [ask(name, "SELECT id FROM account") for name in copies] == [[1], [1], [1]]
    for name in copies:
        cluster.drop(name)
    for name in ask("postgres", "SELECT datname FROM pg_database WHERE datistemplate AND datname LIKE '%%_probe_%%'"):
        ask("postgres", f'ALTER DATABASE "{name}" WITH IS_TEMPLATE false')
        cluster.drop(name)


def test_slow_files_that_are_named_exist_and_go_first() -> None:
    @dataclass(frozen=True)
    class Test:
        path: Path
        number: int

    root = Path(__file__).parent
    assert [name for name in SLOW if not (root / name).is_file()] == []
    others = [Test(root / "test_cli.py", 1), Test(root / "test_settings.py", 2)]
    slow = [Test(root / SLOW[1], 3), Test(root / SLOW[1], 4), Test(root / SLOW[0], 5)]
    assert slow_first([*others, *slow], root) == [slow[2], *slow[:2], *others]


def test_each_process_begins_to_collect_at_another_folder_and_misses_none() -> None:
    root = Path(__file__).parent
    ways = [begun_elsewhere(["tests"], root, process, 3) for process in range(3)]
    assert len({way[0] for way in ways}) == 3
    assert len({frozenset(way) for way in ways}) == 1
    assert {Path(part).name for part in ways[0]} >= {"web", "browser", Path(__file__).name}
    assert begun_elsewhere(["tests/web"], root, 1, 3) == ["tests/web"]


def test_a_profile_that_is_lent_again_is_empty(profiles: Profiles, live_server: str) -> None:
    contexts = []
    for _ in range(2):
        page = profiles.page()
        contexts.append(page.context)
        assert page.context.cookies() == []
        page.goto(f"{live_server}/login")
        assert page.evaluate("localStorage.length") == 0
        page.evaluate("localStorage.setItem('left', 'behind')")
        assert page.context.cookies() != []
        profiles.take_back(page.context)
    assert contexts[0] is contexts[1]


def test_what_a_browser_knows_of_an_earlier_application_is_no_answer_of_the_next(test_server: TestServer) -> None:
    answers = []
    for body in ("earlier", "next"):
        with test_server.serving(tagged(body)) as url:
            asked = urlsplit(url)
            for _ in range(2):
                connection = HTTPConnection(asked.hostname or "", asked.port)
                connection.request("GET", "/thing", headers={"If-None-Match": '"1"'})
                answer = connection.getresponse()
                answers.append((answer.status, answer.read().decode()))
                connection.close()
    assert answers == [(200, "earlier"), (304, ""), (200, "next"), (304, "")]


def test_the_next_test_does_not_wait_for_an_answer_that_nobody_closed(test_server: TestServer) -> None:
    app = Flask("rude")

    @app.get("/thing")
    def thing() -> Response:
        response = Response("said")
        response.call_on_close(lambda: 1 / 0)  # as where the browser has gone before it is closed
        return response

    with test_server.serving(app) as url:
        asked = urlsplit(url)
        connection = HTTPConnection(asked.hostname or "", asked.port)
        connection.request("GET", "/thing")
        assert connection.getresponse().read() == b"said"
        connection.close()
    assert test_server.is_idle


def test_a_template_that_changed_is_not_answered_as_an_earlier_application_did(tmp_path: Path) -> None:
    def answer(page: str) -> str:
        (tmp_path / "page.html").write_text(page)
        with Flask("another", template_folder=str(tmp_path)).app_context():
            return render_template("page.html")

    pages = ["one", "two", "one"]
    assert [answer(page) for page in pages] == pages


def tagged(body: str) -> Flask:
    """An application whose answer has the same tag whatever it says."""
    app = Flask("tagged")

    @app.get("/thing")
    def thing() -> Response:
        response = Response(body)
        response.set_etag("1")
        response.make_conditional(request)
        return response

    return app
