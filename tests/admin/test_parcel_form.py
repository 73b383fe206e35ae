"""The form's state: what was changed, and by whom."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from spatial_admin.admin.parcel_form import ATTRIBUTES, Shown, changed, edit_body, merge_patch, read_shown, rebased
from spatial_admin.errors import BadRequest

EMPTY: dict[str, Any] = {**dict.fromkeys(ATTRIBUTES), "kind": "lot", "attributes": {}}
# jsonb holds no NUL, and a merge patch cannot say that a member is null: null means gone.
scalars = (
    st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2) | st.floats(allow_nan=False, allow_infinity=False)
)
objects = st.recursive(
    st.dictionaries(st.text("abc", min_size=1, max_size=1), scalars, max_size=3),
    lambda inner: st.dictionaries(
        st.text("abc", min_size=1, max_size=1), scalars | inner | st.lists(scalars), max_size=3
    ),
    max_leaves=8,
)


def shown(version: int = 3, **values: Any) -> Shown:
    return Shown("7", version, {**EMPTY, **values})


def applied(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2, word for word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = applied(result.get(name), value)
    return result


@given(objects, objects)
def test_merge_patch_makes_after_of_before_and_says_no_more(before: dict[str, Any], after: dict[str, Any]) -> None:
    patch = merge_patch(before, after)
    assert applied(before, patch) == after
    assert (patch == {}) == (before == after)


def test_only_what_was_typed_becomes_an_operation() -> None:
    before = shown(number="12", address="Mill Lane", attributes={"a": 1, "b": 2})
    typed = {**before.values, "number": "13", "attributes": {"a": 1, "b": 3}}
    assert edit_body(before, typed, [], {"7": 3, "8": 1}) == {
        "seen": {"7": 3},
        "operations": [{"op": "update", "parcel_id": "7", "properties": {"number": "13", "attributes": {"b": 3}}}],
    }


@pytest.mark.parametrize(
    ("stored", "sent", "why"),
    [
        ("", None, "an input cannot tell empty from absent"),
        ("two\nlines", "twolines", "an input holds no line ends"),
        (" spaces ", " spaces ", "what was not touched is not trimmed"),
        (None, None, "nothing"),
    ],
)
def test_what_an_input_does_to_a_text_is_no_change(stored: str | None, sent: str | None, why: str) -> None:
    before = shown(address=stored)
    assert changed(before, {**before.values, "address": sent}) == {}, why


def test_emptying_a_field_is_a_change() -> None:
    before = shown(address="Mill Lane", legal_area_m2=12.5)
    assert changed(before, {**before.values, "address": None, "legal_area_m2": None}) == {
        "address": None,
        "legal_area_m2": None,
    }


def test_true_is_not_one_in_further_attributes() -> None:
    assert merge_patch({"a": True}, {"a": 1}) == {"a": 1}


def test_older_version_counts_where_map_and_fields_differ() -> None:
    before = shown(version=2, number="12")
    typed = {**before.values, "number": "13"}
    move = [{"op": "remove_point", "at": [1, 2]}]
    assert edit_body(before, typed, move, {"7": 3, "8": 1})["seen"] == {"7": 2, "8": 1}
    assert edit_body(before, typed, move, {"7": 1})["seen"] == {"7": 1}
    assert edit_body(before, before.values, move, {"7": 3})["seen"] == {"7": 3}, "the fields say nothing"


def test_nothing_changed_is_no_operation() -> None:
    assert edit_body(shown(), shown().values, [], {"7": 3}) == {"seen": {}, "operations": []}


def test_after_a_conflict_own_changes_stay_and_all_else_is_current() -> None:
    before = shown(number="12", address="old", land_use="field", legal_area_text="1 acre")
    current = shown(version=4, number="99", address="theirs", land_use="same", legal_area_text="1 acre")
    typed = {**before.values, "address": "mine", "land_use": "same", "legal_area_text": "2 acres"}
    values, differences = rebased(before, current, typed)
    assert (values["number"], values["address"], values["legal_area_text"]) == ("99", "mine", "2 acres")
    assert [(one.name, one.was, one.theirs, one.yours) for one in differences] == [("address", "old", "theirs", "mine")]
    assert changed(current, values) == {"address": "mine", "legal_area_text": "2 acres"}


def test_signed_state_is_read_back_and_no_other(app: Flask) -> None:
    with app.app_context():
        signed = shown(number="12").signed()
        assert read_shown(signed, "7") == shown(number="12")
        with pytest.raises(BadRequest, match="damaged"):
            read_shown(signed[:-1] + ("A" if signed[-1] != "A" else "B"), "7")
        with pytest.raises(BadRequest, match="damaged"):
            read_shown("", "7")
        with pytest.raises(BadRequest, match="belongs to parcel 7"):
            read_shown(signed, "8")
