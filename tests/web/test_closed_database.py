"""A database that was left for another one: who saves is told so, and everybody reads on."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.services.database.change_srid import CLOSE, CLOSE_TABLE, OPEN
from tests.accounts import People, csrf_token_of, sign_in
from tests.answers import json_of
from tests.concurrency.fabric import update
from tests.web.api import edit, store

OURS = """
SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' AND NOT c.relispartition AND c.relname NOT LIKE 'spatial_ref%'
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


@pytest.fixture
def closed(app: Flask, engine: Engine, owner_engine: Engine, accounts: People) -> Engine:
    store(engine)
    with owner_engine.begin() as owner:
        owner.exec_driver_sql(CLOSE)
        for name in owner.scalars(text(OURS)).all():
            owner.exec_driver_sql(CLOSE_TABLE.format(table=name, what="SRID 2056"))
    return owner_engine


def test_who_saves_is_told_where_it_went_and_saves_once_it_is_open_again(
    closed: Engine, client: FlaskClient, accounts: People
) -> None:
    body = {**edit(update("A", land_use="orchard")), "seen": {"A": 1}}
    answer = client.post("/api/edits", json=body, headers=accounts.editor.bearer)
    assert (answer.status_code, json_of(answer)["type"]) == (503, "/problems/read_only")
    assert "a database of SRID 2056 took its place" in json_of(answer)["detail"]
    assert "Nothing was changed" in json_of(answer)["detail"]
    assert "DROP FUNCTION" not in answer.text, "how to open it is for its operator"
    with closed.begin() as owner:
        owner.exec_driver_sql(OPEN)
    assert client.post("/api/edits", json=body, headers=accounts.editor.bearer).status_code == 201


def test_people_sign_in_and_read_and_other_writes_are_told_too(closed: Engine, app: Flask, accounts: People) -> None:
    browser = app.test_client()
    sign_in(browser, accounts.administrator)
    for path in ("/", "/admin/", "/admin/parcel/", "/admin/database/", "/api/parcels/A", "/api/coverage?parcels=A"):
        assert browser.get(path).status_code == 200, path
    token = csrf_token_of(browser.get("/admin/database/").text)
    answer = browser.post("/admin/database/maintain", data={"csrf_token": token})
    assert answer.status_code == 503
    assert "a database of SRID 2056 took its place" in answer.text
