"""Reading operations from JSON: every field known, every type checked, every refusal naming its operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spatial_admin.cadastre.operations.insert_point import InsertPoint
from spatial_admin.cadastre.operations.positions import LONGEST_NAME, MOST_NAMED, Position
from spatial_admin.cadastre.operations.property_syntax import named_position, parse_properties, parse_text
from spatial_admin.cadastre.operations.remove_point import RemovePoint
from spatial_admin.cadastre.operations.replay import Operation
from spatial_admin.cadastre.operations.restore import Restore
from spatial_admin.cadastre.operations.retire import Retire
from spatial_admin.cadastre.operations.syntax_draw import DRAW_OPTIONAL, DRAW_REQUIRED, parse_draw
from spatial_admin.cadastre.operations.syntax_merge import MERGE_OPTIONAL, MERGE_REQUIRED, parse_merge
from spatial_admin.cadastre.operations.syntax_points import (
    MOVE_POINT_OPTIONAL,
    MOVE_POINT_REQUIRED,
    REPLACE_BOUNDARY_OPTIONAL,
    REPLACE_BOUNDARY_REQUIRED,
    parse_move_point,
    parse_replace_boundary,
)
from spatial_admin.cadastre.operations.syntax_split import SPLIT_OPTIONAL, SPLIT_REQUIRED, parse_split
from spatial_admin.cadastre.operations.update import Update
from spatial_admin.errors import InvalidOperation


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
    form = SYNTAX[name]
    unknown, missing = set(value) - form.required - form.optional - {"op"}, form.required - set(value)
    if unknown or missing:
        parts = [f"unknown: {_listed(unknown)}"] if unknown else []
        parts += [f"missing: {', '.join(sorted(missing))}"] if missing else []
        raise InvalidOperation(index, name, "; ".join(parts))
    try:
        return form.parse(value)
    except ValueError as error:
        raise InvalidOperation(index, name, str(error)) from error


def _listed(names: set[str]) -> str:
    return ", ".join(name[:LONGEST_NAME] for name in sorted(names)[:MOST_NAMED])


def _insert_point(value: Mapping[str, Any]) -> Operation:
    ends = value["between"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise ValueError("between takes two points, [a, b]")
    return InsertPoint((named_position("between", ends[0]), named_position("between", ends[1])), _at(value, "at"))


def _remove_point(value: Mapping[str, Any]) -> Operation:
    return RemovePoint(_at(value, "at"))


def _retire(value: Mapping[str, Any]) -> Operation:
    return Retire(parse_text("parcel_id", value["parcel_id"], 100))


def _restore(value: Mapping[str, Any]) -> Operation:
    version = value["version"]
    if isinstance(version, bool) or not isinstance(version, int) or not 0 < version < 2**31:
        raise ValueError("version is a whole number from 1")
    return Restore(parse_text("parcel_id", value["parcel_id"], 100), version)


def _update(value: Mapping[str, Any]) -> Operation:
    properties = parse_properties(value["properties"])
    if not properties:
        raise ValueError("properties is an object with at least one property")
    return Update(parse_text("parcel_id", value["parcel_id"], 100), properties)


def _at(value: Mapping[str, Any], field: str) -> Position:
    return named_position(field, value[field])


@dataclass(frozen=True, slots=True)
class Form:
    """The members of an operation besides `op`, and how they are read (ValueError says what is wrong)."""

    parse: Callable[[Mapping[str, Any]], Operation]
    required: frozenset[str]
    optional: frozenset[str] = frozenset()


SYNTAX: dict[str, Form] = {
    "move_point": Form(parse_move_point, MOVE_POINT_REQUIRED, MOVE_POINT_OPTIONAL),
    "insert_point": Form(_insert_point, frozenset({"between", "at"})),
    "remove_point": Form(_remove_point, frozenset({"at"})),
    "retire": Form(_retire, frozenset({"parcel_id"})),
    "restore": Form(_restore, frozenset({"parcel_id", "version"})),
    "update": Form(_update, frozenset({"parcel_id", "properties"})),
    "draw": Form(parse_draw, DRAW_REQUIRED, DRAW_OPTIONAL),
    "merge": Form(parse_merge, MERGE_REQUIRED, MERGE_OPTIONAL),
    "replace_boundary": Form(parse_replace_boundary, REPLACE_BOUNDARY_REQUIRED, REPLACE_BOUNDARY_OPTIONAL),
    "split": Form(parse_split, SPLIT_REQUIRED, SPLIT_OPTIONAL),
}
