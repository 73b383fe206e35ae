"""What a request may hold, asked twice: of the application, and of a real server over a socket."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from spatial_admin.factory import create_app
from spatial_admin.settings import Limits, Settings
from tests.accounts import make_people
from tests.conftest import dispose, settings_over
from tests.database import TestCluster
from tests.gunicorn_server import RealServer, gunicorn_over
from tests.web.api import at, edit, move, store

Door = Callable[[str, str, bytes, dict[str, str]], tuple[int, bytes]]
"""Method, path, body and headers in; status and body out."""
JSON = {"Content-Type": "application/json"}
LIMITS = Limits()


@pytest.fixture(scope="module")
def settings_of_module(
    module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """A database with the lots, for every test of the module."""
    engine = create_engine(module_database_url)
    store(engine)
    engine.dispose()
    return settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def app_of_module(settings_of_module: Settings) -> Iterator[Flask]:
    app = create_app(settings_of_module)
    app.config["TESTING"] = False
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def authorization(app_of_module: Flask) -> str:
    """An editor's."""
    with app_of_module.app_context():
        return make_people().editor.bearer["Authorization"]


@pytest.fixture(scope="module", params=["application", "socket"])
def door(
    request: pytest.FixtureRequest, settings_of_module: Settings, app_of_module: Flask, authorization: str
) -> Iterator[Door]:
    if request.param == "application":
        yield of_client(app_of_module.test_client(), authorization)
        return
    with gunicorn_over(settings_of_module, settings_of_module.home / "gunicorn.log") as (port, pid):
        server = RealServer(port, authorization, pid)
        yield lambda method, path, body, headers: server.request(method, path, body, **headers)


