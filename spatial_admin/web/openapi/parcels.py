"""GET /api/parcels…: parcels as features, and their versions."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.operations.property_syntax import KINDS
from spatial_admin.models.parcel import CHANGES
from spatial_admin.services.parcels.find_parcels import MOST
from spatial_admin.settings import Limits
from spatial_admin.web.api_parcels import FARTHEST_M, LONGEST_QUESTION
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.schema import (
    about,
    constant,
    list_of,
    map_of,
    members,
    moment,
    number,
    one_of,
    or_null,
    ref,
    text,
    whole,
)
from spatial_admin.web.openapi.times import TIMES

AREA: Final = number("computed by the deployment's method, in m²", minimum=0)
STORED: Final[dict[str, Json]] = {
    "number": or_null(text("what people print; may repeat")),
    "level": text("the set of parcels it belongs to"),
    "kind": one_of(KINDS),
    "part_of": or_null(text("id of the ground parcel of a unit")),
    "legal_area_m2": or_null(number("area as the document states it, in m²")),
    "legal_area_text": or_null(text("the document's own words for the area")),
    "land_use": or_null(text("land use as recorded")),
    "address": or_null(text("street address")),
    "attributes": map_of({}, "further properties, as they came"),
    "area_m2": AREA,
}
ZONING: Final = members(
    {"code": text(), "name": text(), "share": number("of the parcel's area", minimum=0, maximum=1.000001)},
    "A zoning district that the parcel lies in.",
)
PROPERTIES: Final[dict[str, Json]] = {
    "parcel_id": text("permanent identity"),
    **STORED,
    "version": whole("1, 2, 3 …", 1),
    "perimeter_m": number("length of all rings, in m", minimum=0),
    "area_method": one_of(("ellipsoidal", "grid"), "how `area_m2` was computed"),
    "edit_id": whole("the edit that made this version", 0),
    "zoning": list_of(ref("Zoning")),
    "begin_lifespan_version": moment("when this version began"),
    "retired_at": or_null(moment("when the parcel was retired; null while it is current")),
}
CHANGE: Final = one_of(CHANGES, "what the version changed")
MULTIPOLYGON: Final = members(
    {
        "type": constant("MultiPolygon"),
        "coordinates": list_of(list_of(list_of(list_of(number(), "longitude, latitude", 2, 2), "a ring", 4), "", 1)),
    },
    "GeoJSON, lon/lat rounded to 9 digits: for drawing. The exact points are in `GET /api/coverage`.",
)
GEOMETRY: Final = members(
    {
        "type": one_of(("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")),
        "coordinates": list_of({}),
    },
    "A GeoJSON geometry in lon/lat.",
)
VERSION: Final = members(
    {
        "version": whole("1, 2, 3 …", 1),
        "change": CHANGE,
        "begun_at": moment("when it became the newest"),
        "ended_at": or_null(moment("when the next one did")),
        "edit_id": whole("the edit that made it", 0),
        "number": or_null(text("as it was")),
        "area_m2": AREA,
        "author": text("email; empty where no account made it"),
        "approved_by": or_null(text("email of the second person; null where it needed none")),
        "comment": or_null(text("why")),
        "record": or_null(ref("CitedRecord")),
        "effective_from": text("the day from which its edit is law", format="date"),
    },
    "One version of a parcel.",
)
PARCEL_ID: Final = Parameter(
    "parcel_id", text("", 100, minLength=1), "the permanent identity; slashes may stand as they are", "path"
)
SEARCH: Final = (
    Parameter("q", text("", LONGEST_QUESTION), "words looked for in id, number and address, retired parcels included"),
    Parameter("bbox", text(), "west,south,east,north in degrees"),
    Parameter("near", text(), "lon,lat in degrees: the nearest first, each with `distance_m`"),
    Parameter("within_m", number(exclusiveMinimum=0, maximum=FARTHEST_M, default=1000), "how far from `near`, in m"),
    Parameter("limit", {**whole("", 1, MOST), "default": 20}, "how many at most"),
    Parameter("cursor", text(), "`next_cursor` of the page before"),
    *TIMES,
)
VERSIONS: Final = (
    Parameter("limit", {**whole("", 1, 1_000), "default": 100}, "how many at most"),
    Parameter("before", whole("", 1, 2**31 - 1), "only versions below this one: `next_cursor` of the page before"),
)


def _feature(properties: dict[str, Json], sentence: str, optional: tuple[str, ...] = ()) -> Json:
    return members(
        {
            "type": constant("Feature"),
            "id": text("the parcel_id"),
            "geometry": ref("MultiPolygon"),
            "properties": members(properties, "", optional),
        },
        sentence,
    )


RECALLED: Final = _feature(
    {
        **PROPERTIES,
        "change": CHANGE,
        "ended_at": or_null(moment("when the next version began")),
        "effective_from": or_null(text("the day from which its edit is law", format="date")),
        "ahead_of": list_of(whole("", 1), "versions that it contains although they are law only later"),
    },
    "A parcel as of a time. Its `zoning` is not kept and always empty.",
)
RECALLED["properties"]["as_of"] = ref("AsOf")
RECALLED["required"].append("as_of")
SCHEMAS: Final[dict[str, Json]] = {
    "ParcelFeature": _feature(
        {
            **PROPERTIES,
            "distance_m": number("from `near`; only there", minimum=0),
            "lineage": about(ref("Kin"), "only of one parcel"),
            "successors": list_of(ref("Successor"), "only of a retired one, alone or found by `q`"),
        },
        "A parcel as a GeoJSON feature.",
        ("distance_m", "lineage", "successors"),
    ),
    "ParcelVersionFeature": _feature(
        {**PROPERTIES, "change": CHANGE, "ended_at": or_null(moment("when the next version began"))},
        "A parcel as it was at one of its versions. Its `zoning` is not kept and always empty.",
    ),
    "RecalledParcelFeature": RECALLED,
    "ParcelVersion": VERSION,
    "Zoning": ZONING,
    "MultiPolygon": MULTIPOLYGON,
    "Geometry": GEOMETRY,
}
PAGE: Final = members(
    {
        "type": constant("FeatureCollection"),
        "features": list_of(ref("ParcelFeature")),
        "next_cursor": or_null(text("send it as `cursor`; null on the last page")),
        "as_of": ref("AsOf"),
    },
    optional=("as_of",),
)
VERSION_PAGE: Final = members(
    {
        "parcel_id": text(),
        "versions": list_of(ref("ParcelVersion")),
        "next_cursor": or_null(whole("send it as `before`; null on the last page", 1)),
    }
)
EITHER: Final[Json] = {"anyOf": [ref("ParcelFeature"), ref("RecalledParcelFeature")]}
ROUTES: Final = (
    Route(
        "get", "/api/parcels", "Find parcels",
        "By words, in a box, or nearest to a place. Words find first what has them as id or number, then what begins "
        "with them, then what holds them all; words of one or two characters alone are looked for at the beginning of "
        "id and number only. `near` answers one page, measured on the ellipsoid (or in the plane). Without `q` and "
        "`near`: all of the box in the order of their making. The whole table is never counted. `at` and `legal_at` "
        "go with neither `q` nor `near`.",
        [Answer(200, "A page of features.", PAGE)],
        SEARCH,
        problems=["bad_request"],
        examples=[
            Example("by_words", "By words", "/api/parcels?q=mill%20lane&limit=2", 200),
            Example("nearest", "Nearest to a place", "/api/parcels?near=2.3105,48.6905&within_m=50", 200),
            Example("all_in_a_box", "In a box", "/api/parcels?bbox=2.305,48.685,2.315,48.695", 200),
            Example("no_limit", "None at all", "/api/parcels?limit=0", 400),
        ],
    ),
    Route(
        "get", "/api/parcels/<path:parcel_id>", "One parcel",
        "The newest state, of a retired parcel too; with `at` or `legal_at`, the state as of then.",
        [
            Answer(200, "The parcel.", EITHER, headers={"ETag": '`"v<version>"`'}),
            Answer(304, "It is still at the version of `If-None-Match`."),
        ],
        [PARCEL_ID, *TIMES],
        problems=["bad_request", "not_found"],
        examples=[
            Example("one_as_in_force", "As in force on a day", "/api/parcels/A?legal_at=2100-01-01", 200),
            Example("one", "One parcel", "/api/parcels/A", 200),
            Example("with_a_slash", "An id with a slash", "/api/parcels/C/2", 200),
            Example("unknown", "One that there is not", "/api/parcels/Z", 404),
        ],
    ),
    Route(
        "get", "/api/parcels/<path:parcel_id>/versions", "History of a parcel", "Newest first.",
        [Answer(200, "A page of versions.", VERSION_PAGE)],
        [PARCEL_ID, *VERSIONS],
        problems=["bad_request", "not_found"],
        examples=[Example("history", "After an edit", "/api/parcels/A/versions?limit=10", 200, after="move_a_corner")],
    ),
    Route(
        "get", "/api/parcels/<path:parcel_id>/versions/<int(max=2147483647):version>", "A parcel as it was", "",
        [Answer(200, "The parcel at that version.", ref("ParcelVersionFeature"))],
        [PARCEL_ID, Parameter("version", whole("", 0, 2**31 - 1), "1, 2, 3 …", "path")],
        problems=["bad_request", "not_found"],
        examples=[
            Example("first_version", "Before an edit", "/api/parcels/A/versions/1", 200, after="move_a_corner"),
            Example("no_such_version", "A version that there is not", "/api/parcels/A/versions/9", 404),
        ],
    ),
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Search, state and history."""
    text_ = "Parcels to look at: found, drawn, listed with their history."
    return Section("Parcels", text_, ROUTES, SCHEMAS)
