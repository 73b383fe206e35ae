"""Reading `split` from JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from spatial_admin.cadastre.operations.apportionment import LEGAL_AREA_RULES, TEXT_RULES, Apportionment
from spatial_admin.cadastre.operations.property_syntax import (
    named_position,
    parse_choice,
    parse_new_id,
    parse_properties,
    parse_text,
)
from spatial_admin.cadastre.operations.split import Split
from spatial_admin.cadastre.operations.split_ways import AlongLine, ByArea, IntoEqualParts, Way

SPLIT_REQUIRED: Final = frozenset({"parcel_id"})
SPLIT_OPTIONAL: Final = frozenset({"line", "area_m2", "direction_deg", "equal_parts", "into", "attributes"})
MOST_VERTICES: Final = 10_000
FEWEST_PARTS, MOST_PARTS = 2, 100
MOST_PIECES: Final = 200
WAYS: Final = "it takes exactly one of: line; area_m2 with direction_deg; equal_parts (direction_deg may stand with it)"


def parse_split(value: Mapping[str, Any]) -> Split:
    """`{parcel_id, line | (area_m2, direction_deg) | equal_parts, into?, attributes?}`; ValueError: what is wrong."""
    name = parse_text("parcel_id", value["parcel_id"], 100)
    return Split(name, _way(value), _into(name, value.get("into")), _apportionment(value.get("attributes", {})))


def _way(value: Mapping[str, Any]) -> Way:
    given = [name for name in ("line", "area_m2", "equal_parts") if name in value]
    if len(given) != 1 or (given == ["line"] and "direction_deg" in value):
        raise ValueError(WAYS)
    if given == ["line"]:
        return _line(value["line"])
    direction = _number("direction_deg", value["direction_deg"]) if "direction_deg" in value else None
    if direction is not None and not 0 <= direction < 360:
        raise ValueError("direction_deg is a bearing from grid north, clockwise: from 0 to below 360")
    if given == ["equal_parts"]:
        parts = value["equal_parts"]
        if isinstance(parts, bool) or not isinstance(parts, int) or not FEWEST_PARTS <= parts <= MOST_PARTS:
            raise ValueError(f"equal_parts is a whole number from {FEWEST_PARTS} to {MOST_PARTS}")
        return IntoEqualParts(parts, direction)
    if direction is None:
        raise ValueError("area_m2 takes direction_deg with it: the bearing of the dividing line")
    return ByArea(_number("area_m2", value["area_m2"]), direction)


def _line(value: object) -> AlongLine:
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_VERTICES:
        raise ValueError(f"line takes a list of 2 to {MOST_VERTICES:,} positions")
    return AlongLine(tuple(named_position(f"line[{index}]", position) for index, position in enumerate(value)))


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError(f"{name} is a finite number") from error
    if not math.isfinite(number):
        raise ValueError(f"{name} is a finite number")
    return number


def _into(parcel_id: str, value: object) -> tuple[str | None, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_PIECES:
        raise ValueError(f"into takes a list of 2 to {MOST_PIECES} ids, one for each piece in order, or null")
    if parcel_id in value:
        raise ValueError(f"into: write null for the piece that continues {parcel_id}")
    names = tuple(None if name is None else parse_new_id(f"into[{index}]", name) for index, name in enumerate(value))
    if names.count(None) > 1:
        raise ValueError("into holds null at most once: only one piece can continue the parcel")
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise ValueError(f"into names {twice} twice")
    return names


def _apportionment(value: object) -> Apportionment:
    if not isinstance(value, Mapping):
        raise ValueError("attributes is an object of legal_area, text and pieces")
    unknown = sorted(set(value) - {"legal_area", "text", "pieces"})
    if unknown:
        raise ValueError(f"attributes has no {unknown[0][:60]}; known are legal_area, text and pieces")
    return Apportionment(
        parse_choice("attributes.legal_area", value.get("legal_area", LEGAL_AREA_RULES[0]), LEGAL_AREA_RULES),
        parse_choice("attributes.text", value.get("text", TEXT_RULES[0]), TEXT_RULES),
        _pieces(value.get("pieces")),
    )


def _pieces(value: object) -> tuple[Mapping[str, Any] | None, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_PIECES:
        raise ValueError(f"attributes.pieces takes a list of 2 to {MOST_PIECES} patches, one for each piece, or null")
    return tuple(None if patch is None else _patch(index, patch) for index, patch in enumerate(value))


def _patch(index: int, patch: object) -> Mapping[str, Any]:
    try:
        return parse_properties(patch)
    except ValueError as error:
        raise ValueError(f"attributes.pieces[{index}]: {error}") from error
