"""Reading `draw` from JSON: above all its rings, in the form of GeoJSON's coordinates but of our positions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spatial_admin.cadastre.operations.draw import Draw
from spatial_admin.cadastre.operations.positions import Position, parse_position
from spatial_admin.cadastre.operations.property_syntax import (
    TEXT_LENGTHS,
    parse_new_id,
    parse_properties,
    parse_property,
    parse_text,
)

DRAW_REQUIRED: Final = frozenset({"kind", "rings"})
DRAW_OPTIONAL: Final = frozenset({"parcel_id", "number", "level", "properties", "fill"})
OWN_MEMBERS: Final = ("number", "level", "kind")
DEFAULT_LEVEL: Final = "parcels"
RING, PART, PARTS = 2, 3, 4  # lists within lists, down to a number; a lon/lat object counts as its pair
POLYGONAL: Final = ("Polygon", "MultiPolygon")
FORM: Final = (
    "rings takes the rings of one part, the exterior one first, or a list of such parts; a ring lists positions"
)

Rings = tuple[tuple[Position, ...], ...]


def parse_draw(value: Mapping[str, Any]) -> Draw:
    """`{parcel_id?, number?, level?, kind, rings, properties?, fill?}`; ValueError says what is wrong."""
    properties = parse_properties(value.get("properties", {}))
    for name in OWN_MEMBERS:
        if name in properties:
            raise ValueError(f"properties.{name}: {name} is a member of the operation itself")
    parcel_id, number, fill = value.get("parcel_id"), value.get("number"), value.get("fill", False)
    if not isinstance(fill, bool):
        raise ValueError("fill is true or false")
    properties["number"] = parse_property("number", number)
    properties["level"] = parse_text("level", value.get("level", DEFAULT_LEVEL), TEXT_LENGTHS["level"])
    properties["kind"] = parse_property("kind", value["kind"])
    new_id = None if parcel_id is None else parse_new_id("parcel_id", parcel_id)
    return Draw(parse_rings(value["rings"]), properties, new_id, fill)


def parse_rings(value: object) -> tuple[Rings, ...]:
    """Parts of rings of positions; a closing position that repeats the first is left to the tidying of rings.

    What is no polygon is refused as `not polygonal`: a position, a list of them, a GeoJSON geometry.
    """
    if isinstance(value, Mapping):
        raise ValueError(_no_geometry(value))
    levels = _levels(value)
    if levels in (1, RING) and value:
        raise ValueError(f"this is not polygonal, but {'a position' if levels == 1 else 'a list of positions'}; {FORM}")
    if levels not in (PART, PARTS) or not isinstance(value, list):
        raise ValueError(FORM)
    if levels == PART:
        return (_part(value, "rings"),)
    return tuple(_part(part, f"rings[{index}]") for index, part in enumerate(value))


def _no_geometry(value: Mapping[str, Any]) -> str:
    kind = value.get("type")
    if isinstance(kind, str) and kind not in POLYGONAL:
        return f"a {kind[:40]} is not polygonal; parcels are made of rings. {FORM}"
    if kind in POLYGONAL:
        return f"a GeoJSON geometry is not taken, for its positions do not say whether they are lon/lat. {FORM}"
    return FORM


def _levels(value: object) -> int:
    levels = 0
    while isinstance(value, list):
        levels += 1
        if not value:
            return levels
        value = value[0]
    return levels + isinstance(value, Mapping)


def _part(value: object, where: str) -> Rings:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{where} lists the rings of a part, at least one")
    return tuple(_ring(ring, f"{where}[{index}]") for index, ring in enumerate(value))


def _ring(value: object, where: str) -> tuple[Position, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{where} is a ring: it lists at least three positions")
    positions = []
    for index, position in enumerate(value):
        try:
            positions.append(parse_position(position))
        except ValueError as error:
            raise ValueError(f"{where}[{index}]: {error}") from error
    return tuple(positions)
