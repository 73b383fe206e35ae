"""/api/references: files to look at and to snap to."""

from __future__ import annotations

from typing import Final

from spatial_admin.services.drafts.keep_reference import MOST_LAYERS
from spatial_admin.services.drafts.read_reference import WHY_SHOWN
from spatial_admin.services.shared.authorize import EDITOR
from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.schema import fields, list_of, members, moment, number, one_of, or_null, ref, text, whole

PATH: Final = "/api/references"
RULE: Final = "/api/references/<int(max=9223372036854775807):layer_id>"
LAYER_ID: Final = Parameter("layer_id", whole("", 0, 2**63 - 1), "its id", "path")
OWN: Final[dict[str, Json]] = {
    "id": whole("", 1),
    "name": text("of the file"),
    "draft_id": or_null(whole("the draft that it belongs to, and goes with; null: it waits for the next, or is kept")),
    "is_kept": {"type": "boolean", "description": "its owner keeps it, whatever becomes of drafts"},
    "created_at": moment("when it was loaded"),
    "expires_at": moment("after this maintenance may delete it"),
}
FEATURE: Final = members(
    {
        "name": or_null(text("as the file says it")),
        "kind": one_of(["point", "line", "area"]),
        "parts": list_of(list_of(whole("number of a point", 0)), "lines or closed rings; of points one each"),
    }
)
TABLE: Final = members(
    {
        "delimiter": text("the sign between columns"),
        "columns": list_of(text(), "their names"),
        "has_header": {"type": "boolean"},
        "x": text("column of east or longitude"),
        "y": text("column of north or latitude"),
        "name": or_null(text("column of the points' names")),
        "sample": list_of(list_of(text()), "the first rows"),
        "is_degrees": {"type": "boolean"},
    }
)
SCHEMAS: Final[dict[str, Json]] = {
    "ReferenceSummary": members({**OWN, "point_count": whole("how many points it has", 0)}),
    "Reference": members(
        {
            **OWN,
            "crs": text("name of the CRS that it was read in"),
            "points": list_of(
                list_of(number(), "x, y in storage coordinates on the grid of new points; longitude, latitude", 4, 4)
            ),
            "features": list_of(FEATURE),
            "left_out": whole("features that are not drawn", 0),
            "why": list_of(members({"row": whole("", 0), "reason": text()}), f"the first {WHY_SHOWN} of them"),
        },
        "What a file came to.",
    ),
    "ReferenceLook": members(
        {
            "driver": text("what kind of file it is"),
            "layer": or_null(text()),
            "crs": or_null(text("the file's own, or a proposal for a table; null: name it")),
            "has_crs": {"type": "boolean"},
            "table": or_null(TABLE),
        },
        "What a file holds, before it is read.",
        optional=["has_crs"],
    ),
    "ReferencePlace": fields(
        {
            "draft_id": or_null(whole("a draft of yours that may be changed", 1)),
            "is_kept": {"type": "boolean", "description": "keep it, whatever becomes of drafts; without draft_id"},
        },
        "Where a layer belongs; with neither it waits for the next draft.",
        optional=["draft_id", "is_kept"],
    ),
    "ReferenceFile": fields(
        {
            "file": {"type": "string", "contentMediaType": "application/octet-stream"},
            "crs": text("EPSG code of its coordinates"),
            "layer": text("of a file with several"),
            "delimiter": text("of a table: ; , tab | or space"),
            "x": text("of a table: column of east or longitude"),
            "y": text("of a table: column of north or latitude"),
            "name": text("column or property of the names"),
        },
        optional=["crs", "layer", "delimiter", "x", "y", "name"],
    ),
}
POINTS: Final[Json] = {"name": "points.csv", "media_type": "text/csv", "content": "point,lon,lat\nP1,2.3101,48.6902\n"}
NOTHING: Final[Json] = {"name": "notes.txt", "media_type": "text/plain", "content": "no table at all\n"}


def describe(limits: Limits) -> Section:
    """Reference layers."""
    routes = (
        Route(
            "get", PATH, "One's own reference layers", "The oldest first, without what is in them.",
            [Answer(200, "The layers.", members({"references": list_of(ref("ReferenceSummary"))}))],
            problems=["bad_request"], examples=[Example("own_references", "One's own", PATH, 200)],
        ),
        Route(
            "post", PATH, "Load a file to draw by",
            "A table of points (CSV), GeoJSON, GeoPackage, FlatGeobuf or a zipped Shapefile, of at most "
            f"{limits.reference_bytes:,} bytes and {limits.reference_points:,} points; {MOST_LAYERS} layers of one "
            "person. Its coordinates are transformed to the storage CRS and put on the grid of new points. No parcel "
            "comes of it. It waits for a draft, to which `PATCH` gives it.",
            [
                Answer(201, "The layer.", ref("Reference"), headers={"Location": "the layer"}),
                Answer(200, "What the file holds (`look`).", ref("ReferenceLook")),
            ],
            [Parameter("look", whole("", 1, 1), "1: say what it holds, and keep nothing")],
            ref("ReferenceFile"), ["bad_request", "limit_exceeded"],
            [
                Example("load_points", "A table of points", PATH, 201, file=POINTS),
                Example("look_at_points", "What a file holds", f"{PATH}?look=1", 200, file=POINTS),
                Example("load_nothing", "What is no table", PATH, 400, file=NOTHING),
            ],
            EDITOR, body_type="multipart/form-data",
        ),
        Route(
            "get", RULE, "One layer", "With its points and features, to its owner.",
            [Answer(200, "The layer.", ref("Reference"))], [LAYER_ID], problems=["bad_request", "not_found"],
            examples=[
                Example("show_reference", "The one that was loaded", f"{PATH}/1", 200, after="load_points"),
                Example("no_such_reference", "One that there is not", f"{PATH}/9", 404),
            ],
        ),
        Route(
            "patch", RULE, "Say where a layer belongs",
            "To a draft, with which it goes when that is saved or discarded; to its owner for good; or to the next "
            "draft.",
            [Answer(200, "The layer.", ref("ReferenceSummary"))], [LAYER_ID], ref("ReferencePlace"),
            ["bad_request", "not_found"],
            [
                Example("keep_reference", "Keep it", f"{PATH}/1", 200, body={"is_kept": True}, after="load_points"),
                Example(
                    "give_to_no_draft", "To a draft that there is not", f"{PATH}/1", 404, body={"draft_id": 9},
                    after="load_points",
                ),
            ],
            EDITOR,
        ),
        Route(
            "delete", RULE, "Remove a layer", "It is gone for good.",
            [Answer(204, "It is removed.")], [LAYER_ID], problems=["bad_request", "not_found"],
            examples=[Example("remove_reference", "Remove it", f"{PATH}/1", 204, after="load_points")],
        ),
    )  # fmt: skip
    return Section(
        "Reference layers",
        "What one draws by: survey points, lines and areas, kept with the draft that is drawn by them.",
        routes,
        SCHEMAS,
    )
