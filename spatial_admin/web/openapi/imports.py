"""/api/imports: files that become parcels by a job, and the rows that were refused."""

from __future__ import annotations

from typing import Final

from spatial_admin.services.importing.read_quarantine import POINTS_IN_LIST
from spatial_admin.services.importing.repair_shape import CPU_S, MEMORY_BYTES
from spatial_admin.services.shared.authorize import ADMINISTRATOR, EDITOR, REVIEWER
from spatial_admin.settings import NATURES, Limits
from spatial_admin.web.api_imports import DECISIONS, ID, MOST, ROW
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.edits import COMMON, EITHER, REFUSALS
from spatial_admin.web.openapi.import_schemas import ANY, SCHEMAS
from spatial_admin.web.openapi.schema import (
    fields,
    list_of,
    map_of,
    one_of,
    ref,
    text,
    whole,
)

PATH: Final = "/api/imports"
IMPORT: Final = f"{PATH}/{ID}"
QUARANTINE: Final = f"{IMPORT}/quarantine"
ROW_PATH: Final = f"{QUARANTINE}/{ROW}"
IMPORT_ID: Final = Parameter("import_id", whole("", 0, 2**63 - 1), "its number", "path")
ROW_NUMBER: Final = Parameter("row", whole("", 0, 2**31 - 1), "number of the row in its file, from 1", "path")
FILE: Final[Json] = {
    "name": "lots.geojson",
    "media_type": "application/geo+json",
    "content": '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "L1"}, "geometry": '
    '{"type": "Polygon", "coordinates": [[[2.35, 48.69], [2.351, 48.69], [2.351, 48.691], [2.35, 48.69]]]}}]}',
}
KEY: Final = "0191a0de-5b5e-7c52-9d8f-6f2a7b1c0d3e"
RULE: Final = Parameter("rule", text("", 200), "only rows that this rule refused")
DECISION: Final = Parameter("decision", {**one_of(DECISIONS), "default": DECISIONS[0]}, "only rows with this decision")
DRAW: Final[Json] = {"op": "draw", "kind": "lot", "rings": [[[2.35, 48.69], [2.351, 48.69], [2.351, 48.691]]]}
RESUMED: Final = "It goes on."
ASKED: Final = "import_file"
FIRST: Final = f"{PATH}/1/quarantine"


def _admission() -> Json:
    properties = {
        **COMMON,
        "nature": {**one_of(NATURES), "default": "correction"},
        "operations": list_of(ref("Operation"), "with exactly one `draw`: the parcel that the row becomes", 1),
        "geometry": {
            **ANY,
            "description": "instead of operations: a Polygon or MultiPolygon as GeoJSON has it, in storage coordinates",
        },
        "parcel_id": text("another id", 100, minLength=1),
        "number": text("another number", 100, minLength=1),
        "seen": map_of(whole("", 1), "versions of other parcels that the operations change"),
        "accept": list_of(ref("Acceptance")),
    }
    return fields(
        properties,
        "How a row becomes a parcel: by operations, by an outline, or as it is. `comment` must say why.",
        set(properties) - {"key", "comment"},
    )


