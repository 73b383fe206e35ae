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
from spatial_admin.cadastre.operations.replace_boundary import ReplaceBoundary
from spatial_admin.cadastre.operations.update import Update
from spatial_admin.errors import InvalidOperation

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
PAIRS = st.lists(ANYTHING | st.floats(), min_size=1, max_size=3)
FIELDS = ("at", "to", "between", "parcel_id", "properties", "number", "attributes", "kind", "level", "legal_area_m2")
OPTIONS = ("carry_line_points", "join_within_m", "via", "parcels", "from")
ALMOST = st.fixed_dictionaries(
    {
        "op": st.sampled_from(
            ["move_point", "insert_point", "remove_point", "update", "draw", "merge", "replace_boundary"]
        )
    },
    optional={
        **dict.fromkeys(("at", "to", "between"), PAIRS | ANYTHING),
        **dict.fromkeys(OPTIONS, ANYTHING | st.lists(st.lists(st.floats(), min_size=2, max_size=2), max_size=2)),
        "parcel_id": st.text(max_size=3) | ANYTHING,
        "rings": st.recursive(PAIRS, lambda inner: st.lists(inner, min_size=1, max_size=2), max_leaves=4) | ANYTHING,
        "kind": st.just("lot") | ANYTHING,
        "parcels": st.lists(st.text(max_size=2), max_size=3) | ANYTHING,
        "into": st.text(max_size=2) | ANYTHING,
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


def test_a_move_with_its_options_and_a_boundary_are_read() -> None:
    move = {"op": "move_point", "at": [1, 2], "to": [3, 4], "carry_line_points": True, "join_within_m": 1}
    boundary = {"op": "replace_boundary", "from": [0, 0], "to": [1, 0], "via": [{"lon": 14.5, "lat": 50}]}
    assert parse_operations([move, boundary, {**boundary, "via": [], "parcels": ["12/3", "7"]}]) == (
        MovePoint(StoragePosition(1, 2), StoragePosition(3, 4), carry_line_points=True, join_within_m=1.0),
        ReplaceBoundary(StoragePosition(0, 0), StoragePosition(1, 0), (LonLatPosition(14.5, 50.0),)),
        ReplaceBoundary(StoragePosition(0, 0), StoragePosition(1, 0), (), ("12/3", "7")),
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
    (
        "a join over NaN metres",
        {"op": "move_point", "at": [1, 2], "to": [1, 3], "join_within_m": float("nan")},
        "0 to 1",
    ),
    ("a null option", {"op": "move_point", "at": [1, 2], "to": [1, 3], "join_within_m": None}, "number"),
    (
        "a control character in a parcel id",
        {"op": "replace_boundary", "from": [1, 2], "to": [1, 3], "via": [], "parcels": ["A\0"]},
        "control character",
    ),
    ("via as an object", {"op": "replace_boundary", "from": [1, 2], "to": [1, 3], "via": {"lon": 1, "lat": 2}}, "via"),
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
    ("one parcel to merge", {"op": "merge", "parcels": ["A"], "into": "A"}, "2 to 200"),
    ("too many to merge", {"op": "merge", "parcels": [str(i) for i in range(201)], "into": "1"}, "2 to 200"),
    ("a parcel twice", {"op": "merge", "parcels": ["A", "B", "A"], "into": "A"}, "A twice"),
    ("a parcel that is no text", {"op": "merge", "parcels": ["A", 7], "into": "A"}, "is text"),
    ("into nothing", {"op": "merge", "parcels": ["A", "B"], "into": None}, "into is text"),
    ("into blanks", {"op": "merge", "parcels": ["A", "B"], "into": "C "}, "without blanks"),
    ("a policy as text", {"op": "merge", "parcels": ["A", "B"], "into": "A", "attributes": "join"}, "object of"),
    ("an unknown policy", {"op": "merge", "parcels": ["A", "B"], "into": "A", "attributes": {"x": 1}}, "no x"),
    ("a wrong policy", {"op": "merge", "parcels": ["A", "B"], "into": "A", "attributes": {"text": []}}, "keep, join"),
    ("no rings", {"op": "draw", "kind": "lot"}, "missing: rings"),
    ("no kind", {"op": "draw", "rings": [[[0, 0]]]}, "missing: kind"),
    ("a point to draw", {"op": "draw", "kind": "lot", "rings": [0, 0]}, "not polygonal, but a position"),
    ("a line to draw", {"op": "draw", "kind": "lot", "rings": [{"lon": 0, "lat": 0}] * 3}, "not polygonal, but a list"),
    ("a geometry", {"op": "draw", "kind": "lot", "rings": {"type": "Point", "coordinates": [0, 0]}}, "a Point is not"),
    ("an object", {"op": "draw", "kind": "lot", "rings": {"type": 7}}, "rings takes"),
    ("rings too deep", {"op": "draw", "kind": "lot", "rings": [[[[[0, 0]]]]]}, "rings takes"),
    ("rings as text", {"op": "draw", "kind": "lot", "rings": "POLYGON((0 0))"}, "rings takes"),
    ("a part without a ring", {"op": "draw", "kind": "lot", "rings": [[[[0, 0]]], []]}, "rings[1] lists"),
    ("a ring that is none", {"op": "draw", "kind": "lot", "rings": [[[0, 0]], 7]}, "rings[1] is a ring"),
    ("mixed rings", {"op": "draw", "kind": "lot", "rings": [[[0, 0], [[1, 1]]]]}, "rings[0][1]: a point takes"),
    ("infinity in a ring", {"op": "draw", "kind": "lot", "rings": [[[0, float("inf")]]]}, "rings[0][0]: coordinates"),
    ("fill as text", {"op": "draw", "kind": "lot", "rings": [[[0, 0]]], "fill": "yes"}, "true or false"),
    ("a level of nothing", {"op": "draw", "kind": "lot", "rings": [[[0, 0]]], "level": None}, "level is text"),
    ("a number as number", {"op": "draw", "kind": "lot", "rings": [[[0, 0]]], "number": 7}, "number is text"),
    (
        "the kind as a property",
        {"op": "draw", "kind": "lot", "rings": [[[0, 0]]], "properties": {"kind": "lot"}},
        "kind is a member",
    ),
    ("an id nobody can see", {"op": "draw", "kind": "lot", "rings": [[[0, 0]]], "parcel_id": "\u200b"}, "printable"),
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
