"""Reading operations from JSON: every field known, every type checked, every refusal naming its operation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spatial_admin.cadastre.operations.insert_point import InsertPoint
from spatial_admin.cadastre.operations.move_point import MovePoint
from spatial_admin.cadastre.operations.positions import LONGEST_NAME, MOST_NAMED, Position, parse_position
from spatial_admin.cadastre.operations.remove_point import RemovePoint
from spatial_admin.cadastre.operations.replay import Operation
from spatial_admin.cadastre.operations.update import Update
from spatial_admin.errors import InvalidOperation

KINDS = ("lot", "road", "water", "common", "unit", "easement")
ATTRIBUTE_DEPTH = 8
TEXT_LENGTHS = {"number": 100, "part_of": 100, "legal_area_text": 200, "land_use": 200, "address": 500, "level": 100}


def parse_operations(values: Sequence[object]) -> tuple[Operation, ...]:
    """Read a list of operations; InvalidOperation names the first that is not of its form, and why."""
    return tuple(_parse(index, value) for index, value in enumerate(values))


def _parse(index: int, value: object) -> Operation:
    if not isinstance(value, Mapping):
        raise InvalidOperation(index, "?", "an operation is a JSON object")
    name = value.get("op")
    if not isinstance(name, str) or name not in SYNTAX:
        raise InvalidOperation(
            index, name[:40] if isinstance(name, str) else "?", f'"op" is one of: {", ".join(sorted(SYNTAX))}'
        )
    required, parse = SYNTAX[name]
    unknown, missing = set(value) - required - {"op"}, required - set(value)
    if unknown or missing:
        parts = [f"unknown: {_listed(unknown)}"] if unknown else []
        parts += [f"missing: {', '.join(sorted(missing))}"] if missing else []
        raise InvalidOperation(index, name, "; ".join(parts))
    try:
        return parse(value)
    except ValueError as error:
        raise InvalidOperation(index, name, str(error)) from error


def _listed(names: set[str]) -> str:
    return ", ".join(name[:LONGEST_NAME] for name in sorted(names)[:MOST_NAMED])


def _move_point(value: Mapping[str, Any]) -> Operation:
    return MovePoint(_position(value, "at"), _position(value, "to"))


def _insert_point(value: Mapping[str, Any]) -> Operation:
    ends = value["between"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise ValueError("between takes two points, [a, b]")
    return InsertPoint((_named("between", ends[0]), _named("between", ends[1])), _position(value, "at"))


def _remove_point(value: Mapping[str, Any]) -> Operation:
    return RemovePoint(_position(value, "at"))


def _update(value: Mapping[str, Any]) -> Operation:
    properties = value["properties"]
    if not isinstance(properties, Mapping) or not properties:
        raise ValueError("properties is an object with at least one property")
    return Update(_text("parcel_id", value["parcel_id"], 100), {k: _property(k, v) for k, v in properties.items()})


def _property(name: str, value: object) -> object:
    if name == "attributes":
        if not isinstance(value, Mapping):
            raise ValueError("attributes is an object")
        _check_storable(value)
        return value
    if name == "kind":
        if value not in KINDS:
            raise ValueError(f"kind is one of: {', '.join(KINDS)}")
        return value
    if name == "legal_area_m2":
        return _area(value)
    if name not in TEXT_LENGTHS:
        allowed = sorted({*TEXT_LENGTHS, "kind", "legal_area_m2", "attributes"})
        raise ValueError(f"{name[:LONGEST_NAME]} cannot be updated; what can: {', '.join(allowed)}")
    if value is None and name != "level":
        return None
    return _text(name, value, TEXT_LENGTHS[name])


def _area(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not (0 < value < 1e15 and math.isfinite(value)):
        raise ValueError("legal_area_m2 is a number above zero, or null")
    return float(value)


def _text(name: str, value: object, length: int) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is text")
    if not value.strip() or len(value) > length:
        raise ValueError(
            f"{name} takes 1 to {length} characters" + ("" if name == "parcel_id" else ", or null for none")
        )
    if any(ord(character) < 32 or _is_half(character) for character in value):
        raise ValueError(f"{name} holds a control character or half a character")
    return value


def _check_storable(value: object, depth: int = 1) -> None:
    """Refuse what JSON in Python may hold and jsonb in PostgreSQL may not."""
    if depth > ATTRIBUTE_DEPTH:
        raise ValueError(f"attributes are nested deeper than {ATTRIBUTE_DEPTH}")
    if isinstance(value, Mapping | list):
        for inner in [*value, *value.values()] if isinstance(value, Mapping) else value:
            _check_storable(inner, depth + 1)
    elif isinstance(value, str) and any(character == "\0" or _is_half(character) for character in value):
        raise ValueError("attributes hold a null character or half a character")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("attributes hold a number that is not finite")


def _is_half(character: str) -> bool:
    return 0xD800 <= ord(character) <= 0xDFFF


def _position(value: Mapping[str, Any], field: str) -> Position:
    return _named(field, value[field])


def _named(field: str, value: object) -> Position:
    try:
        return parse_position(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error


SYNTAX: dict[str, tuple[set[str], Callable[[Mapping[str, Any]], Operation]]] = {
    "move_point": ({"at", "to"}, _move_point),
    "insert_point": ({"between", "at"}, _insert_point),
    "remove_point": ({"at"}, _remove_point),
    "update": ({"parcel_id", "properties"}, _update),
}