def of_client(client: FlaskClient, authorization: str) -> Door:
    def asked(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        answer = client.open(path, method=method, data=body, headers={"Authorization": authorization, **headers})
        return answer.status_code, answer.data

    return asked


def spliced(text: str, **members: Any) -> bytes:
    """An ordinary edit whose members are overridden, `"HERE"` in it replaced by a raw text."""
    return json.dumps({**edit(move(at(1, 0), at(1, 0.1))), **members}).replace('"HERE"', text).encode()


def update(**properties: Any) -> dict[str, Any]:
    return {"op": "update", "parcel_id": "A", "properties": properties}


def deep(levels: int) -> bytes:
    """An edit nested so deep: the attributes' value begins at the sixth."""
    return spliced("[" * (levels - 5) + "]" * (levels - 5), operations=[update(attributes={"a": "HERE"})])


CASES = [
    pytest.param(spliced("NaN", operations=[move(at(1, 0), ["HERE", 1])]), 400, "operations[0].to[0]: NaN", id="NaN"),
    pytest.param(spliced("Infinity", seen={"A": "HERE"}), 400, "seen.A: Infinity is no JSON number", id="Infinity"),
    pytest.param(spliced("-Infinity", comment="HERE"), 400, "comment: -Infinity is no JSON number", id="-Infinity"),
    pytest.param(spliced("1e400", operations=[move(at(1, 0), [1, "HERE"])]), 400, "operations[0].to[1]: the number 1e400 is too large", id="1e400"),
    pytest.param(spliced("-1e400", operations=[move(at(1, 0), [1, "HERE"])]), 400, "to[1]: the number -1e400 is too large", id="-1e400"),
    pytest.param(spliced("9" * 309 + ".0", seen={"A": "HERE"}), 400, "seen.A: the number 9999999999999999999999999999999999999999… is too large", id="a number of 309 digits"),
    pytest.param(spliced("1" * 401, seen={"A": "HERE"}), 400, "seen.A: a number has at most 400 characters; this one has 401", id="an integer of 401 digits"),
    pytest.param(spliced("9" * 300, seen={"A": "HERE"}), 400, "seen.A: a version is a whole number from 1", id="a version of 300 digits"),
    pytest.param(spliced("9" * 300, operations=[move(at(1, 1), [1, "HERE"])], seen={"A": 1}), 422, "lies outside the extent", id="a coordinate of 300 digits"),
    pytest.param(spliced('"1"', operations=[move(at(1, 0), ["HERE", 1])]), 422, "to: coordinates are numbers", id="text for a coordinate"),
    pytest.param(spliced("true", operations=[move(at(1, 0), ["HERE", 1])]), 422, "to: coordinates are numbers", id="true for a coordinate"),
    pytest.param(spliced("null", operations=[move(at(1, 0), "HERE")]), 422, "to: a position is [x, y]", id="null for a position"),
    pytest.param(spliced('{"lon": "2", "lat": 1}', operations=[move(at(1, 0), "HERE")]), 422, "to: coordinates are numbers", id="text for a longitude"),
    pytest.param(spliced('"12"', operations=[update(legal_area_m2="HERE")]), 422, "legal_area_m2 is a number", id="text for an area"),
    pytest.param(spliced("false", operations=[update(legal_area_m2="HERE")]), 422, "legal_area_m2 is a number", id="false for an area"),
    pytest.param(spliced("17", operations=[update(number="HERE")]), 422, "number is text", id="a number for a text"),
    pytest.param(spliced("true", seen={"A": "HERE"}), 400, "seen.A: a version is a whole number from 1", id="true for a version"),
    pytest.param(spliced("1.5", seen={"A": "HERE"}), 400, "seen.A: a version", id="half a version"),
    pytest.param(spliced("17", comment="HERE"), 400, "comment: it takes text", id="a number for a comment"),
    pytest.param(spliced('1, "A": 2', seen={"A": "HERE"}), 400, "seen.A: this key stands twice in one object", id="a key twice in seen"),
    pytest.param(spliced('"x", "comment": "y", "comment": "z"', comment="HERE"), 400, "comment: this key stands 3 times", id="a member three times"),
    pytest.param(spliced('1, "b": {"c": 1, "c": 2}', operations=[update(attributes={"a": "HERE"})]), 400, "operations[0].properties.attributes.b.c: this key stands twice", id="a key twice in an attribute"),
    pytest.param(spliced("", colour="red"), 400, "colour: no such field; known are", id="an unknown member of the body"),
    pytest.param(spliced("", operations=[{**move(at(1, 0), at(1, 1)), "speed": 3}]), 422, "Operation 1 (move_point): unknown: speed", id="an unknown member of an operation"),
    pytest.param(spliced("", operations=[move(at(1, 0), {"lon": 1, "lat": 2, "height": 3})]), 422, 'to: a position in lon/lat takes exactly "lon" and "lat"; unknown: height', id="an unknown member of a position"),
    pytest.param(spliced("", operations=[move(at(1, 0), [1, 2, 3])]), 422, "to: a point takes two numbers", id="a third coordinate"),
    pytest.param(spliced("", operations=[update(height=3)]), 422, "height cannot be updated; what can:", id="an unknown property"),
    pytest.param(spliced("", **{"x" * 1_000_000: 1}), 400, "no such field", id="an unknown member with a long name"),
    pytest.param(spliced("", operations=[update(**{"x" * 1_000_000: 1})]), 422, "cannot be updated", id="a property with a long name"),
    pytest.param(spliced("", operations=[{"op": "x" * 1_000_000}]), 422, '"op" is one of', id="an operation with a long name"),
    pytest.param(spliced('"\\ud800"', comment="HERE"), 400, "comment: it holds half a character", id="half a character in the comment"),
    pytest.param(spliced('"\\udc00"', operations=[update(number="HERE")]), 422, "number holds a control character or half", id="half a character in a number"),
    pytest.param(spliced("", **{"\ud800": 1}), 400, "no such field", id="half a character as a member's name"),
    pytest.param(spliced("", seen={"\ud800": 1}), 400, "seen: a parcel_id holds no such character", id="half a character as an id"),
    pytest.param(spliced("", operations=[update(**{"\ud800": 1})]), 422, "cannot be updated", id="half a character as a property's name"),
    pytest.param(spliced("", operations=[update(address="a\0b")]), 422, "address holds a control character", id="a null character in an address"),
    pytest.param(spliced("", comment="a\0b"), 400, "comment: it takes text", id="a null character in the comment"),
    pytest.param(spliced("", seen={"a\0": 1}), 400, "seen: a parcel_id holds no such character", id="a null character in an id"),
    pytest.param(spliced("", seen={"x" * 101: 1}), 400, "a parcel_id has 1 to 100 characters", id="an id of 101 characters"),
    pytest.param(b'{"comment": "\xff"}', 400, "body: it is not UTF-8 at byte 13", id="no UTF-8"),
    pytest.param(b"\xef\xbb\xbf{}", 400, "byte order mark; send UTF-8 without one", id="a byte order mark"),
    pytest.param("{}".encode("utf-16"), 400, "body: it is not UTF-8 at byte 0", id="UTF-16"),
    pytest.param(b"{} {}", 400, "body: it is not JSON: Extra data at line 1, column 4", id="something behind the end"),
    pytest.param(b" ", 400, "body: it is not JSON", id="nothing"),
    pytest.param(b"[]", 400, "body: it takes a JSON object", id="a list"),
    pytest.param(deep(LIMITS.json_depth + 1), 422, "At most 8 levels of JSON", id="nested nine levels deep"),
    pytest.param(spliced("", operations=[move(at(1, 1), at(1, 1))] * 2_001), 422, "At most 2,000 operations in one edit (2001 given)", id="2,001 operations"),
    pytest.param(spliced("", operations=[]), 400, "operations: it takes a list of at least one", id="no operation"),
    pytest.param(spliced("", operations={"op": "update"}), 400, "operations: it takes a list", id="an operation that is in no list"),
    pytest.param(spliced("", operations=["update"]), 422, "an operation is a JSON object", id="an operation that is a text"),
    pytest.param(spliced("", comment="x" * 2_001), 422, "At most 2,000 characters of comment (2001 given)", id="a comment too long"),
    pytest.param(spliced("", operations=[update(address="x" * 501)]), 422, "address takes 1 to 500 characters", id="an address too long"),
    pytest.param(spliced("", operations=[update(number="")]), 422, "number takes 1 to 100 characters, or null", id="a number without characters"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "why"), CASES)
def test_what_the_limits_refuse_is_named_with_its_place(door: Door, body: bytes, status: int, why: str) -> None:
    given, answer = door("POST", "/api/edits", body, JSON)
    problem = json.loads(answer)
    assert (given, problem["status"]) == (status, status), answer[:500]
    assert why in problem["detail"]
    assert len(answer) < 3_000, "a refusal does not repeat what was sent"


@pytest.mark.parametrize("text", ["[" * 3 + "]" * 3, "1e308", "9" * 300, "-1e-300", '"' + "x" * 1_000_000 + '"'])
def test_what_is_just_within_the_limits_is_stored(door: Door, text: str) -> None:
    version = json.loads(door("GET", "/api/parcels/C/2", b"", {})[1])["properties"]["version"]
    operation = {**update(attributes={str(uuid.uuid4()): "HERE"}), "parcel_id": "C/2"}
    body = spliced(text, operations=[operation], seen={"C/2": version})
    status, answer = door("POST", "/api/edits", body, JSON)
    assert status == 201, answer


@pytest.mark.parametrize(
    ("headers", "status", "why"),
    [
        pytest.param({}, 400, "Content-Type: the body is JSON: send application/json", id="no type"),
        pytest.param({"Content-Type": "text/plain"}, 400, "this one says text/plain", id="text"),
        pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, 400, "send application/json", id="a form"),
        pytest.param({"Content-Type": "multipart/form-data; boundary=x"}, 400, "send application/json", id="a file"),
    ],
)
def test_another_kind_of_body_is_refused(door: Door, headers: dict[str, str], status: int, why: str) -> None:
    given, answer = door("POST", "/api/edits", spliced(""), headers)
    assert (given, why in json.loads(answer)["detail"]) == (status, True), answer


