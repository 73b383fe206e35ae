"""What the schema of an operation takes, the parser takes; what it refuses, the parser refuses."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_admin.cadastre.operations import parse_operations
from spatial_admin.cadastre.operations.property_syntax import KINDS, TEXT_LENGTHS
from spatial_admin.errors import InvalidOperation
from spatial_admin.web.openapi.operations import OPERATIONS
from tests.web.openapi.validation import validator

OPERATION = validator({"$ref": "#/components/schemas/Operation"})
# What a schema cannot say is left out: half characters and null characters inside attributes.
LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | LETTERS
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LETTERS, inner, max_size=3), max_leaves=6
)
POSITIONS = (
    st.lists(NUMBERS, min_size=1, max_size=3)
    | st.fixed_dictionaries({"lon": NUMBERS | st.just(2.3)}, optional={"lat": st.just(48), "z": st.just(1)})
    | ANYTHING
)
PROPERTIES = st.dictionaries(
    st.sampled_from([*TEXT_LENGTHS, "kind", "legal_area_m2", "attributes", "area_m2"]),
    SCALARS | st.sampled_from(KINDS) | st.dictionaries(LETTERS, ANYTHING, max_size=2) | st.just("x" * 101),
    max_size=3,
)
FIELDS = {
    "at": POSITIONS,
    "to": POSITIONS,
    "between": st.lists(POSITIONS, min_size=1, max_size=3),
    "parcel_id": LETTERS | ANYTHING,
    "properties": PROPERTIES | ANYTHING,
}


@st.composite
def almost(draw: st.DrawFn) -> dict[str, Any]:
    """An operation with its own fields, most of them right, sometimes one too many or too few."""
    name = draw(st.sampled_from(["move_point", "insert_point", "remove_point", "update"]))
    value = {"op": name, **OPERATIONS[name].example}
    for field in draw(st.lists(st.sampled_from([*OPERATIONS[name].required]), max_size=2)):
        value[field] = draw(FIELDS[field])
    if draw(st.integers(0, 9)) == 0:
        value[draw(st.sampled_from(["x", "AT", *FIELDS]))] = draw(ANYTHING)
    if draw(st.integers(0, 9)) == 0:
        del value[draw(st.sampled_from(sorted(value)))]
    return value


@settings(max_examples=400, deadline=None)
@given(almost())
def test_schema_and_parser_take_the_same_operations(value: dict[str, Any]) -> None:
    try:
        parse_operations([value])
        is_taken = True
    except InvalidOperation:
        is_taken = False
    assert OPERATION.is_valid(value) == is_taken


# Each operation with every field that it may have; what it has besides its example.
FULL: list[dict[str, Any]] = [
    *({"op": name, **operation.example} for name, operation in OPERATIONS.items()),
    {"op": "move_point", "at": [2, 48], "to": [2, 49], "carry_line_points": True, "join_within_m": 0.05},
    {"op": "replace_boundary", "from": [2, 48], "to": [2, 49], "via": [], "parcels": ["A", "B"]},
    {
        "op": "draw", "parcel_id": None, "kind": "unit", "level": "units", "fill": True, "number": None,
        "rings": [[[[2, 48], [3, 48], [3, 49]], [[2.1, 48.1], [2.2, 48.1], [2.2, 48.2]]]],
        "properties": {"part_of": "A", "legal_area_m2": 12.5, "address": "Mill Lane 3", "attributes": {"a": None}},
    },
    {"op": "split", "parcel_id": "A", "area_m2": 120, "direction_deg": 0},
    {
        "op": "split", "parcel_id": "A", "equal_parts": 3, "direction_deg": 359.5, "into": [None, "A/2", "A/3"],
        "attributes": {"legal_area": "clear", "text": "copy", "pieces": [{"number": "1"}, None, {"land_use": None}]},
    },
    {
        "op": "merge", "parcels": ["A", "B", "C"], "into": "D",
        "attributes": {"legal_area": "add", "text": "keep", "properties": {"number": "7", "kind": "lot"}},
    },
]  # fmt: skip
ODD: st.SearchStrategy[Any] = st.sampled_from(
    ["", " ", "A", "\t", "x" * 201, 0, -1, 1, 2.5, 360, 1e308, 10**400, True, None, [], {}, [[]], [1, 2]]
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of everything in a JSON value, the value itself left out."""
    if isinstance(value, dict):
        inside = [places(inner, (*path, name)) for name, inner in value.items()]
    elif isinstance(value, list):
        inside = [places(inner, (*path, index)) for index, inner in enumerate(value)]
    else:
        inside = []
    return [*([path] if path else []), *(place for each in inside for place in each)]


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """An operation with one or two places replaced, removed, or given something more."""
    value: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(FULL)))
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from(places(value)))
        inside: Any = value
        for step in way:
            inside = inside[step]
        what = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if what == "replace" and (last != "op" or way):
            inside[last] = copy.deepcopy(draw(ODD | ANYTHING))  # a sampled list is one object
        elif what == "remove" and last != "op":
            del inside[last]
        elif isinstance(inside, list):
            inside.append(copy.deepcopy(draw(ODD | st.sampled_from(inside)) if inside else draw(ODD)))
        else:
            inside[draw(st.sampled_from(["x", "number", "parcel_id", "line", "area_m2"]))] = copy.deepcopy(draw(ODD))
        if not places(value):
            break
    return value


@settings(max_examples=600, deadline=None)
@given(spoilt())
def test_whatever_is_wrong_in_an_operation_the_parser_takes_nothing_that_its_schema_refuses(
    value: dict[str, Any],
) -> None:
    try:
        parse_operations([value])
    except InvalidOperation:
        return
    assert OPERATION.is_valid(value), value


def test_every_operation_is_taken_by_both_with_all_its_fields() -> None:
    fields: dict[str, set[str]] = {}
    for value in FULL:
        assert OPERATION.is_valid(value), value
        parse_operations([value])
        fields.setdefault(value["op"], {"op"}).update(value)
    assert fields == {name: {"op", *each.required, *each.optional} for name, each in OPERATIONS.items()}


def test_examples_are_taken_by_both() -> None:
    for name, operation in OPERATIONS.items():
        value = {"op": name, **operation.example}
        assert OPERATION.is_valid(value)
        assert [step.name for step in parse_operations([value])] == [name]
