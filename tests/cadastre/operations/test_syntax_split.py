from __future__ import annotations

from typing import Any

import pytest

from spatial_admin.cadastre.operations import parse_operations
from spatial_admin.cadastre.operations.apportionment import Apportionment
from spatial_admin.cadastre.operations.positions import LonLatPosition, StoragePosition
from spatial_admin.cadastre.operations.split import Split
from spatial_admin.cadastre.operations.split_ways import AlongLine, ByArea, IntoEqualParts
from spatial_admin.errors import InvalidOperation

LINE = [[0, 0], [1, 1]]


def parsed(**members: Any) -> Split:
    (operation,) = parse_operations([{"op": "split", "parcel_id": "A", **members}])
    assert isinstance(operation, Split)
    return operation


def test_every_way_is_read() -> None:
    line = parsed(line=[[0, 1], {"lon": 2, "lat": 3}], into=["A/1", None])
    assert line.way == AlongLine((StoragePosition(0, 1), LonLatPosition(2, 3)))
    assert line.into == ("A/1", None)
    assert (line.ends(), line.newcomers()) == ((), ["A/1"])
    assert parsed(area_m2=5, direction_deg=359.9).way == ByArea(5.0, 359.9)
    assert parsed(equal_parts=100).way == IntoEqualParts(100, None)
    assert parsed(equal_parts=2, direction_deg=0).way == IntoEqualParts(2, 0.0)


def test_the_policy_is_read_and_has_defaults() -> None:
    assert parsed(line=LINE).apportionment == Apportionment("clear", "copy", None)
    given = {"legal_area": "divide", "text": "continuing", "pieces": [None, {"number": "7", "part_of": "L"}]}
    policy = parsed(line=LINE, attributes=given)
    assert policy.apportionment == Apportionment("divide", "continuing", (None, {"number": "7", "part_of": "L"}))
    assert policy.parcels() == ("A", "L")


def test_without_null_the_parcel_may_end() -> None:
    assert parsed(line=LINE, into=["x", "y"]).ends() == ("A",)
    assert parsed(line=LINE).ends() == ()


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({}, "exactly one of"),
        ({"line": LINE, "equal_parts": 2}, "exactly one of"),
        ({"line": LINE, "direction_deg": 1}, "exactly one of"),
        ({"direction_deg": 1}, "exactly one of"),
        ({"area_m2": 5}, "takes direction_deg"),
        ({"area_m2": True, "direction_deg": 1}, "area_m2 is a number"),
        ({"area_m2": "5", "direction_deg": 1}, "area_m2 is a number"),
        ({"area_m2": float("nan"), "direction_deg": 1}, "area_m2 is a finite number"),
        ({"area_m2": 10**400, "direction_deg": 1}, "area_m2 is a finite number"),
        ({"area_m2": 5, "direction_deg": float("inf")}, "direction_deg is a finite number"),
        ({"area_m2": 5, "direction_deg": 360}, "from 0 to below 360"),
        ({"area_m2": 5, "direction_deg": -0.1}, "from 0 to below 360"),
        ({"area_m2": 5, "direction_deg": None}, "direction_deg is a number"),
        ({"equal_parts": 1}, "from 2 to 100"),
        ({"equal_parts": 101}, "from 2 to 100"),
        ({"equal_parts": 2.0}, "from 2 to 100"),
        ({"equal_parts": True}, "from 2 to 100"),
        ({"line": [[0, 0]]}, "2 to 10,000 positions"),
        ({"line": [[0, 0]] * 10_001}, "2 to 10,000 positions"),
        ({"line": "x"}, "2 to 10,000 positions"),
        ({"line": [[0, 0], [0, True]]}, "line[1]: coordinates are numbers"),
        ({"line": LINE, "into": ["x"]}, "into takes a list"),
        ({"line": LINE, "into": {"x": 1}}, "into takes a list"),
        ({"line": LINE, "into": [None, None]}, "null at most once"),
        ({"line": LINE, "into": ["x", "x"]}, "names x twice"),
        ({"line": LINE, "into": ["A", "x"]}, "write null for the piece that continues A"),
        ({"line": LINE, "into": [None, 5]}, "into[1] is text"),
        ({"line": LINE, "into": [None, " x"]}, "into[1] takes 1 to 100 printable characters"),
        ({"line": LINE, "attributes": []}, "attributes is an object"),
        ({"line": LINE, "attributes": {"area": 1}}, "attributes has no area"),
        ({"line": LINE, "attributes": {"legal_area": "half"}}, "attributes.legal_area is one of: clear, keep, divide"),
        ({"line": LINE, "attributes": {"text": []}}, "attributes.text is one of: copy, continuing"),
        ({"line": LINE, "attributes": {"pieces": [None]}}, "attributes.pieces takes a list"),
        ({"line": LINE, "attributes": {"pieces": [None, 1]}}, "attributes.pieces[1]: properties is an object"),
        ({"line": LINE, "attributes": {"pieces": [{"geom": 1}, None]}}, "attributes.pieces[0]: geom cannot be updated"),
        ({"line": LINE, "colour": 1}, "unknown: colour"),
    ],
)  # fmt: skip
def test_what_is_not_of_its_form_is_refused_by_name(members: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidOperation) as refusal:
        parsed(**members)
    assert why in str(refusal.value)