def test_a_body_over_two_mebibytes_is_refused(door: Door) -> None:
    for size, status in ((LIMITS.body_bytes, 400), (LIMITS.body_bytes + 1, 413)):
        given, answer = door("POST", "/api/edits", b'"' + b" " * (size - 1), JSON)
        assert given == status, answer
    assert "2,097,152" in json.loads(answer)["detail"]


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("/api/parcels/%00", 400, "path: it holds a null character"),
        ("/admin/parcel/%00", 400, "path: it holds a null character"),
        ("/api/parcels/%ff%fe", 404, "There is no parcel"),
        ("/api/parcels/" + "x" * 3_000, 404, "There is no parcel"),
        ("/api/parcels/A/versions/99999999999999999999", 404, ""),
        ("/api/edits/99999999999999999999", 404, "There is no edit"),
        ("/api/edits/-1", 404, ""),
        ("/api/edits/%C2%B2", 404, ""),
        ("/api/edits/1?dry_run=1", 400, "dry_run: no such parameter; known are none"),
        ("/api/parcels/A?colour=red", 400, "colour: no such parameter"),
        ("/api/parcels?limit=1&limit=2", 400, "limit: it stands more than once"),
        ("/api/parcels?limit=1_0", 400, "limit: it takes a whole number"),
        ("/api/parcels?limit=%D9%A1", 400, "limit: it takes a whole number"),
        ("/api/parcels?limit=0", 400, "limit: it takes a whole number from 1 to 200"),
        ("/api/parcels?limit=" + "9" * 3_000, 400, "limit: it takes a whole number from 1 to 200"),
        ("/api/parcels?q=%00", 400, "q: it holds a null character"),
        ("/api/parcels?q=" + "x" * 201, 400, "q: it takes at most 200 characters"),
        ("/api/parcels?cursor=%C3%A9", 400, "cursor: take it from next_cursor"),
        ("/api/parcels?near=1,nan", 400, "near: it takes 2 finite numbers"),
        ("/api/parcels?near=1,1_0", 400, "near: it takes 2 finite numbers"),
        ("/api/parcels?near=1,2&within_m=1e400", 400, "within_m: it takes one finite number"),
        ("/api/parcels?near=1,2&within_m=-5", 400, "within_m: it takes metres above zero"),
        ("/api/coverage?bbox=0,0,infinity,1", 400, "bbox: it takes 4 finite numbers"),
        ("/api/coverage?bbox=1,0,0,1", 400, "west below east"),
        ("/api/coverage?bbox=0,0,1,1&parcels=A", 400, "exactly one of"),
        ("/api/coverage", 400, "exactly one of"),
        ("/api/coverage?at_version=A:%C2%B2", 400, "at_version: it takes parcel_id:version"),
        ("/api/coverage?at_version=A:9999999999", 400, "at_version: it takes parcel_id:version"),
        ("/api/coverage?at_version=A", 400, "at_version: it takes parcel_id:version"),
        ("/api/coverage?parcels=%00", 400, "parcels: it holds a null character"),
    ],
)
def test_what_a_url_cannot_mean_is_refused_by_name(door: Door, path: str, status: int, why: str) -> None:
    given, answer = door("GET", path, b"", {"Accept": "application/json"})
    assert (given, why in json.loads(answer)["detail"]) == (status, True), answer[:500]


@pytest.mark.parametrize("digits", [4_000, 5_000, 100_000])
def test_a_number_in_a_path_has_no_length_that_hurts(door: Door, digits: int) -> None:
    status, _ = door("GET", "/api/edits/" + "9" * digits, b"", {})
    assert 400 <= status < 500


def test_a_length_below_nothing_is_refused(door: Door) -> None:
    assert door("POST", "/api/edits", b"{}", {**JSON, "Content-Length": "-2"})[0] in {400, 411}
