"""Tiles over HTTP: headers, who gets one, and that nobody gets an old one."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from spatial_admin.cadastre.tile_grid import Tile
from spatial_admin.factory import create_app
from spatial_admin.models import Account, db
from spatial_admin.services.tiles import serve_tile as serving
from spatial_admin.services.tiles.render_tile import Drawn
from spatial_admin.services.tiles.serve_tile import tile_memory
from spatial_admin.web.own_writes import HEADER
from spatial_admin.web.request_metrics import METRICS
from spatial_admin.web.tiles_at_hand import EXTENSION
from tests.accounts import People, make_people, sign_in
from tests.concurrency.fabric import move, save, store_block, versions_of
from tests.conftest import dispose, settings_over
from tests.database import TestCluster
from tests.tiles import GRID, by_parcel, draw, open_finding, tiles_around
from tests.waiting import PATIENCE_S

NOW = "SELECT pg_current_wal_insert_lsn()::text"


@dataclass
class Town:
    """An application over a block of lots; `wrote.position` is what its clients send of their last write."""

    app: Flask
    engine: Engine
    people: People
    wrote: threading.local

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def ask(self, mark: str | None = None) -> Any:
        """What /tiles/changes answers."""
        query = f"?since={mark}" if mark else ""
        return self.client().get(f"/tiles/changes{query}", headers=self.people.viewer.bearer).json

    def get(self, tile: Tile, **headers: str) -> Any:
        position = getattr(self.wrote, "position", None)
        wrote = {} if position is None else {HEADER: position}
        return self.client().get(path_of(tile), headers={**self.people.editor.bearer, **wrote, **headers})

    def position(self) -> str:
        with self.engine.connect() as connection:
            return str(connection.execute(text(NOW)).scalar_one())


@pytest.fixture(scope="module")
def town(cluster: TestCluster, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    engine = create_engine(module_database_url)
    store_block(engine, GRID, 12, 8)
    with app.app_context():
        people = make_people()
    yield Town(app, engine, people, threading.local())
    engine.dispose()
    dispose(app)


@pytest.fixture(autouse=True)
def forgotten(town: Town) -> None:
    town.app.extensions.pop("spatial_admin.tiles", None)
    town.wrote.position = None


def path_of(tile: Tile) -> str:
    return f"/tiles/parcels/{tile.z}/{tile.x}/{tile.y}.mvt"


def tiles(town: Town, *zooms: int) -> list[Tile]:
    return [tile for z in zooms for tile in tiles_around(town.engine, range(z, z + 1))]


def busiest(town: Town, z: int) -> Tile:
    return max(tiles(town, z), key=lambda tile: len(draw(town.app, tile)))


def test_a_tile_has_a_strong_etag_and_may_be_kept_but_not_used_unasked(town: Town) -> None:
    tile = busiest(town, 15)
    answer = town.get(tile)
    assert (answer.status_code, answer.mimetype) == (200, "application/vnd.mapbox-vector-tile")
    assert answer.data == draw(town.app, tile)
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.headers["Vary"] == "Cookie, Authorization, Accept-Encoding"
    assert answer.headers["ETag"].startswith('"')
    again = town.get(tile, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    assert town.get(tile, **{"If-None-Match": '"other"'}).status_code == 200


def test_a_tile_is_compressed_for_who_takes_it_under_another_etag(town: Town) -> None:
    tile = busiest(town, 15)
    packed = town.get(tile, **{"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == draw(town.app, tile)
    assert packed.headers["ETag"] != town.get(tile).headers["ETag"]
    again = town.get(tile, **{"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304
    assert "Content-Encoding" not in town.get(tile, **{"Accept-Encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tiles/parcels/14/0/0.mvt", 200),
        ("/tiles/parcels/23/0/0.mvt", 404),
        ("/tiles/parcels/3/8/0.mvt", 404),
        ("/tiles/parcels/3/0/8.mvt", 404),
        ("/tiles/parcels/-1/0/0.mvt", 404),
        ("/tiles/parcels/a/0/0.mvt", 404),
        ("/tiles/parcels/3/99999999999999999999/0.mvt", 404),
        ("/tiles/parcels/3/0/0.png", 404),
        ("/tiles/parcels/3/0/0.mvt?x=1", 400),
        ("/tiles/changes?since=x", 400),
    ],
)
def test_what_lies_nowhere_is_empty_and_what_is_no_tile_is_not_found(town: Town, path: str, status: int) -> None:
    answer = town.client().get(path, headers=town.people.viewer.bearer)
    assert answer.status_code == status
    assert status != 200 or answer.data == b""
    assert status == 200 or answer.mimetype == "application/problem+json"


def test_nobody_gets_a_tile_without_signing_in(town: Town) -> None:
    tile = busiest(town, 15)
    etag = town.get(tile).headers["ETag"]
    for headers in ({}, {"If-None-Match": etag}, {"Authorization": "Bearer x"}):
        assert town.client().get(path_of(tile), headers=headers).status_code == 401
    assert town.client().get("/tiles/changes").status_code == 401


def test_an_account_that_is_deactivated_gets_tiles_some_seconds_more(town: Town) -> None:
    lately = town.app.extensions["spatial_admin.lately_proven"]
    now = [0.0]
    lately._clock = lambda: now[0]
    tile, browser = busiest(town, 15), town.client()
    sign_in(browser, town.people.viewer)
    assert browser.get(path_of(tile)).status_code == 200
    with town.app.app_context():
        db.session.get_one(Account, town.people.viewer.account_id).active = False
        db.session.commit()
    try:
        assert browser.get(path_of(tile)).status_code == 200
        assert browser.get("/api/coverage?bbox=0,0,1,1", headers={"Accept": "application/json"}).status_code == 401
        now[0] = 5.01
        assert browser.get(path_of(tile)).status_code == 401
    finally:
        with town.app.app_context():
            db.session.get_one(Account, town.people.viewer.account_id).active = True
            db.session.commit()


def test_a_tile_that_takes_too_long_says_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, bounds = serving.render_tile, serving.tile_bounds
    monkeypatch.setattr(serving, "tile_bounds", lambda: replace(bounds(), timeout_ms=20))

    def sleeping(read: Any, *rest: Any) -> Any:
        read("SELECT pg_sleep(1)", {})
        return slow(read, *rest)

    monkeypatch.setattr(serving, "render_tile", sleeping)
    answer = town.get(busiest(town, 15))
    assert (answer.status_code, answer.json["type"]) == (503, "/problems/too_slow")


EDITS: dict[str, Callable[[Town], None]] = {}


def edit(name: str) -> Callable[[Callable[[Town], None]], Callable[[Town], None]]:
    def remember(make: Callable[[Town], None]) -> Callable[[Town], None]:
        EDITS[name] = make
        return make

    return remember


@edit("a corner moves")
def _move(town: Town) -> None:
    with town.app.app_context():
        versions = versions_of(town.engine)
        save([move(GRID.at(5, 4), GRID.at(5.1, 4.1))], {n: versions[n] for n in ("4-3", "5-3", "4-4", "5-4")})


@edit("a lot is split")
def _split(town: Town) -> None:
    line = [list(GRID.at(1.5, 0.9)), list(GRID.at(1.5, 2.1))]
    with town.app.app_context():
        save([{"op": "split", "parcel_id": "1-1", "line": line}], {"1-1": versions_of(town.engine)["1-1"]})


@edit("a lot is retired")
def _retire(town: Town) -> None:
    with town.app.app_context():
        save([{"op": "retire", "parcel_id": "10-6"}], {"10-6": versions_of(town.engine)["10-6"]})


@edit("direct SQL renames a lot")
def _rename(town: Town) -> None:
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = '17b' WHERE parcel_id = '8-2'"))


@edit("a finding is opened")
def _open(town: Town) -> None:
    open_finding(town.engine, ["2-5", "9-5"])


@edit("and accepted")
def _accept(town: Town) -> None:
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE finding SET status = 'accepted'"))


@pytest.mark.parametrize("name", EDITS)
def test_exactly_the_tiles_that_differ_change_and_the_feed_names_them(town: Town, name: str) -> None:
    around = tiles(town, 8, 13, 14, 16, 17)
    before = {tile: town.get(tile).data for tile in around}
    mark = town.ask()["mark"]
    EDITS[name](town)
    town.wrote.position = town.position()
    after = {tile: town.get(tile).data for tile in around}
    now = {tile: draw(town.app, tile) for tile in around}
    assert after == now, "nobody sees an old tile after their own write"
    changed = {tile for tile in around if now[tile] != before[tile]}
    assert changed
    told = town.ask(mark)
    assert not told["everything"]
    assert told["boxes"]
    named = {
        tile
        for tile in around
        for w, s, e, n in told["boxes"]
        if (box := tile.box(1 / 64))[0] <= e and w <= box[2] and box[1] <= n and s <= box[3]
    }
    assert changed <= named
    deep = {tile for tile in named - changed if tile.z >= 14}
    assert len(deep) <= len(changed), "few are asked for in vain: a box is not a shape"
    assert town.ask(told["mark"])["boxes"] == []


def test_others_see_a_change_within_a_second_and_the_one_who_wrote_at_once(town: Town) -> None:
    tile = busiest(town, 16)
    name = min(by_parcel(town.get(tile).data))
    clock = [0.0]
    memory = tile_memory_of(town)
    memory._clock = lambda: clock[0]
    memory._polled_at = 0.0
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'theirs' WHERE parcel_id = :name"), {"name": name})
    clock[0] = 0.9
    assert by_parcel(town.get(tile).data)[name]["number"] != "theirs"
    clock[0] = 1.1
    assert by_parcel(town.get(tile).data)[name]["number"] == "theirs"
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'mine' WHERE parcel_id = :name"), {"name": name})
    town.wrote.position = town.position()
    assert by_parcel(town.get(tile).data)[name]["number"] == "mine"


def tile_memory_of(town: Town) -> Any:
    with town.app.app_context():
        return tile_memory()


def test_a_tile_in_memory_needs_no_database(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    tile = busiest(town, 16)
    etag = town.get(tile).headers["ETag"]
    with town.app.app_context():
        found = tile_memory().counts["found"]
        monkeypatch.setattr(db.engine.pool, "connect", None)
    assert town.get(tile).status_code == 200
    assert town.get(tile, **{"If-None-Match": etag}).status_code == 304
    with town.app.app_context():
        assert tile_memory().counts["found"] == found + 2


def test_a_tile_at_hand_is_the_answer_that_flask_gives(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    tile, browser = busiest(town, 15), town.client()
    sign_in(browser, town.people.viewer)
    browser.get(path_of(tile))  # a session of another browser's, as this one seems to be, is marked as such
    etag = town.get(tile).headers["ETag"]
    asked = [{}, {"Accept-Encoding": "gzip"}, {"If-None-Match": f'"x", {etag}'}, {"If-None-Match": '"x"'}]
    credentials = [{}, town.people.viewer.bearer, town.people.viewer.basic]
    at_hand = town.app.extensions[EXTENSION]

    def answers() -> list[Any]:
        found = [browser.get(path_of(tile), headers={**who, **what}) for who in credentials for what in asked]
        return [(one.status, sorted(one.headers), one.data) for one in found]

    monkeypatch.setattr(town.app, "wsgi_app", at_hand._application)
    by_flask = answers()
    monkeypatch.setattr(town.app, "wsgi_app", at_hand)
    before = METRICS.render()
    # Only the door is left: whatever it does not answer itself fails.
    monkeypatch.setattr(at_hand, "_application", None)
    assert answers() == by_flask
    assert METRICS.render() != before, "what does not pass Flask is counted all the same"
    for headers in ({}, {"User-Agent": "another"}, {"Authorization": "Bearer x"}):
        browser.delete_cookie(town.app.config["SESSION_COOKIE_NAME"])
        with pytest.raises(TypeError):  # nobody whom Flask did not recognize is answered
            browser.get(path_of(tile), headers=headers)


def test_a_browser_that_saves_sees_it_in_the_next_tile_whatever_was_at_hand(town: Town) -> None:
    tile, browser = busiest(town, 16), town.client()
    token = sign_in(browser, town.people.editor)
    name = min(by_parcel(browser.get(path_of(tile)).data))
    for number in ("1", "2", "3"):
        before = by_parcel(browser.get(path_of(tile)).data)[name]
        body = {
            "key": str(uuid4()),
            "comment": "a number",
            "seen": {name: before["version"]},
            "operations": [{"op": "update", "parcel_id": name, "properties": {"number": f"saved {number}"}}],
        }
        answer = browser.post("/api/edits", json=body, headers={"X-CSRFToken": token})
        assert answer.status_code == 201, answer.json
        assert by_parcel(browser.get(path_of(tile)).data)[name]["number"] == f"saved {number}"
        assert by_parcel(browser.get(path_of(tile)).data)[name]["number"] == f"saved {number}"


def test_a_tile_drawn_while_another_one_polls_is_not_kept(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: whoever draws stops between their snapshot and the memory, and a change and a poll pass them by."""
    tile = busiest(town, 16)
    others = [other for other in tiles(town, 14) if other != tile]
    town.get(others[0])  # a mark is there, and fresh
    name = min(by_parcel(draw(town.app, tile)))
    has_snapshot, may_go_on = threading.Event(), threading.Event()
    drawing = serving.render_tile

    def stopping(read: Any, asked: Tile, bounds: Any) -> Any:
        drawn = drawing(read, asked, bounds)
        if asked == tile and not has_snapshot.is_set():
            has_snapshot.set()
            assert may_go_on.wait(PATIENCE_S)
        return drawn

    monkeypatch.setattr(serving, "render_tile", stopping)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(town.get, tile)
        assert has_snapshot.wait(PATIENCE_S)
        with town.engine.begin() as connection:
            connection.execute(text("UPDATE parcel SET number = 'newer' WHERE parcel_id = :name"), {"name": name})
        town.wrote.position = town.position()
        town.get(others[0])  # polls, and so drops what it has of the tile: nothing yet
        may_go_on.set()
        assert by_parcel(slow.result().data)[name]["number"] != "newer", "it was asked for before the change"
    assert by_parcel(town.get(tile).data)[name]["number"] == "newer"
    town.wrote.position = None
    assert by_parcel(town.get(tile).data)[name]["number"] == "newer", "the old one was not kept"


