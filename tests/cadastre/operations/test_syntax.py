from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_admin.cadastre.operations import parse_operations
from spatial_admin.cadastre.operations.insert_point import InsertPoint
from spatial_admin.cadastre.operations.move_point import MovePoint
from spatial_admin.cadastre.operations.positions import LonLatPosition, StoragePosition
from spatial_admin.cadastre.operations.property_syntax import ATTRIBUTE_DEPTH
from spatial_admin.cadastre.operations.remove_point import RemovePoint
from spatial_admin.cadastre.operations.update import Update
from spatial_admin.errors import InvalidOperation

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
PAIRS = st.lists(ANYTHING | st.floats(), min_size=1, max_size=3)
FIELDS = ("at", "to", "between", "parcel_id", "properties", "number", "attributes", "kind", "level", "legal_area_m2")
ALMOST = st.fixed_dictionaries(
    {"op": st.sampled_from(["move_point", "insert_point", "remove_point", "update"])},
    optional={
        **dict.fromkeys(("at", "to", "between"), PAIRS | ANYTHING),
        "parcel_id": st.text(max_size=3) | ANYTHING,
        "properties": st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=3) | ANYTHING,
    },
)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.lists(ANYTHING | ALMOST, max_size=3))
def test_whatever_json_is_sent_it_is_read_or_refused_as_an_invalid_operation(values: list[object]) -> None:
    try:
        parsed = len(parse_operations(values))
    except InvalidOperation as error:
        refused, parsed = error, error.index
        assert refused.why.strip()
    assert 0 <= parsed <= len(values)


def test_the_four_operations_are_read() -> None:
    parsed = parse_operations(
        [
            {"op": "move_point", "at": [1, 2.5], "to": {"lon": 14.5, "lat": 50}},
            {"op": "insert_point", "between": [[0, 0], [1, 0]], "at": [0.5, 0]},
            {"op": "remove_point", "at": [1, 2]},
            {"op": "update", "parcel_id": "12/3", "properties": {"legal_area_m2": 300, "address": None}},
        ]
    )
    assert parsed == (
        MovePoint(StoragePosition(1.0, 2.5), LonLatPosition(14.5, 50.0)),
        InsertPoint((StoragePosition(0, 0), StoragePosition(1, 0)), StoragePosition(0.5, 0)),
        RemovePoint(StoragePosition(1, 2)),
        Update("12/3", {"legal_area_m2": 300.0, "address": None}),
    )


def deep(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return dict(value)


REFUSED = [
    ("not an object", [1, 2], "JSON object"),
    ("no name", {"at": [1, 2]}, "move_point"),
    ("an unknown name", {"op": "explode"}, "move_point"),
    ("a name that is no text", {"op": ["move_point"]}, "move_point"),
    ("a missing field", {"op": "move_point", "at": [1, 2]}, "missing: to"),
    ("an unknown field", {"op": "remove_point", "at": [1, 2], "of": "x"}, "unknown: of"),
    ("three coordinates", {"op": "remove_point", "at": [1, 2, 3]}, "at: a point takes two numbers"),
    ("a coordinate as text", {"op": "remove_point", "at": ["1", 2]}, "numbers"),
    ("a coordinate as boolean", {"op": "remove_point", "at": [True, 2]}, "numbers"),
    ("not a number", {"op": "remove_point", "at": [float("nan"), 2]}, "finite"),
    ("infinity, as 1e400 is read", {"op": "remove_point", "at": [float("inf"), 2]}, "finite"),
    ("an integer beyond every float", {"op": "remove_point", "at": [10**400, 2]}, "finite"),
    ("latitude above the pole", {"op": "remove_point", "at": {"lon": 0, "lat": 91}}, "between -90 and 90"),
    ("lon without lat", {"op": "remove_point", "at": {"lon": 0}}, "exactly"),
    ("lon/lat with height", {"op": "remove_point", "at": {"lon": 0, "lat": 0, "h": 0}}, "exactly"),
    ("between one point", {"op": "insert_point", "between": [[0, 0]], "at": [1, 1]}, "between"),
    ("a wrong end", {"op": "insert_point", "between": [[0, 0], [0]], "at": [1, 1]}, "between: a point takes two"),
    ("no properties", {"op": "update", "parcel_id": "A", "properties": {}}, "at least one"),
    ("properties as a list", {"op": "update", "parcel_id": "A", "properties": ["number"]}, "object"),
    (
        "a parcel id that is no text",
        {"op": "update", "parcel_id": 7, "properties": {"number": "1"}},
        "parcel_id is text",
    ),
    (
        "a property that is not the client's",
        {"op": "update", "parcel_id": "A", "properties": {"area_m2": 1}},
        "area_m2",
    ),
    ("the permanent id", {"op": "update", "parcel_id": "A", "properties": {"parcel_id": "B"}}, "parcel_id cannot"),
    ("a long number", {"op": "update", "parcel_id": "A", "properties": {"number": "1" * 101}}, "1 to 100"),
    ("a line break", {"op": "update", "parcel_id": "A", "properties": {"address": "a\nb"}}, "control character"),
    ("half a character", {"op": "update", "parcel_id": "A", "properties": {"address": "\ud83d"}}, "half a character"),
    ("a negative area", {"op": "update", "parcel_id": "A", "properties": {"legal_area_m2": -1}}, "above zero"),
    ("an area as boolean", {"op": "update", "parcel_id": "A", "properties": {"legal_area_m2": True}}, "above zero"),
    ("attributes as text", {"op": "update", "parcel_id": "A", "properties": {"attributes": "x"}}, "object"),
    (
        "half a character in a key",
        {"op": "update", "parcel_id": "A", "properties": {"attributes": {"\udc00": 1}}},
        "half",
    ),
    (
        "NaN in attributes",
        {"op": "update", "parcel_id": "A", "properties": {"attributes": {"a": [float("nan")]}}},
        "finite",
    ),
    (
        "attributes nested too deep",
        {"op": "update", "parcel_id": "A", "properties": {"attributes": deep(ATTRIBUTE_DEPTH + 1)}},
        "deeper",
    ),
]


@pytest.mark.parametrize(("given_value", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_not_of_the_form_is_refused_with_the_reason(given_value: object, why: str) -> None:
    lawful = {"op": "remove_point", "at": [1, 2]}
    with pytest.raises(InvalidOperation) as refusal:
        parse_operations([lawful, given_value])
    assert refusal.value.index == 1
    assert why in refusal.value.why
    assert refusal.value.why.isprintable()


def test_a_position_is_told_back_as_it_was_given() -> None:
    assert StoragePosition(1.5, 2.0).given == [1.5, 2.0]
    assert LonLatPosition(14.5, 50.0).given == {"lon": 14.5, "lat": 50.0}
