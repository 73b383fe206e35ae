"""Reading the members that several operations have in common: properties, ids, texts, positions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from spatial_admin.cadastre.operations.positions import LONGEST_NAME, Position, parse_position

KINDS = ("lot", "road", "water", "common", "unit", "easement")
ATTRIBUTE_DEPTH = 8
TEXT_LENGTHS = {"number": 100, "part_of": 100, "legal_area_text": 200, "land_use": 200, "address": 500, "level": 100}


def parse_properties(value: object) -> dict[str, Any]:
    """A merge patch of properties, each checked; ValueError says what is wrong."""
    if not isinstance(value, Mapping):
        raise ValueError("properties is an object")
    return {name: parse_property(name, given) for name, given in value.items()}


def parse_property(name: str, value: object) -> object:
    """The value of one property."""
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
    return parse_text(name, value, TEXT_LENGTHS[name])


def _area(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not (0 < value < 1e15 and math.isfinite(value)):
        raise ValueError("legal_area_m2 is a number above zero, or null")
    return float(value)


def parse_text(name: str, value: object, length: int) -> str:
    """A text of 1 to `length` characters that PostgreSQL can hold."""
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


def parse_new_id(name: str, value: object) -> str:
    """An id for a new parcel, as the database takes it."""
    text = parse_text(name, value, 100)
    if text.strip() != text or not text.isprintable():
        raise ValueError(f"{name} takes 1 to 100 printable characters, without blanks around them")
    return text


def parse_choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} is one of: {', '.join(choices)}")
    return value


def named_position(field: str, value: object) -> Position:
    """A position; the refusal names the member."""
    try:
        return parse_position(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error
