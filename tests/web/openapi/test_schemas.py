"""What the schema of an operation takes, the parser takes; what it refuses, the parser refuses."""

from __future__ import annotations

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


def test_examples_are_taken_by_both() -> None:
    for name, operation in OPERATIONS.items():
        value = {"op": name, **operation.example}
        assert OPERATION.is_valid(value)
        assert [step.name for step in parse_operations([value])] == [name]
