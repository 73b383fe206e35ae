"""JSONTestSuite through the front door: each file's bytes as the value of an attribute in a real edit.

What must be refused is refused within a second, what must be accepted is stored and comes back as the same value, and
whatever was sent, the worker answers the next request.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from spatial_admin.cadastre.operations.update import merge_patch
from tests.database import TestCluster
from tests.gunicorn_server import RealServer, real_server
from tests.web.api import store

FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "hostile" / "json"
# A refusal changes nothing and can be repeated; the best of a few is the server's own time on a busy machine.
MOST_S = 1.0  # of processor time
# y_ files that the contract itself refuses: the standard leaves them open or PostgreSQL cannot store them.
REFUSED_BY_CONTRACT = {
    "y_object_duplicated_key.json": "a key that stands twice",
    "y_object_duplicated_key_and_value.json": "a key that stands twice",
    "y_object_escaped_null_in_key.json": "jsonb holds no null character",
    "y_string_null_escape.json": "jsonb holds no null character",
}


def files(prefix: str) -> list[Any]:
    """The files of a kind; a machine without them has one parameter, which skips in `shared_data`."""
    found = sorted(FILES.glob(f"{prefix}_*.json"))
    return [pytest.param(path, id=path.stem) for path in found] or [pytest.param(FILES, id="absent")]


@pytest.fixture(scope="module")
def server(
    module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealServer]:
    engine = create_engine(module_database_url)
    store(engine)
    engine.dispose()
    with real_server(module_database_url, cluster, tmp_path_factory.mktemp("hostile")) as running:
        yield running


def version_and_attributes(server: RealServer) -> tuple[int, dict[str, Any]]:
    """The lot as it is, every number exact; that it can be asked shows that the worker lives."""
    status, body = server.request("GET", "/api/parcels/A")
    assert status == 200, body
    properties = exact(body)["properties"]
    return int(properties["version"]), properties["attributes"]


def exact(text: bytes) -> Any:
    """A JSON value whose numbers are decimals: 1e28 is the number 10000000000000000000000000000."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def body_around(value: bytes, name: str, version: int) -> bytes:
    """An edit that gives lot A the attribute `name`, whose value is written as these bytes."""
    update = b'{"op": "update", "parcel_id": "A", "properties": {"attributes": {%s: %s}}}'
    operation = update % (json.dumps(name).encode(), value)
    head = {"key": str(uuid.uuid4()), "comment": "hostile", "seen": {"A": version}}
    return json.dumps(head).encode()[:-1] + b', "operations": [' + operation + b"]}"


@pytest.mark.parametrize("path", files("n"))
def test_what_is_no_json_is_refused_at_once(path: Path, server: RealServer, shared_data: Path) -> None:
    version, attributes = version_and_attributes(server)
    body = body_around(path.read_bytes(), path.stem, version)
    before_s = server.processor_s()
    status, answer = server.post_edit(body)
    assert 400 <= status < 500, (status, answer)
    assert json.loads(answer)["detail"]
    assert server.processor_s() - before_s < MOST_S
    assert version_and_attributes(server) == (version, attributes), "nothing was changed"


@pytest.mark.parametrize("path", files("y"))
def test_what_is_json_is_stored_and_comes_back_the_same(path: Path, server: RealServer, shared_data: Path) -> None:
    version, _ = version_and_attributes(server)
    value = path.read_bytes()
    status, answer = server.post_edit(body_around(value, path.stem, version))
    if path.name in REFUSED_BY_CONTRACT:
        assert status in {400, 422}, (answer, REFUSED_BY_CONTRACT[path.name])
        return
    assert status == 201, answer
    now, attributes = version_and_attributes(server)
    # Every attribute is a merge patch: null takes it away, and inside an object likewise.
    expected = merge_patch({}, {path.stem: exact(value)})
    assert now == version + bool(expected)
    assert {name: attributes[name] for name in attributes if name == path.stem} == expected


@pytest.mark.parametrize("path", files("i"))
def test_what_the_standard_leaves_open_is_taken_or_refused(path: Path, server: RealServer, shared_data: Path) -> None:
    version, _ = version_and_attributes(server)
    status, answer = server.post_edit(body_around(path.read_bytes(), path.stem, version))
    assert status == 201 or 400 <= status < 500, (status, answer)
    now, attributes = version_and_attributes(server)
    assert (now == version + 1, path.stem in attributes) == (status == 201, status == 201)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param(b"[" * 100_000, 422, id="a hundred thousand opening brackets"),
        pytest.param(b'[{"":' * 50_000, 422, id="arrays and objects in turn, never closed"),
        pytest.param(b'"' + b'\\"' * 1_000_000, 400, id="a text of a million escaped quotes that never ends"),
        pytest.param(b"9" * 1_000_000, 400, id="an integer of a million digits"),
        pytest.param(b"0." + b"0" * 1_000_000 + b"1", 400, id="a million digits behind the point"),
        pytest.param(
            b"{" + b",".join(b'"%d":0' % i for i in [*range(100_000), 99_999]) + b"}",
            400,
            id="the last of 100,001 keys",
        ),
        pytest.param(b'{"a": 1, "\\u0061": 2}', 400, id="one key, written in two ways"),
        pytest.param(b'"\\u0000"', 422, id="a null character"),
        pytest.param(b'{"\\ud800": 1}', 422, id="half a character as a key"),
        # The last: from now on the lot weighs two megabytes.
        pytest.param(b"[" + b"[]," * 600_000 + b"0]", 201, id="six hundred thousand empty lists"),
    ],
)
def test_what_was_made_to_hurt_a_parser_does_not(value: bytes, status: int, server: RealServer) -> None:
    version, _ = version_and_attributes(server)
    body = body_around(value, str(uuid.uuid4()), version)
    before_s = server.processor_s()
    given, answer = server.post_edit(body)
    took = server.processor_s() - before_s
    assert given == status, answer[:500]
    assert took < 20 * MOST_S, "a backtracking pattern or a count for every key needs minutes or hours"
    assert len(answer) < 100_000, "a refusal does not repeat what was sent"
    assert version_and_attributes(server)[0] == version + (status == 201)
