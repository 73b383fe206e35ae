"""Reading the options of `move_point`, and `replace_boundary`, from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spatial_admin.cadastre.operations.move_point import MovePoint
from spatial_admin.cadastre.operations.property_syntax import named_position, parse_text
from spatial_admin.cadastre.operations.replace_boundary import ReplaceBoundary

MOVE_POINT_REQUIRED: Final = frozenset({"at", "to"})
MOVE_POINT_OPTIONAL: Final = frozenset({"carry_line_points", "join_within_m"})
REPLACE_BOUNDARY_REQUIRED: Final = frozenset({"from", "to", "via"})
REPLACE_BOUNDARY_OPTIONAL: Final = frozenset({"parcels"})
FARTHEST_JOIN_M: Final = 1.0


def parse_move_point(value: Mapping[str, Any]) -> MovePoint:
    """`{at, to, carry_line_points?, join_within_m?}`; ValueError says what is wrong."""
    carry, within = value.get("carry_line_points", False), value.get("join_within_m", 0)
    if not isinstance(carry, bool):
        raise ValueError("carry_line_points is true or false")
    if isinstance(within, bool) or not isinstance(within, int | float) or not 0 <= within <= FARTHEST_JOIN_M:
        raise ValueError(f"join_within_m is a number from 0 to {FARTHEST_JOIN_M:g}")
    return MovePoint(named_position("at", value["at"]), named_position("to", value["to"]), carry, float(within))


def parse_replace_boundary(value: Mapping[str, Any]) -> ReplaceBoundary:
    """`{from, to, via, parcels?}`; ValueError says what is wrong."""
    via, parcels = value["via"], value.get("parcels", [])
    if not isinstance(via, list):
        raise ValueError("via lists the positions between the two ends; [] for a straight line")
    if not isinstance(parcels, list) or len(parcels) > 2 or ("parcels" in value and not parcels):
        raise ValueError("parcels takes one or two ids")
    names = tuple(parse_text("parcel_id", name, 100) for name in parcels)
    if len(set(names)) < len(names):
        raise ValueError(f"parcels names {names[0]} twice")
    return ReplaceBoundary(
        named_position("from", value["from"]),
        named_position("to", value["to"]),
        tuple(named_position(f"via[{index}]", position) for index, position in enumerate(via)),
        names,
    )
