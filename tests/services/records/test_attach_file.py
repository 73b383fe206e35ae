"""Files of records: names, numbers, limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import BadRequest, LimitExceeded, NotFound
from spatial_admin.services.records.attach_file import attach_file, file_name_of
from spatial_admin.services.records.create_record import create_import_record, create_record
from spatial_admin.services.records.parse_record import NewRecord
from spatial_admin.services.records.read_file import read_file
from spatial_admin.settings import Limits
from spatial_admin.transaction import short, snapshot
from tests.accounts import People, make_people
from tests.answers import json_of
from tests.concurrency.race import errors, race

LIMITS = Limits(record_file_bytes=1_000)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def record() -> int:
    return create_record(NewRecord(type="plat", received=date(2024, 3, 1)), None)


@pytest.mark.parametrize(
    ("given", "name"),
    [("C:\\scans\\plan.tif", "plan.tif"), ("/scans/a b.pdf", "a b.pdf"), ("plán – 2.pdf", "plán – 2.pdf"), ("x", "x")],
)
def test_a_name_is_kept_without_its_folder(given: str, name: str) -> None:
    assert file_name_of(given) == name


@pytest.mark.parametrize("given", ["", " ", ".", "..", "a/", "a\\", "x" * 201, "a\nb", "a\x00", "a\u202eb", "\ud800"])
def test_a_name_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(BadRequest):
        file_name_of(given)


def test_a_file_of_the_limit_is_taken_and_one_byte_more_is_not(record: int, accounts: People, engine: Engine) -> None:
    author = accounts.editor.account_id
    assert attach_file(record, BytesIO(b"x" * 1_000), "a", None, author, LIMITS) == (1, True)
    with pytest.raises(LimitExceeded, match="1,000 bytes"):
        attach_file(record, BytesIO(b"x" * 1_001), "b", None, author, LIMITS)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT size, octet_length(content) FROM record_file")).all() == [(1_000, 1_000)]


def test_over_http_the_limit_is_told_before_the_file_is_read(with_settings: Callable[..., Flask], record: int) -> None:
    app = with_settings(limits=LIMITS)
    with app.app_context():
        people = make_people()
    client, headers, url = app.test_client(), people.editor.bearer, f"/api/records/{record}/files"
    over = client.post(url, data={"file": (BytesIO(b"x" * 1_001), "a")}, headers=headers)
    assert (over.status_code, json_of(over)["limit"]) == (422, 1_000)
    far_over = client.post(url, data={"file": (BytesIO(b"x" * 100_000), "a")}, headers=headers)
    assert far_over.status_code == 413


def test_files_added_at_once_get_numbers_of_their_own(
    app: Flask, record: int, accounts: People, engine: Engine
) -> None:
    author = accounts.editor.account_id
    contents = [b"a", b"b", b"c", b"d", b"a", b"b"]
    results = race(app, *(partial(attach_file, record, BytesIO(c), "f", None, author, LIMITS) for c in contents))
    assert errors(results) == []
    assert sorted(number for number, is_new in results if is_new) == [1, 2, 3, 4]
    assert sum(not is_new for _, is_new in results) == 2
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM record")).scalar_one() == 5


def test_the_record_of_an_import_keeps_the_digest_and_has_nothing_to_hand_out() -> None:
    with short() as session:
        record = create_import_record(session, 7, "town.geojson", 10, "0" * 64, None)
    with snapshot() as session, pytest.raises(NotFound, match=r"no stored content of town\.geojson"):
        read_file(session, record, 1)