def describe(limits: Limits) -> Section:
    """Imports and the quarantine."""
    routes = (
        Route(
            "post", PATH, "Import a file",
            "GeoJSON, GeoJSON lines, GeoPackage, FlatGeobuf or a zipped Shapefile of at most "
            f"{limits.upload_bytes:,} bytes. A job reads it; every row becomes a parcel or is refused singly, with "
            "rule, reason and place.",
            [
                Answer(202, "A job imports it.", ref("Import"), headers={"Location": "the import"}),
                Answer(200, "What the file holds (`look`).", ref("ImportLook")),
            ],
            [Parameter("look", whole("", 1, 1), "1: say what it holds, and keep nothing")],
            ref("ImportFile"), ["bad_request", "limit_exceeded"],
            [
                Example("look_at_file", "What a file holds", f"{PATH}?look=1", 200, file=FILE),
                Example("import_file", "Import it", PATH, 202, file=FILE),
            ],
            ADMINISTRATOR, body_type="multipart/form-data",
        ),
        Route(
            "get", IMPORT, "One import", "How far it is, and what became of its rows.",
            [Answer(200, "The import.", ref("Import"))], [IMPORT_ID], problems=["bad_request", "not_found"],
            examples=[
                Example("show_import", "The one that was asked for", f"{PATH}/1", 200, after=ASKED),
                Example("no_such_import", "One that there is not", f"{PATH}/999999", 404),
            ],
        ),
        Route(
            "post", f"{IMPORT}/resume", "Go on with an import", "One that was stopped while it admitted rows.",
            [Answer(202, RESUMED, ref("Import"), headers={"Location": "the import"})], [IMPORT_ID],
            problems=["bad_request", "not_found", "import_unfinished"],
            examples=[Example("resume_import", "One that waits needs none", f"{PATH}/1/resume", 409, after=ASKED)],
            role=ADMINISTRATOR,
        ),
        Route(
            "get", QUARANTINE, "Refused rows",
            f"In the order of the file. Geometries of more than {POINTS_IN_LIST:,} points are left out here.",
            [Answer(200, "A page of rows.", ref("RefusedRowPage"))],
            [
                IMPORT_ID, RULE, DECISION,
                Parameter("limit", {**whole("", 1, MOST), "default": 50}, "how many at most"),
                Parameter("cursor", whole("", 1), "`next_cursor` of the page before"),
            ],
            problems=["bad_request", "not_found"],
            examples=[
                Example("refused_rows", "Those of a rule", f"{FIRST}?rule=invalid_geometry", 200, after=ASKED)
            ],
        ),
        Route(
            "get", f"{QUARANTINE}.geojson", "Refused rows as a file",
            "Every row with its own properties, and `quarantine_row`, `_rule`, `_reason`, `_decision` and `_place`.",
            [Answer(200, "A feature collection in lon/lat.", ANY, "application/geo+json")],
            [IMPORT_ID, RULE, DECISION], problems=["bad_request", "not_found"],
            examples=[Example("refused_file", "All of them", f"{FIRST}.geojson", 200, after=ASKED)],
        ),
        Route(
            "get", ROW_PATH, "One refused row", "Its history, and how it could become a parcel.",
            [Answer(200, "The row.", ref("RefusedRowInFull"))], [IMPORT_ID, ROW_NUMBER],
            problems=["bad_request", "not_found"],
            examples=[Example("row_not_refused", "A row that was not refused", f"{FIRST}/1", 404, after=ASKED)],
        ),
        Route(
            "post", f"{ROW_PATH}/repair", "Propose a repair",
            f"By GEOS's structure method, in a process of its own with {CPU_S} s and {MEMORY_BYTES >> 20} MiB. Nothing "
            "is stored.",
            [Answer(200, "A valid outline.", ref("Repair"))], [IMPORT_ID, ROW_NUMBER],
            problems=["bad_request", "not_found", "source_refused"],
            examples=[Example("repair_nothing", "A row that was not refused", f"{FIRST}/1/repair", 404, after=ASKED)],
            role=REVIEWER,
        ),
        Route(
            "post", f"{ROW_PATH}/admit", "Admit a refused row",
            "An edit like every other, by the same rules, that also decides about the row: once. It needs the role "
            "reviewer besides. POST /api/edits with `admits` does the same.",
            [
                Answer(201, "It is a parcel.", ref("Receipt")),
                Answer(200, "The key was used before, with the same content. Or a dry run.", EITHER),
            ],
            [IMPORT_ID, ROW_NUMBER], ref("AdmissionRequest"),
            REFUSALS,
            [
                Example(
                    "admit_early", "Before the import is done", f"{FIRST}/1/admit", 409,
                    {"key": KEY, "comment": "drawn by the plat", "operations": [DRAW]}, after=ASKED,
                )
            ],
            EDITOR,
        ),
        Route(
            "post", f"{ROW_PATH}/propose", "Propose to admit a refused row",
            "Where a second person has to agree: the same body makes a draft that is submitted at once. The row stays "
            "in quarantine until somebody approves that (POST /api/drafts/{id}/approve).",
            [Answer(201, "It waits for approval.", ref("DraftSummary"))], [IMPORT_ID, ROW_NUMBER],
            ref("AdmissionRequest"), [*REFUSALS, "row_waits"],
            [
                Example(
                    "propose_early", "Before the import is done", f"{FIRST}/1/propose", 409,
                    {"key": KEY, "comment": "drawn by the plat", "operations": [DRAW]}, after=ASKED,
                )
            ],
            EDITOR,
        ),
        Route(
            "post", f"{ROW_PATH}/reject", "Reject a refused row", "For good, with a reason.",
            [Answer(200, "The row.", ref("RefusedRowInFull"))], [IMPORT_ID, ROW_NUMBER], ref("Rejection"),
            ["bad_request", "not_found", "limit_exceeded", "row_decided", "import_unfinished"],
            [
                Example(
                    "reject_early", "Before the import is done", f"{FIRST}/1/reject", 409,
                    {"reason": "not of this county"}, after=ASKED,
                )
            ],
            REVIEWER,
        ),
    )  # fmt: skip
    schemas = {**SCHEMAS, "AdmissionRequest": _admission()}
    return Section("Imports", "Files that become parcels, and the rows of them that were refused.", routes, schemas)