def test_nobody_sees_an_old_tile_after_their_own_save_whatever_others_do(town: Town) -> None:
    tile = busiest(town, 15)
    names = sorted(by_parcel(draw(town.app, tile)))[:4]
    wrong: list[str] = []

    def editor(name: str) -> None:
        for step in range(12):
            with town.engine.begin() as connection:
                values = {"name": name, "number": f"{name}/{step}"}
                connection.execute(text("UPDATE parcel SET number = :number WHERE parcel_id = :name"), values)
            town.wrote.position = town.position()
            seen = by_parcel(town.get(tile).data)[name]["number"]
            if seen != f"{name}/{step}":
                wrong.append(f"{name} saved {step} and saw {seen}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(editor, names))
    assert wrong == []


def test_after_thousands_of_changes_everything_is_asked_for_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.get(busiest(town, 16))
    mark = town.ask()["mark"]
    with town.engine.begin() as connection:
        for _ in range(30):
            connection.execute(text("UPDATE parcel SET land_use = 'x' WHERE parcel_id LIKE '%-1'"))
    monkeypatch.setattr("spatial_admin.services.tiles.read_tile_changes.MOST", 5)
    told = town.ask(mark)
    assert told["everything"]
    assert told["boxes"] == []


def test_a_long_transaction_is_told_of_once_it_commits_and_holds_nothing_back(town: Town) -> None:
    with town.engine.connect() as slow:
        slow.execute(text("UPDATE parcel SET land_use = 'long' WHERE parcel_id = '0-0'"))
        mark = town.ask(town.ask()["mark"])["mark"]
        with town.engine.begin() as connection:
            connection.execute(text("UPDATE parcel SET land_use = 'short' WHERE parcel_id = '11-7'"))
        first = town.ask(mark)
        assert len(first["boxes"]) == 1
        second = town.ask(first["mark"])
        assert second["boxes"] == [], "a change is told once, also while an older transaction is open"
        slow.commit()
        third = town.ask(second["mark"])
        assert len(third["boxes"]) == 1
        assert third["boxes"] != first["boxes"]


def test_whoever_was_told_of_a_change_is_given_no_older_tile(town: Town) -> None:
    tile = busiest(town, 15)
    name = min(by_parcel(town.get(tile).data))
    mark = town.ask()["mark"]
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'told' WHERE parcel_id = :name"), {"name": name})
    told = town.ask(mark)["mark"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: town.get(tile, **{"Spatial-Admin-Tile-Mark": told}), range(4)))
    assert [by_parcel(answer.data)[name]["number"] for answer in answers] == ["told"] * 4


def test_whoever_was_told_of_more_than_a_replica_has_is_answered_by_the_primary(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = busiest(town, 15)
    name = min(by_parcel(town.get(tile).data))
    mark = town.ask()["mark"]
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'newest' WHERE parcel_id = :name"), {"name": name})
    told = town.ask(mark)["mark"]
    drawing, lagging = serving.render_tile, iter([Drawn(b"", "1:1:")])
    monkeypatch.setattr(serving, "render_tile", lambda *given: next(lagging, None) or drawing(*given))
    answer = town.get(tile, **{"Spatial-Admin-Tile-Mark": told})
    assert by_parcel(answer.data)[name]["number"] == "newest"
    assert next(lagging, None) is None


def test_what_is_no_mark_is_refused(town: Town) -> None:
    answer = town.get(busiest(town, 15), **{"Spatial-Admin-Tile-Mark": "yesterday"})
    assert answer.status_code == 400
    assert "mark" in answer.json["detail"]
