"""/api/records: the documents that edits rest on, and their files."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import RECORD_STATES, RECORD_TYPES
from spatial_admin.services.records.list_records import MOST
from spatial_admin.services.records.show_record import MOST_EDITS
from spatial_admin.services.shared.authorize import EDITOR
from spatial_admin.settings import Limits
from spatial_admin.web.api_records import LONGEST_QUESTION
from spatial_admin.web.openapi.description import Answer, Json, Parameter, Route, Section
from spatial_admin.web.openapi.record_examples import (
    CHANGE,
    DOWNLOAD,
    ENTER,
    LIST,
    READ,
    STEP,
    UPLOAD,
)
from spatial_admin.web.openapi.record_schemas import CHANGES, ENTRY, FILE_BODY, SCHEMAS, STATE_CHANGE
from spatial_admin.web.openapi.schema import list_of, members, one_of, or_null, ref, text, whole

PAGE: Final = members(
    {
        "records": list_of(ref("RecordSummary"), "newest first"),
        "next_cursor": or_null(text("send it as `cursor`; null on the last page")),
    }
)
RECORD_ID: Final = Parameter("record_id", whole("", 0, 2**63 - 1), "its id", "path")
FILTERS: Final = (
    Parameter("state", one_of(RECORD_STATES), "only records in this state"),
    Parameter("type", one_of(RECORD_TYPES), "only records of this type"),
    Parameter("q", text("", LONGEST_QUESTION), "words looked for in number and title"),
    Parameter("assignee", text(), "email of who works on them"),
    Parameter("limit", {**whole("", 1, MOST), "default": 50}, "how many at most"),
    Parameter("cursor", text(), "`next_cursor` of the page before"),
)


def describe(limits: Limits) -> Section:
    """Records, their states and files."""
    shown = Answer(200, "The record, as it is then.", ref("Record"))
    routes: list[Route] = [
        Route(
            "get", "/api/records", "Records", "Newest first.",
            [Answer(200, "A page of records.", PAGE)],
            FILTERS, problems=["bad_request"], examples=LIST,
        ),
        Route(
            "post", "/api/records", "Enter a record", "It begins in state `received`.",
            [Answer(201, "The record.", ref("Record"), headers={"Location": "the record"})],
            body=ref("RecordEntry"), problems=["bad_request"], examples=ENTER, role=EDITOR,
        ),
        Route(
            "get", "/api/records/<int(max=9223372036854775807):record_id>", "One record",
            f"With its files, its history, and the newest {MOST_EDITS} edits that rest on it.",
            [Answer(200, "The record.", ref("Record"))],
            [RECORD_ID], problems=["bad_request", "not_found"], examples=READ,
        ),
        Route(
            "patch", "/api/records/<int(max=9223372036854775807):record_id>", "Change a record",
            "Fields of the version that was seen; null empties one. Not once it is approved.",
            [shown],
            [RECORD_ID], ref("RecordChanges"),
            ["bad_request", "not_found", "record_changed", "record_approved"], CHANGE, EDITOR,
        ),
        Route(
            "post", "/api/records/<int(max=9223372036854775807):record_id>/state", "Take a record a step on",
            "Editors take up and submit; a reviewer approves, returns or opens again, the last two with a comment that "
            "says why, and never judges what they submitted themselves.",
            [shown],
            [RECORD_ID], ref("RecordStateChange"),
            ["bad_request", "not_found", "not_allowed", "record_changed", "transition_refused"], STEP,
        ),
        Route(
            "post", "/api/records/<int(max=9223372036854775807):record_id>/files", "Add a file",
            f"At most {limits.record_file_bytes:,} bytes. The same bytes again are the same file.",
            [
                Answer(201, "The file was added.", ref("RecordFile")),
                Answer(200, "The record has these bytes already.", ref("RecordFile")),
            ],
            [RECORD_ID], FILE_BODY,
            ["bad_request", "not_found", "record_approved", "limit_exceeded"], UPLOAD, EDITOR,
            body_type="multipart/form-data",
        ),
        Route(
            "get",
            "/api/records/<int(max=9223372036854775807):record_id>/files/<int(max=2147483647):number>",
            "The content of a file",
            "To be saved, never shown. Types other than a few harmless ones are `application/octet-stream`.",
            [
                Answer(
                    200, "The bytes.", {}, "*/*",
                    {"ETag": "SHA-256 of the bytes", "Content-Disposition": "`attachment`, with the name of the file"},
                ),
                Answer(304, "It is still the one of `If-None-Match`."),
            ],
            [RECORD_ID, Parameter("number", whole("", 0, 2**31 - 1), "`n` of the file", "path")],
            problems=["bad_request", "not_found"], examples=DOWNLOAD,
        ),
    ]  # fmt: skip
    bodies: dict[str, Json] = {"RecordEntry": ENTRY, "RecordChanges": CHANGES, "RecordStateChange": STATE_CHANGE}
    about = (
        "A record (LADM LA_Source) is the document that edits rest on: it says why a boundary may be changed, and from "
        "which day the change is law. received → in_work → submitted → approved or returned."
    )
    return Section("Records", about, routes, bodies | SCHEMAS)
