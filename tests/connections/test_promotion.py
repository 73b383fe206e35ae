"""The primary dies and its replica takes over: readers see no error page, and no acknowledged edit is missing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from spatial_admin.connections.standby import IS_PRIMARY
from spatial_admin.factory import create_app
from tests.accounts import People, make_people, sign_in
from tests.answers import json_of
from tests.conftest import dispose
from tests.connections.drawings import drawing
from tests.connections.pair import Pair, app_over, in_use, replicas_of, statuses
from tests.waiting import PATIENCE_S, until

DATABASE = "/admin/database/"
PAGES = ("/api/parcels", "/admin/", "/admin/parcel/", "/", "/readyz")


@pytest.fixture(scope="module")
def is_synchronous() -> bool:
    return True


@pytest.fixture(scope="module")
def app(pair: Pair) -> Iterator[Flask]:
    """Its DATABASE_URL names both servers, and means whichever may be written to."""
    settings = replace(pair.settings(commit_timeout_s=0.5), database_url=pair.either())
    app = app_over(settings)
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def people(app: Flask) -> People:
    with app.app_context():
        return make_people()


def test_a_commit_that_no_standby_confirmed_is_not_acknowledged(app: Flask, people: People, pair: Pair) -> None:
    client = app.test_client()
    administrator = app.test_client()
    sign_in(administrator, people.administrator)
    assert "commits wait" not in administrator.get(DATABASE).text
    pair.kill_replica()
    name, body = drawing()
    first = client.post("/api/edits", json=body, headers=people.editor.bearer)
    assert (first.status_code, json_of(first)["type"]) == (503, "/problems/outcome_unknown"), json_of(first)
    again = client.post("/api/edits", json=body, headers=people.editor.bearer)
    assert (again.status_code, json_of(again)["type"]) == (503, "/problems/outcome_unknown"), "nor is its repetition"
    assert pair.on_primary(f"SELECT count(*) FROM parcel WHERE parcel_id = '{name}'") == [(1,)], "though it is there"
    shown = administrator.get(DATABASE).text
    assert "Nobody can save: commits wait for a synchronous replica" in shown, "what else shall an operator make of it?"
    pair.start_replica()
    until(lambda: pair.on_primary("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == [(1,)])
    until(lambda: client.post("/api/edits", json=body, headers=people.editor.bearer).status_code == 200)
    assert pair.on_replica(f"SELECT count(*) FROM parcel WHERE parcel_id = '{name}'") == [(1,)]


def test_when_the_primary_is_killed_and_the_replica_promoted(app: Flask, people: People, pair: Pair) -> None:
    until(lambda: in_use(app))
    browser = app.test_client()
    sign_in(browser, people.viewer)
    administrator = app.test_client()
    sign_in(administrator, people.administrator)
    told: set[str] = set()
    refused: Counter[str] = Counter()
    read: Counter[tuple[str, int]] = Counter()
    over = threading.Event()

    def write() -> None:
        client = app.test_client()
        while not over.is_set():
            name, body = drawing()
            while not over.is_set():
                answer = client.post("/api/edits", json=body, headers=people.editor.bearer)
                if answer.status_code in (200, 201):
                    told.add(name)
                    break
                refused[json_of(answer)["type"]] += 1
                over.wait(0.05)

    def look() -> None:
        while not over.is_set():
            for path in PAGES:
                read[path, browser.get(path).status_code] += 1

    threads = [threading.Thread(target=write, daemon=True), threading.Thread(target=look, daemon=True)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(told) > 10 and sum(read.values()) > 2 * len(PAGES))
        pair.kill_primary()
        before = sum(read.values())
        until(lambda: sum(read.values()) > before + 2 * len(PAGES))
        shown = administrator.get(DATABASE)
        assert shown.status_code == 503
        assert "Nobody can save; reads go on, by replica 1." in shown.text
        assert "SELECT pg_promote()" in shown.text
        assert "names one server only" not in shown.text
        assert "readers are not sent to it" not in shown.text, "they are, however old it is"
        known = len(told)
        pair.promote()
        until(lambda: len(told) > known + 5)
        after = sum(read.values())
        until(lambda: sum(read.values()) > after + len(PAGES))
    finally:
        over.set()
        for thread in threads:
            thread.join(PATIENCE_S)
    names = {row[0] for row in pair.on_replica("SELECT parcel_id FROM parcel")}
    assert told <= names, "an acknowledged edit is missing"
    assert set(refused) <= {"/problems/database_unreachable", "/problems/outcome_unknown", "/problems/contention"}
    assert {status for _, status in read} == {200}, read


def test_the_promoted_server_is_the_primary_and_read_as_such(app: Flask, people: People) -> None:
    replicas = replicas_of(app)
    replicas.look()
    state = replicas.states()[0]
    assert (state.state, state.behind_bytes, replicas.is_primary_lost) == (IS_PRIMARY, 0, False)
    administrator = app.test_client()
    sign_in(administrator, people.administrator)
    shown = administrator.get(DATABASE).text
    assert "DATABASE_REPLICA_URL names the primary" in shown, "nobody would know that there is no replica"
    assert "Never analyzed" not in shown, "counters are lost by a promotion; statistics are not"
    client = app.test_client()
    name, body = drawing()
    answer = client.post("/api/edits", json=body, headers=people.editor.bearer)
    position = {"Spatial-Admin-Position": answer.headers["Spatial-Admin-Position"]}
    assert statuses(client, {**people.editor.bearer, **position}, f"/api/parcels/{name}") == [200]


def test_a_promoted_replica_is_not_read_while_another_server_is_the_primary(pair: Pair, people: People) -> None:
    pair.start_primary()
    old = app_over_diverged(pair)
    state = replicas_of(old).states()[0]
    assert state.state == "promoted, and not the primary"
    name, body = drawing()
    client = old.test_client()
    assert client.post("/api/edits", json=body, headers=people.editor.bearer).status_code == 201
    assert statuses(client, people.viewer.bearer, f"/api/parcels/{name}") == [200], "the old primary answers"
    dispose(old)


def app_over_diverged(pair: Pair) -> Flask:
    app = create_app(pair.settings())
    replicas_of(app).look()
    return app
