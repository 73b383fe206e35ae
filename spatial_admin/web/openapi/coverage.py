"""GET /api/coverage: what an editor loads."""

from __future__ import annotations

from typing import Final

from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.parcels import STORED
from spatial_admin.web.openapi.schema import list_of, members, number, or_null, ref, text, whole
from spatial_admin.web.openapi.times import AS_OF, TIMES

BOX: Final = "west,south,east,north in degrees"
COVERAGE: Final = members(
    {
        "srid": whole("EPSG code of the storage coordinates", 1),
        "grid": number("step of the grid on which new points lie, in storage units", exclusiveMinimum=0),
        "points": list_of(
            list_of(number(), "x, y in storage coordinates, exact; longitude, latitude", 4, 4),
            "every distinct point once",
        ),
        "parcels": list_of(ref("CoverageParcel")),
        "as_of": ref("AsOf"),
    },
    "Parcels whose rings are lists of point numbers: parcels share a boundary where they name the same points.",
    ("as_of",),
)
PARCEL: Final = members(
    {
        "parcel_id": text("permanent identity"),
        "number": or_null(text("what people print")),
        "version": whole("state it in `seen`", 1),
        "level": text("the set of parcels it belongs to"),
        "kind": text("such as lot or road"),
        "parts": list_of(
            list_of(list_of(whole("index in `points`", 0), "a ring, not closed", 3), "exterior ring, then holes", 1),
            "polygons",
            1,
        ),
        "properties": members(STORED),
    },
    "One parcel of a coverage, whole.",
)
PARAMETERS: Final = (
    Parameter("bbox", text(), f"{BOX}: every current parcel that meets it"),
    Parameter("parcels", text(), "ids, separated by commas: these current parcels"),
    Parameter("at_version", text(), "parcel_id:version: this parcel as it was; with neither `at` nor `legal_at`"),
    *TIMES,
)
SHOWN: Final[Json] = {
    "srid": 4326,
    "grid": 1e-9,
    "points": [
        [2.31, 48.691, 2.31, 48.691],
        [2.31, 48.69, 2.31, 48.69],
        [2.311, 48.691, 2.311, 48.691],
        [2.311, 48.69, 2.311, 48.69],
    ],
    "parcels": [
        {
            "parcel_id": "A",
            "number": "101",
            "version": 1,
            "level": "parcels",
            "kind": "lot",
            "parts": [[[1, 3, 2, 0]]],
            "properties": {
                "number": "101",
                "level": "parcels",
                "kind": "lot",
                "part_of": None,
                "legal_area_m2": None,
                "legal_area_text": None,
                "land_use": None,
                "address": "101 Mill Lane",
                "attributes": {},
                "area_m2": 8187.274,
            },
        }
    ],
}
EXAMPLES: Final = (
    Example("in_a_box", "What lies in a box", "/api/coverage?bbox=2.305,48.685,2.315,48.695", 200),
    Example("by_id", "One parcel", "/api/coverage?parcels=A", 200, answer=SHOWN),
    Example("as_it_was", "A parcel as it was", "/api/coverage?at_version=C/2:1", 200),
    Example("in_force", "What was law on a day", "/api/coverage?bbox=2.3,48.6,2.4,48.7&legal_at=2026-03-01", 200),
    Example("no_such_parcel", "A parcel that there is not", "/api/coverage?parcels=Z", 404),
    Example("two_ways_at_once", "Two ways at once", "/api/coverage?parcels=A&bbox=0,0,1,1", 400),
)


def describe(limits: Limits) -> Section:
    """The one route, with this deployment's limits."""
    route = Route(
        "get",
        "/api/coverage",
        "Points and parcels, exact",
        "Takes exactly one of `bbox`, `parcels` and `at_version`. Parcels come whole; only points inside the box may "
        f"be edited from it. At most {limits.coverage_parcels:,} parcels or {limits.coverage_points:,} points.",
        [Answer(200, "The parcels.", ref("Coverage"))],
        PARAMETERS,
        problems=["bad_request", "not_found", "too_many_parcels"],
        examples=EXAMPLES,
    )
    return Section(
        "Coverage",
        "What an editor loads before it draws an edit.",
        [route],
        {"Coverage": COVERAGE, "CoverageParcel": PARCEL, "AsOf": AS_OF},
    )
