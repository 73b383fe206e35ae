"""/api/imports: files that become parcels by a job, and the rows that were refused."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import PARCEL_KINDS
from spatial_admin.services.authorize import ADMINISTRATOR, EDITOR, REVIEWER
from spatial_admin.services.decide_row import LONGEST_REASON
from spatial_admin.services.read_quarantine import POINTS_IN_LIST
from spatial_admin.services.repair_shape import CPU_S, MEMORY_BYTES
from spatial_admin.settings import NATURES, Limits
from spatial_admin.web.api_imports import DECISIONS, ID, MOST, ROW
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.edits import COMMON, EITHER, REFUSALS
from spatial_admin.web.openapi.schema import (
    fields,
    list_of,
    map_of,
    members,
    moment,
    number,
    one_of,
    or_null,
    ref,
    text,
    truth,
    whole,
)

PATH: Final = "/api/imports"
IMPORT: Final = f"{PATH}/{ID}"
QUARANTINE: Final = f"{IMPORT}/quarantine"
ROW_PATH: Final = f"{QUARANTINE}/{ROW}"
IMPORT_ID: Final = Parameter("import_id", whole("", 0, 2**63 - 1), "its number", "path")
ROW_NUMBER: Final = Parameter("row", whole("", 0, 2**31 - 1), "number of the row in its file, from 1", "path")
STATES: Final = ("waiting", "staging", "admitting", "done", "failed")
ANY: Final[Json] = {"type": "object", "additionalProperties": True}
PLACE: Final = list_of(number(), "longitude, latitude", 2, 2)
OPTIONS: Final[dict[str, Json]] = {
    "id_field": text("field of the permanent id; else the first of the usual ones that is a key"),
    "number_field": text("field of the number people print; else the id's"),
    "kind_field": text(f"field that holds {', '.join(PARCEL_KINDS)}"),
    "level": text("level of the parcels; else `parcels`"),
    "layer": text("of a file with several"),
    "crs": text("of the coordinates, such as EPSG:26915, where the file does not say or says wrong"),
    "encoding": text("of the texts of a Shapefile"),
    "comment": text("why, kept with the edit"),
    "record_id": text("the record that it rests on; else one is made of the file"),
}
SHOWN_ROW: Final[dict[str, Json]] = {
    "import_id": whole("", 1),
    "row": whole("number in the file, from 1", 1),
    "parcel_id": or_null(text("the id it would have, or has")),
    "number": or_null(text()),
    "decision": one_of(DECISIONS[:3]),
    "edit_id": or_null(whole("the edit that admitted it", 1)),
    "rule": text("the rule that refused it"),
    "reason": text("why, in words"),
    "place": or_null(PLACE),
    "properties": or_null({**ANY, "description": "as the file has them"}),
    "geometry": or_null({**ANY, "description": "GeoJSON in lon/lat, to be drawn; it may be invalid"}),
}
PROPOSAL: Final = members(
    {
        "draw": or_null(
            {**ANY, "description": "an operation that would make it a parcel, as POST /api/edits takes it"}
        ),
        "why_no_draw": or_null(text()),
        "parcel_ids": list_of(text(), "ids that are free"),
        "advice": text("what helps against the rule"),
    }
)
DECIDED: Final = members(
    {
        "what": one_of(("admitted", "rejected", "returned"), "returned: the edit that had admitted it was undone"),
        "by": or_null(text("email")),
        "at": moment("when"),
        "reason": text(),
        "edit_id": or_null(whole("", 1)),
    }
)
ONE_ROW: Final[dict[str, Json]] = {
    **SHOWN_ROW,
    "file_name": text("of the import"),
    "raw_geometry": or_null(text("as text, where no geometry could be built of it")),
    "next": or_null(whole("the next row that waits for a decision", 1)),
    "previous": or_null(whole("the one before", 1)),
    "history": list_of(DECIDED),
    "proposal": PROPOSAL,
}
MEASURED: Final = members({"area_m2": number(), "parts": whole("", 1), "points": whole("", 3)})
SCHEMAS: Final[dict[str, Json]] = {
    "ImportFile": fields(
        {"file": {"type": "string", "contentMediaType": "application/octet-stream"}, **OPTIONS}, optional=list(OPTIONS)
    ),
    "Import": members(
        {
            "import_id": whole("", 1),
            "href": text("the import itself"),
            "file_name": text(),
            "sha256": text("of the file"),
            "state": one_of(STATES),
            "is_stopped": truth("was it stopped while it admitted rows, so that `resume` goes on?"),
            "source_crs": or_null(text("of the file's coordinates; null until it is opened")),
            "options": {**ANY, "description": "as they were chosen"},
            "author": or_null(text("email; null from the command line")),
            "begun_at": moment("when it was asked for"),
            "ended_at": or_null(moment("when it ended")),
            "features": whole("rows read; once it is done the sum of the next three", 0),
            "admitted": whole("rows that are parcels", 0),
            "quarantined": whole("rows that wait for a decision", 0),
            "rejected": whole("rows refused for good", 0),
            "findings": whole("findings that it opened", 0),
            "refused": map_of(whole("", 0), "rows that were refused by rule, whatever was decided since"),
            "edit_id": or_null(whole("the edit that it is", 1)),
            "notes": {**ANY, "description": "what was found out: driver, id_field, points added, failure, undone_by …"},
            "job": or_null(ref("JobSummary")),
        },
        "A file on its way to parcels.",
    ),
    "ImportLook": members(
        {
            "driver": or_null(text("what kind of file it is")),
            "layer": or_null(text()),
            "layers": list_of(text(), "name one where there are several"),
            "crs": or_null(text("the file's own; null: name it")),
            "fields": list_of(text(), "of the first rows"),
            "id_fields": list_of(text(), "those of them that may be the id"),
            "rows": list_of(map_of(or_null(text())), "properties of the first rows"),
            "rows_read": whole("how many rows were looked at", 0),
            "refused": whole("how many of these cannot become a parcel as they are", 0),
        },
        "What a file holds, before it is imported.",
    ),
    "RefusedRow": members(SHOWN_ROW),
    "RefusedRowPage": members(
        {"rows": list_of(ref("RefusedRow")), "next_cursor": or_null(whole("send it as `cursor`", 1))}
    ),
    "RefusedRowInFull": members(ONE_ROW, "A refused row.", ["proposal"]),
    "Repair": members(
        {
            "draw": {**ANY, "description": "the operation `draw` with the repaired outline"},
            "before": MEASURED,
            "after": MEASURED,
            "points_added": whole("", 0),
            "points_removed": whole("", 0),
            "differs": list_of(PLACE, "where"),
            "geometry": or_null({**ANY, "description": "the repaired outline as GeoJSON in lon/lat"}),
        },
        "A valid outline, proposed. It is stored where somebody admits it.",
    ),
    "Rejection": fields({"reason": text("why, for good", LONGEST_REASON, minLength=1)}),
}
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
