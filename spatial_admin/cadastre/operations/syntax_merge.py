"""Reading `merge` from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spatial_admin.cadastre.operations.inheritance import LEGAL_AREA_RULES, TEXT_RULES, Inheritance
from spatial_admin.cadastre.operations.merge import Merge
from spatial_admin.cadastre.operations.property_syntax import (
    parse_choice,
    parse_new_id,
    parse_properties,
    parse_text,
)

MERGE_REQUIRED: Final = frozenset({"parcels", "into"})
MERGE_OPTIONAL: Final = frozenset({"attributes"})
FEWEST, MOST = 2, 200


def parse_merge(value: Mapping[str, Any]) -> Merge:
    """`{parcels, into, attributes?}`; ValueError says what is wrong."""
    parcels = value["parcels"]
    if not isinstance(parcels, list) or not FEWEST <= len(parcels) <= MOST:
        raise ValueError(f"parcels takes {FEWEST} to {MOST} ids")
    names = tuple(parse_text("parcel_id", name, 100) for name in parcels)
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise ValueError(f"parcels names {twice} twice")
    into = value["into"]
    if into not in names:
        into = parse_new_id("into", into)
    return Merge(names, into, _inheritance(value.get("attributes", {})))


def _inheritance(value: object) -> Inheritance:
    if not isinstance(value, Mapping):
        raise ValueError("attributes is an object of legal_area, text and properties")
    unknown = sorted(set(value) - {"legal_area", "text", "properties"})
    if unknown:
        raise ValueError(f"attributes has no {unknown[0][:60]}; known are legal_area, text and properties")
    properties = parse_properties(value.get("properties", {}))
    if "level" in properties:
        raise ValueError("attributes.properties: merged parcels stay on their level; change it by update")
    return Inheritance(
        parse_choice("attributes.legal_area", value.get("legal_area", LEGAL_AREA_RULES[0]), LEGAL_AREA_RULES),
        parse_choice("attributes.text", value.get("text", TEXT_RULES[0]), TEXT_RULES),
        properties,
    )
