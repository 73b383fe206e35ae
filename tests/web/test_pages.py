"""The map page and the configuration it begins with."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.accounts import People, sign_in
from tests.answers import json_of

SQUARE = "SRID=4326;MULTIPOLYGON(((2.30 48.67, 2.31 48.67, 2.31 48.68, 2.30 48.68, 2.30 48.67)))"


def config_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="editor-config">(.*?)</script>', html, re.DOTALL)
    assert found
    config: dict[str, Any] = json.loads(found.group(1))
    return config


@pytest.mark.parametrize(
    ("role", "can_edit"), [("viewer", False), ("editor", True), ("reviewer", False), ("administrator", True)]
)
def test_map_is_an_editor_for_those_who_may_edit(
    client: FlaskClient, accounts: People, role: str, can_edit: bool
) -> None:
    person = getattr(accounts, role)
    sign_in(client, person)
    config = config_of(client.get("/").text)
    assert config["can_edit"] is can_edit
    assert config["user"] == {"email": person.email, "roles": [role]}


def test_configuration_has_what_the_editor_reads(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.editor)
    config = config_of(client.get("/?parcel=12/3").text)
    assert config["mode"] == "map"
    assert config["parcel"] == "12/3"
    assert (config["srid"], config["srid_name"], config["is_geographic"], config["grid"]) == (
        4326,
        "WGS 84",
        True,
        1e-9,
    )
    assert config["urls"]["coverage"] == "/api/coverage"
    assert (config["urls"]["records"], config["record_required"]) == ("/api/records", False)
    assert config["limits"] == {"parcels": 2000, "points": 100000}
    assert len(config["csrf_token"]) > 20


@pytest.mark.parametrize("name", ["999", "-1", "1.5", "x", "9" * 30, "%00"])
def test_an_address_may_name_a_finding_that_is_not_there(client: FlaskClient, accounts: People, name: str) -> None:
    sign_in(client, accounts.viewer)
    assert config_of(client.get(f"/?finding={name}").text)["finding"] is None
    assert "finding" not in config_of(client.get("/?finding=").text)


def test_empty_database_begins_at_its_extent(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.viewer)
    assert config_of(client.get("/").text)["home_bbox"] == [-180.0, -90.0, 180.0, 90.0]


def test_map_begins_where_the_parcels_are(client: FlaskClient, accounts: People, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO parcel (parcel_id, level, kind, geom) VALUES ('1', 'parcels', 'lot', :geom)"),
            {"geom": SQUARE},
        )
    sign_in(client, accounts.viewer)
    assert config_of(client.get("/").text)["home_bbox"] == pytest.approx([2.30, 48.67, 2.31, 48.68], abs=1e-3)


def test_csrf_token_of_the_page_is_taken_by_the_api(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.editor)
    token = config_of(client.get("/").text)["csrf_token"]
    answer = client.post("/api/edits", json={}, headers={"X-CSRFToken": token})
    assert json_of(answer)["type"] == "/problems/bad_request"
