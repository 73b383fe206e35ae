"""Saving the form: one edit through the service, or nothing, and nothing typed or drawn is lost."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from spatial_admin.errors import Contention, OutcomeUnknown
from spatial_admin.settings import storage_srid
from tests.accounts import People, csrf_token_of
from tests.admin.fabric import corner, stored
from tests.forms import fields_of

URL = "/admin/parcel/edit/?id="
# Each of the nine parcels: eleven times in degrees; once in the systems that tests/test_other_reference_systems.py tries.
RENAMED = 99 if storage_srid() == 4326 else 9


def opened(client: FlaskClient, parcel: str = "5") -> dict[str, str]:
    """The form as it is shown; fields can be changed before `save`."""
    answer = client.get(URL + parcel)
    assert answer.status_code == 200
    return fields_of(answer.text, "parcel-form")


def save(client: FlaskClient, fields: dict[str, str], parcel: str = "5", **typed: str) -> TestResponse:
    return client.post(URL + parcel, data={**fields, "comment": "because", **typed})


def config_of(answer: TestResponse) -> dict[str, Any]:
    found = re.search(r'id="editor-config">(.*?)</script>', answer.text, re.DOTALL)
    assert found
    config: dict[str, Any] = json.loads(found.group(1))
    return config


def rows(engine: Engine, sql: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(sql), values).all())


def move(column: int, row: int, by: float = 0.0001) -> list[dict[str, Any]]:
    x, y = corner(column, row)
    return [{"op": "move_point", "at": [x, y], "to": [round(x + by, 9), round(y + by, 9)]}]


def test_form_shows_what_is_stored_and_a_key_of_its_own(editor: FlaskClient, block: Engine) -> None:
    first, second = opened(editor), opened(editor)
    assert (first["number"], first["kind"], first["address"]) == ("5/4", "lot", "5 Mill Lane")
    assert first["key"] != second["key"]
    assert json.loads(first["operations"]) == []
    assert json.loads(first["seen"]) == {"5": 1}


def test_renaming_again_and_again_leaves_every_geometry_as_it_was(editor: FlaskClient, block: Engine) -> None:
    before = stored(block)
    for turn in range(RENAMED):
        parcel = str(turn % 9 + 1)
        assert save(editor, opened(editor, parcel), parcel, number=f"new {turn}").status_code == 303
    assert stored(block) == before
    assert rows(block, "SELECT count(*), count(DISTINCT edit_id) FROM parcel_version WHERE change = 'attributes'") == [
        (RENAMED, RENAMED)
    ]


def test_one_save_is_one_edit_of_its_author_with_its_reason(
    editor: FlaskClient, block: Engine, accounts: People
) -> None:
    fields = opened(editor)
    answer = save(editor, fields, number="12a", address="", comment="Deed 7", operations=json.dumps(move(1, 1)),
                  seen=json.dumps({"1": 1, "2": 1, "4": 1, "5": 1}))  # fmt: skip
    assert answer.status_code == 303, answer.text
    edit = rows(block, "SELECT id, author_id, comment, key::text FROM edit ORDER BY id DESC LIMIT 1")[0]
    assert (edit.author_id, edit.comment, edit.key) == (accounts.editor.account_id, "Deed 7", fields["key"])
    changes = rows(block, "SELECT parcel_id FROM parcel_version WHERE edit_id = :edit ORDER BY 1", edit=edit.id)
    assert [row.parcel_id for row in changes] == ["1", "2", "4", "5"]
    parcel = rows(block, "SELECT number, address, version FROM parcel WHERE parcel_id = '5'")[0]
    assert tuple(parcel) == ("12a", None, 2)
    page = editor.get(answer.location).text
    assert f"Saved as edit {edit.id}" in page
    assert "12a (version 2)" in page, "by its number, as of now"


def test_moving_a_shared_point_touches_nobody_else(editor: FlaskClient, block: Engine) -> None:
    before = stored(block)
    seen = dict.fromkeys(("1", "2", "4", "5"), 1)
    save(editor, opened(editor), operations=json.dumps(move(1, 1)), seen=json.dumps(seen))
    after = stored(block)
    assert {name for name in before if before[name] != after[name]} == set(seen)


def test_double_click_is_one_edit(editor: FlaskClient, block: Engine) -> None:
    fields = opened(editor)
    first, second = save(editor, fields, number="x"), save(editor, fields, number="x")
    assert (first.status_code, second.status_code) == (303, 303)
    assert rows(block, "SELECT version FROM parcel WHERE parcel_id = '5'") == [(2,)]


def test_form_sent_again_with_another_content_is_refused_and_can_be_saved_after(
    editor: FlaskClient, block: Engine
) -> None:
    fields = opened(editor)
    save(editor, fields, number="x")
    again = save(editor, fields, number="y")  # the person went back to the old page
    assert again.status_code == 422
    later = save(editor, fields_of(again.text, "parcel-form"))
    assert later.status_code == 409, "the old page's version is not current"
    assert save(editor, fields_of(later.text, "parcel-form")).status_code == 303
    assert rows(block, "SELECT number, version FROM parcel WHERE parcel_id = '5'") == [("y", 3)]


def test_conflict_shows_both_values_and_keeps_what_was_typed(
    editor: FlaskClient, colleague: FlaskClient, block: Engine
) -> None:
    mine, theirs = opened(editor), opened(colleague)
    assert save(colleague, theirs, number="theirs", land_use="garden").status_code == 303
    answer = save(editor, mine, number="mine", address="my address")
    assert answer.status_code == 409
    again = fields_of(answer.text, "parcel-form")
    assert (again["number"], again["address"], again["land_use"]) == ("mine", "my address", "garden")
    assert again["comment"] == "because"
    cells = re.findall(r"<th scope=\"row\">Number</th>\s*<td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>", answer.text)
    assert cells == [("5/4", "theirs", "mine")]
    conflict = config_of(answer)["problem"]["conflicts"][0]
    assert (conflict["parcel_id"], conflict["changed_by"]) == ("5", "administrator@example.org")
    assert conflict["base"]["parcels"]
    assert conflict["current"]["parcels"]
    assert save(editor, again).status_code == 303
    assert rows(block, "SELECT number, address, land_use, version FROM parcel WHERE parcel_id = '5'") == [
        ("mine", "my address", "garden", 3)
    ]


def test_conflict_with_a_drawing_keeps_the_drawing(editor: FlaskClient, colleague: FlaskClient, block: Engine) -> None:
    mine = opened(editor)
    before = stored(block)
    assert save(colleague, opened(colleague), number="theirs").status_code == 303
    seen = json.dumps({"1": 1, "2": 1, "4": 1, "5": 1})
    answer = save(editor, mine, operations=json.dumps(move(1, 1)), seen=seen)
    assert answer.status_code == 409
    assert stored(block) == before, "nothing of it was saved"
    again = fields_of(answer.text, "parcel-form")
    assert json.loads(again["operations"]) == move(1, 1)
    assert json.loads(again["seen"]) == json.loads(seen)
    assert config_of(answer)["operations"] == move(1, 1)


def test_refused_drawing_comes_back_with_the_reason_and_its_place(editor: FlaskClient, block: Engine) -> None:
    before = stored(block)
    over = json.dumps(move(1, 1, by=0.0015))  # past the opposite corner of lot 9
    seen = json.dumps(dict.fromkeys(("1", "2", "4", "5"), 1))
    answer = save(editor, opened(editor), operations=over, seen=seen, number="typed")
    assert answer.status_code == 422
    problem = config_of(answer)["problem"]
    assert problem["type"] == "/problems/edit_rejected"
    assert problem["findings"][0]["place"]["coordinates"]
    again = fields_of(answer.text, "parcel-form")
    assert (again["number"], json.loads(again["operations"])) == ("typed", json.loads(over))
    assert stored(block) == before
    assert rows(block, "SELECT number FROM parcel WHERE parcel_id = '5'") == [("5/4",)]


def test_unknown_point_is_told_above_the_form(editor: FlaskClient, block: Engine) -> None:
    operations = json.dumps([{"op": "remove_point", "at": [2.5, 48.5]}])
    answer = save(editor, opened(editor), operations=operations)
    assert answer.status_code == 422
    assert "no current parcel has" in unescape(answer.text)


@pytest.mark.parametrize(
    ("error", "status"), [(Contention("busy"), 503), (OutcomeUnknown("lost"), 503)], ids=["contention", "unknown"]
)
def test_busy_database_keeps_everything_and_the_key(
    editor: FlaskClient, block: Engine, error: Exception, status: int
) -> None:
    fields = opened(editor)
    with patch("spatial_admin.admin.parcel_saving.edit_boundaries", side_effect=error):
        answer = save(editor, fields, number="typed")
    assert answer.status_code == status
    again = fields_of(answer.text, "parcel-form")
    assert (again["number"], again["key"]) == ("typed", fields["key"])
    assert save(editor, again).status_code == 303


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"comment": "  ", "number": "x"}, "State why"),
        ({"legal_area_m2": "many"}, "Not a valid float"),
        ({"attributes": "{"}, "not JSON"),
        ({"attributes": "[1]"}, "must be a JSON object"),
        ({"attributes": '{"a": NaN}'}, "no number of JSON"),
        ({"attributes": "[" * 100_000}, "nested too deeply"),
        ({"kind": "castle"}, "Not a valid choice"),
        ({"operations": "{"}, "operations cannot be read"),
        ({"operations": '{"op": 1}'}, "operations cannot be read"),
        ({"seen": "[]"}, "seen cannot be read"),
        ({"number": "x" * 300}, "cannot be longer"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(
    editor: FlaskClient, block: Engine, typed: dict[str, str], said: str
) -> None:
    answer = save(editor, opened(editor), **typed)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert rows(block, "SELECT version FROM parcel WHERE parcel_id = '5'") == [(1,)]


@pytest.mark.parametrize("operations", ['[{"op": "fly"}]', "[1]", '[{"op": "move_point", "at": [1], "to": [2, 3]}]'])
def test_operations_that_are_none_are_refused(editor: FlaskClient, block: Engine, operations: str) -> None:
    answer = save(editor, opened(editor), operations=operations)
    assert answer.status_code in (400, 422)
    assert "Nothing was saved" in answer.text


def test_saving_without_a_change_makes_no_edit(editor: FlaskClient, block: Engine) -> None:
    before = rows(block, "SELECT count(*) FROM edit")
    for parcel in ("3", "9"):  # of two parts, with a hole
        answer = save(editor, opened(editor, parcel), parcel)
        assert answer.status_code == 302
    assert rows(block, "SELECT count(*) FROM edit") == before


def test_further_attributes_are_patched_and_not_replaced(editor: FlaskClient, block: Engine) -> None:
    with block.begin() as connection:
        stored_as = json.dumps({"keep": 0.1, "change": {"a": [1, 2], "b": True}, "drop": "x", "big": 2**53 + 1})
        connection.execute(text("UPDATE parcel SET attributes = :a WHERE parcel_id = '5'"), {"a": stored_as})
    fields = opened(editor)
    attributes = json.loads(fields["attributes"])
    del attributes["drop"]
    attributes["change"]["b"] = False
    assert save(editor, fields, attributes=json.dumps(attributes)).status_code == 303
    operation = rows(block, "SELECT operations FROM edit ORDER BY id DESC LIMIT 1")[0].operations[0]
    assert operation["properties"] == {"attributes": {"drop": None, "change": {"b": False}}}
    assert rows(block, "SELECT attributes FROM parcel WHERE parcel_id = '5'")[0].attributes == attributes


def test_viewer_sees_the_form_and_cannot_save(viewer: FlaskClient, block: Engine) -> None:
    page = viewer.get(URL + "5").text
    assert "Save edit" not in page
    assert 'name="number" ' not in page or "disabled" in page
    answer = viewer.post(URL + "5", data={"csrf_token": csrf_token_of(page), "number": "x", "key": str(uuid4())})
    assert answer.status_code == 403
    assert rows(block, "SELECT version FROM parcel WHERE parcel_id = '5'") == [(1,)]


def test_form_of_another_parcel_is_refused(editor: FlaskClient, block: Engine) -> None:
    assert save(editor, opened(editor, "5"), "6", number="x").status_code == 400


@pytest.mark.parametrize("broken", ["cut", "", "e30.x"])
def test_form_whose_state_was_changed_is_refused(editor: FlaskClient, block: Engine, broken: str) -> None:
    fields = opened(editor)
    original = fields["original"][:-2] if broken == "cut" else broken
    assert save(editor, {**fields, "original": original}, number="x").status_code == 400
