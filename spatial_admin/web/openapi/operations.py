"""The operations of an edit. To describe one more: an entry in OPERATIONS; its fields are those of syntax.SYNTAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from spatial_admin.cadastre.operations import apportionment, inheritance
from spatial_admin.cadastre.operations.property_syntax import KINDS, TEXT_LENGTHS
from spatial_admin.cadastre.operations.syntax_draw import DEFAULT_LEVEL, OWN_MEMBERS
from spatial_admin.cadastre.operations.syntax_merge import FEWEST, MOST
from spatial_admin.cadastre.operations.syntax_points import FARTHEST_JOIN_M
from spatial_admin.cadastre.operations.syntax_split import FEWEST_PARTS, MOST_PARTS, MOST_PIECES, MOST_VERTICES
from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Json, Section
from spatial_admin.web.openapi.schema import (
    about,
    constant,
    fields,
    list_of,
    map_of,
    name_text,
    number,
    one_of,
    or_null,
    ref,
    truth,
    whole,
)


@dataclass(frozen=True, slots=True)
class OperationDescription:
    """What an operation does, its fields (schemas by name) and one as somebody would write it, without `op`."""

    text: str
    required: Mapping[str, Json]
    example: Json
    optional: Mapping[str, Json] = field(default_factory=dict)

    def schema(self, name: str) -> Json:
        """The operation as JSON Schema."""
        properties = {"op": constant(name), **self.required, **self.optional}
        return {**fields(properties, self.text, self.optional), "examples": [{"op": name, **self.example}]}


EXISTING: Final = ref("Position")
PARCEL_ID: Final = name_text("the parcel", 100)
PROPERTY_TEXTS: Final[dict[str, str]] = {
    "number": "what people print on plans; may repeat",
    "level": "the set of parcels it belongs to; never null",
    "part_of": "id of the ground parcel of a unit",
    "legal_area_text": "the document's own words for the area",
    "land_use": "land use as recorded",
    "address": "street address",
}
PROPERTIES: Final[dict[str, Json]] = {
    **{
        name: name_text(PROPERTY_TEXTS[name], longest)
        if name == "level"
        else or_null(name_text(PROPERTY_TEXTS[name], longest))
        for name, longest in TEXT_LENGTHS.items()
    },
    "kind": one_of(KINDS),
    "legal_area_m2": or_null(
        number("area as the document states it, in m²", exclusiveMinimum=0, exclusiveMaximum=1e15)
    ),
    "attributes": map_of({}, "further properties: itself a merge patch, so null removes one"),
}
NEW_ID: Final = name_text("id of a new parcel, printable, without blanks around it", 100)
RING: Final = list_of(ref("Position"), "", 1)
RINGS: Final[Json] = {
    "description": "the rings of one part, the exterior one first, or a list of such parts",
    "anyOf": [list_of(RING, "", 1), list_of(list_of(RING, "", 1), "", 1)],
}
FURTHER: Final = {name: schema for name, schema in PROPERTIES.items() if name not in OWN_MEMBERS}
MERGED: Final = {name: schema for name, schema in PROPERTIES.items() if name != "level"}

OPERATIONS: Final[dict[str, OperationDescription]] = {
    "move_point": OperationDescription(
        "Every occurrence of a point, in every parcel and level, gets a new place. Onto another point it is a join.",
        {
            "at": about(EXISTING, "the point, as it is stored"),
            "to": about(ref("Position"), "where it goes"),
        },
        {"at": [2.311, 48.69], "to": {"lon": 2.311, "lat": 48.6901}},
        {
            "carry_line_points": {**truth("points that lie on its edges go along"), "default": False},
            "join_within_m": number(
                "also join points this near to it, in m", minimum=0, maximum=FARTHEST_JOIN_M, default=0
            ),
        },
    ),
    "insert_point": OperationDescription(
        "A new point in every ring in which two points follow each other, in either direction.",
        {
            "between": list_of(EXISTING, "the two points", 2, 2),
            "at": about(ref("Position"), "where the new one is"),
        },
        {"between": [[2.31, 48.691], [2.311, 48.691]], "at": [2.3105, 48.6911]},
    ),
    "remove_point": OperationDescription(
        "The point leaves every ring that has it. Refused where three or more parcels meet, and where a ring passes "
        "the point without having it.",
        {"at": about(EXISTING, "the point, as it is stored")},
        {"at": [2.3105, 48.6911]},
    ),
    "replace_boundary": OperationDescription(
        "A boundary between two points gets another course, for everybody who shares it: the path whose segments all "
        "belong to the same one or two parcels. Refused where an inner point is a third parcel's.",
        {
            "from": about(EXISTING, "the point where it begins"),
            "to": about(EXISTING, "the point where it ends"),
            "via": list_of(ref("Position"), "the new points between them; none for a straight line"),
        },
        {"from": [2.311, 48.69], "to": [2.311, 48.691], "via": [[2.3111, 48.6905]]},
        {"parcels": {**list_of(PARCEL_ID, "whose boundary, where several paths qualify", 1, 2), "uniqueItems": True}},
    ),
    "draw": OperationDescription(
        "A new parcel. A member of `properties` that the operation has itself is refused there.",
        {"kind": one_of(KINDS), "rings": RINGS},
        {
            "parcel_id": "D",
            "number": "104",
            "kind": "lot",
            "rings": [[[2.31, 48.691], [2.311, 48.691], [2.311, 48.692], [2.31, 48.692]]],
        },
        {
            "parcel_id": or_null(NEW_ID),
            "number": PROPERTIES["number"],
            "level": {**PROPERTIES["level"], "default": DEFAULT_LEVEL},
            "properties": fields(FURTHER, "", FURTHER),
            "fill": {
                **truth("clip it to the free space between its neighbours, and take their points"),
                "default": False,
            },
        },
    ),
    "split": OperationDescription(
        "One parcel becomes several: along a line, by area (two pieces) or in equal parts. It takes exactly one "
        "of `line`, `area_m2` with `direction_deg`, and `equal_parts` (`direction_deg` may stand with it). Pieces "
        "are ordered by centroid from right to left of the line, ties along it.",
        {"parcel_id": PARCEL_ID},
        {"parcel_id": "A", "line": [[2.3105, 48.69], [2.3105, 48.691]], "into": ["A/1", None]},
        {
            "line": list_of(ref("Position"), "both ends reach the boundary of the parcel", 2, MOST_VERTICES),
            "area_m2": number("of the piece that is cut off"),
            "direction_deg": number(
                "bearing of the dividing line from grid north, clockwise", minimum=0, exclusiveMaximum=360
            ),
            "equal_parts": whole("how many", FEWEST_PARTS, MOST_PARTS),
            "into": or_null(
                list_of(
                    or_null(NEW_ID),
                    "one entry for each piece in order: its id, or null (once at most) for the piece that continues "
                    "the parcel. By default the largest continues, and the others get ids",
                    2,
                    MOST_PIECES,
                )
            ),
            "attributes": fields(
                {
                    "legal_area": {**one_of(apportionment.LEGAL_AREA_RULES, "stated area"), "default": "clear"},
                    "text": {**one_of(apportionment.TEXT_RULES, "who keeps the texts"), "default": "copy"},
                    "pieces": or_null(
                        list_of(or_null(fields(PROPERTIES, "", PROPERTIES)), "a patch for each piece", 2, MOST_PIECES)
                    ),
                },
                "what becomes of properties",
                ("legal_area", "text", "pieces"),
            ),
        },
    ),
    "merge": OperationDescription(
        "Several parcels become one; edges that they share go, points on the outer line stay. Refused where they "
        "overlap or leave a gap above tolerance.",
        {
            "parcels": {**list_of(PARCEL_ID, "on one level", FEWEST, MOST), "uniqueItems": True},
            "into": about(NEW_ID, "one of them, which continues, or a new id"),
        },
        {"parcels": ["A", "B"], "into": "A"},
        {
            "attributes": fields(
                {
                    "legal_area": {**one_of(inheritance.LEGAL_AREA_RULES, "stated areas"), "default": "add"},
                    "text": {**one_of(inheritance.TEXT_RULES, "texts"), "default": "keep"},
                    "properties": fields(MERGED, "a patch of the result", MERGED),
                },
                "what becomes of properties",
                ("legal_area", "text", "properties"),
            )
        },
    ),
    "retire": OperationDescription(
        "The parcel is not current any more; its id and history stay. Refused while units are part of it.",
        {"parcel_id": PARCEL_ID},
        {"parcel_id": "C/2"},
    ),
    "restore": OperationDescription(
        "A current or retired parcel is as it was at one of its versions, in geometry and properties. Where neighbours "
        "moved since, it is refused with each place.",
        {"parcel_id": PARCEL_ID, "version": whole("one of its versions", 1, 2**31 - 1)},
        {"parcel_id": "A", "version": 1},
    ),
    "update": OperationDescription(
        "Properties of one parcel, as a merge patch (RFC 7396): what is not named stays, null removes.",
        {
            "parcel_id": PARCEL_ID,
            "properties": {**fields(PROPERTIES, "", PROPERTIES), "minProperties": 1},
        },
        {"parcel_id": "A", "properties": {"number": "101a", "attributes": {"deed": "1987/3"}}},
    ),
}
POSITION: Final[Json] = {
    "description": "A storage pair `[x, y]`, exact, or longitude and latitude in degrees (WGS 84). One that equals a "
    "current point is that point; any other is new, and is put on the grid once.",
    "oneOf": [
        list_of(number(), "in storage coordinates", 2, 2),
        fields(
            {"lon": number(minimum=-180, maximum=180), "lat": number(minimum=-90, maximum=90)},
            "in degrees",
        ),
    ],
}


def schema_name(operation: str) -> str:
    """The component that describes an operation."""
    return "Operation_" + operation


def describe(_limits: Limits) -> Section:
    """The operations, and the union of them."""
    union = {
        "description": "One step of an edit; `op` says which.",
        "oneOf": [ref(schema_name(name)) for name in OPERATIONS],
        "discriminator": {
            "propertyName": "op",
            "mapping": {name: ref(schema_name(name))["$ref"] for name in OPERATIONS},
        },
    }
    return Section(
        "Operations",
        "The operations of an edit run in order; rules are checked once, on the result. An existing point is named by "
        "its exact stored pair, as `GET /api/coverage` gives it. What an earlier operation of the same edit was given "
        "names that point, wherever it now is, in every later one. Fields that are not listed are refused by name.",
        schemas={
            "Operation": union,
            **{schema_name(name): operation.schema(name) for name, operation in OPERATIONS.items()},
            "Position": POSITION,
        },
    )
