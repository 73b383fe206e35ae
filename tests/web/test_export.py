"""GET /export/parcels.…: who may, what is refused, and how a file that breaks off looks."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from spatial_admin.connections.pools import state_of
from spatial_admin.models import db
from spatial_admin.services.exporting.export_formats import FORMATS
from spatial_admin.settings import Limits
from tests.accounts import People, sign_in
from tests.answers import json_of
from tests.database import TestCluster
from tests.exports import LOTS, store, store_many
from tests.gunicorn_server import RealServer, real_server
from tests.waiting import until

Bearer = dict[str, dict[str, str]]


@pytest.fixture(autouse=True)
def lots(request: pytest.FixtureRequest) -> None:
    if "engine" in request.fixturenames:
        store(request.getfixturevalue("engine"))


def test_only_people_who_are_signed_in_get_a_file(client: FlaskClient, engine: Engine, accounts: People) -> None:
    assert client.get("/export/parcels.geojson").status_code == 401
    assert client.get("/export/parcels.geojson", headers=accounts.viewer.bearer).status_code == 200
    sign_in(client, accounts.viewer)
    answer = client.get("/export/parcels.csv")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")


@pytest.mark.parametrize("suffix", FORMATS)
def test_file_has_a_name_with_its_place_and_a_type(
    client: FlaskClient, engine: Engine, bearer: Bearer, app: Flask, suffix: str
) -> None:
    answer = client.get(f"/export/parcels.{suffix}?bbox=2,48,2.5,48.5&level=parcels", headers=bearer["viewer"])
    assert answer.status_code == 200
    assert answer.content_type == FORMATS[suffix].media_type
    name = answer.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="parcels_20')
    assert name.endswith(f'_parcels_2_48_2.5_48.5_epsg4326.{suffix}"')
    is_text = FORMATS[suffix].driver is None
    assert (answer.content_length is None) is is_text
    body = answer.data
    answer.close()
    assert is_text or len(body) == answer.content_length
    with app.app_context():
        assert state_of(db.engine).in_use == 0


@pytest.mark.parametrize(
    ("query", "where", "word", "status"),
    [
        ("bbox=1,2,3", "bbox", "export_refused", 422),
        ("bbox=3,2,1,4", "bbox", "export_refused", 422),
        ("crs=EPSG:999999", "crs", "export_refused", 422),
        ("crs=';SELECT 1", "crs", "export_refused", 422),
        ("level=none", "level", "export_refused", 422),
        ("at=tomorrow", "at", "bad_request", 400),
        ("at=2999-01-01", "at", "bad_request", 400),
        ("srid=4326", "srid", "bad_request", 400),
    ],
)
def test_refusal_names_the_parameter(
    client: FlaskClient, engine: Engine, bearer: Bearer, query: str, where: str, word: str, status: int
) -> None:
    answer = client.get(f"/export/parcels.gpkg?{query}", headers=bearer["viewer"])
    problem = json_of(answer)
    assert (answer.status_code, problem["where"]) == (status, where)
    assert answer.mimetype == "application/problem+json"
    assert problem["type"].endswith(word)
    if word == "export_refused" and where != "bbox":
        assert problem["known"]


def test_format_that_there_is_not_is_not_found(client: FlaskClient, engine: Engine, bearer: Bearer) -> None:
    answer = client.get("/export/parcels.kml", headers=bearer["viewer"])
    assert answer.status_code == 404
    assert "shp.zip" in json_of(answer)["detail"]


def test_who_stops_reading_does_not_hold_a_thread_for_ever(client: FlaskClient, engine: Engine, bearer: Bearer) -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        client.get("/export/parcels.csv", headers=bearer["viewer"], environ_overrides={"gunicorn.socket": ours})
        assert ours.gettimeout() == Limits().export_timeout_ms / 1000


def test_head_makes_no_file(client: FlaskClient, engine: Engine, bearer: Bearer) -> None:
    answer = client.head("/export/parcels.gpkg", headers=bearer["viewer"])
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Disposition"].endswith('.gpkg"')


def test_parcels_of_a_time_are_exported(client: FlaskClient, engine: Engine, bearer: Bearer) -> None:
    with engine.begin() as connection:
        stored_at = connection.execute(text("SELECT clock_timestamp()")).scalar_one().isoformat()
        connection.execute(text("UPDATE parcel SET number = 'new' WHERE parcel_id = 'U 1'"))
    found = {}
    for query in ({}, {"at": stored_at}):
        answer = client.get(
            "/export/parcels.geojsonl", query_string={"level": "units", **query}, headers=bearer["viewer"]
        )
        (found[len(query)],) = [json.loads(line)["properties"] for line in answer.text.splitlines()]
    assert (found[0]["number"], found[0]["version"]) == ("new", 2)
    assert (found[1]["number"], found[1]["version"]) == (LOTS[2]["number"], 1)


def test_one_export_too_many_is_told_to_come_again(
    client: FlaskClient, engine: Engine, bearer: Bearer, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    monkeypatch.setattr("spatial_admin.services.exporting.bound_exports._KEY", "spatial_admin.test")
    import threading

    app.extensions["spatial_admin.test"] = threading.BoundedSemaphore(1)
    assert app.extensions["spatial_admin.test"].acquire(blocking=False)
    answer = client.get("/export/parcels.csv", headers=bearer["viewer"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert json_of(answer)["type"].endswith("too_many_exports")


@pytest.fixture(scope="module")
def server(
    module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealServer]:
    """A gunicorn over 25 MB of parcels."""
    engine = create_engine(module_database_url)
    store_many(engine, 100, 250_000)
    engine.dispose()
    with real_server(module_database_url, cluster, tmp_path_factory.mktemp("home")) as server:
        yield server


def asked(server: RealServer, protocol: str, suffix: str = "geojsonl") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    head = f"GET /export/parcels.{suffix} {protocol}\r\nHost: x\r\nConnection: close\r\nAuthorization: {server.authorization}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def rest_of(connection: socket.socket) -> bytes:
    received = bytearray()
    try:
        while piece := connection.recv(1 << 20):
            received += piece
    except ConnectionError:
        pass
    return bytes(received)


def test_a_whole_text_ends_with_the_last_chunk(server: RealServer) -> None:
    with closing(asked(server, "HTTP/1.1")) as connection:
        received = rest_of(connection)
    assert b"Transfer-Encoding: chunked" in received[:2_000]
    assert received.endswith(b"\r\n0\r\n\r\n")


def test_a_text_that_breaks_off_has_no_last_chunk(server: RealServer, module_database_url: str) -> None:
    engine = create_engine(module_database_url)
    with closing(asked(server, "HTTP/1.1")) as connection, engine.connect() as own:
        received = connection.recv(65_536)
        ended = own.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND datname = current_database()"
            )
        ).all()
        received += rest_of(connection)
    engine.dispose()
    assert ended == [(True,)]
    assert received.startswith(b"HTTP/1.1 200")
    assert not received.endswith(b"0\r\n\r\n")


def test_who_knows_no_chunks_gets_the_length(server: RealServer) -> None:
    with closing(asked(server, "HTTP/1.0")) as connection:
        head, _, body = rest_of(connection).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"chunked" not in head
    assert len(body) > 25_000_000
    assert len(body.splitlines()) == 100


def begins_and_goes_away(server: RealServer) -> bool:
    """Ask for an export and leave at its first bytes; whether it was begun, or is refused because others are made."""
    with closing(asked(server, "HTTP/1.1", "csv")) as connection:
        head = connection.recv(65_536)
    assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 503"))
    return head.startswith(b"HTTP/1.1 200")


def test_who_goes_away_leaves_nothing_running(server: RealServer, module_database_url: str, tmp_path: Path) -> None:
    for _ in range(4):  # more than are made at a time
        until(lambda: begins_and_goes_away(server))  # 503 while what was left behind is noticed
    with closing(asked(server, "HTTP/1.0", "csv")) as connection:
        assert rest_of(connection)
