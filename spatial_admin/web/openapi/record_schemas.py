"""What is sent and answered about records."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import RECORD_EVENTS, RECORD_STATES, RECORD_TYPES
from spatial_admin.services.records.parse_record import LONGEST_COMMENT, LONGEST_EMAIL, LONGEST_NUMBER, LONGEST_TITLE
from spatial_admin.services.records.show_record import MOST_EDITS
from spatial_admin.settings import NATURES
from spatial_admin.web.openapi.description import Json
from spatial_admin.web.openapi.schema import (
    fields,
    list_of,
    members,
    moment,
    one_of,
    or_null,
    ref,
    text,
    truth,
    whole,
)

STATE: Final = one_of(RECORD_STATES)
VERSION: Final = whole("the version that was seen", 1, 2**31 - 1)
COMMENT: Final = text("why", LONGEST_COMMENT, default="")
GIVEN: Final[dict[str, Json]] = {
    "type": one_of(RECORD_TYPES),
    "number": or_null(text("as the document is cited; may repeat", LONGEST_NUMBER)),
    "title": or_null(text("what it is about", LONGEST_TITLE)),
    "received": text("the day it came in", format="date"),
    "recorded": or_null(text("the day it was entered in the public register", format="date")),
    "effective_from": or_null(text("the day from which it is law", format="date")),
    "assignee": or_null(text("email of who works on it", LONGEST_EMAIL)),
}
ENTRY: Final = fields({**GIVEN, "comment": COMMENT}, "A record to enter.", {*GIVEN, "comment"} - {"type", "received"})
CHANGES: Final[Json] = {
    **fields({"version": VERSION, **GIVEN, "comment": COMMENT}, "What to change of a record.", {*GIVEN, "comment"}),
    "minProperties": 2,
}
STATE_CHANGE: Final = fields(
    {"state": STATE, "expected_state": STATE, "version": or_null(VERSION), "comment": COMMENT},
    "A step, of the state that was seen (and, where given, the version).",
    ("version", "comment"),
)
FILE_BODY: Final = fields({"file": {"type": "string", "contentMediaType": "application/octet-stream"}})
SUMMARY: Final[dict[str, Json]] = {
    "id": whole("", 1),
    "type": one_of(RECORD_TYPES),
    "number": or_null(text("as the document is cited")),
    "title": text("what it is about"),
    "received": text("the day it came in", format="date"),
    "recorded": or_null(text("the day it was entered in the public register", format="date")),
    "effective_from": or_null(text("the day from which it is law", format="date")),
    "state": STATE,
    "version": whole("one more with every change", 1),
    "assignee": or_null(text("email of who works on it")),
    "created_by": or_null(text("email; null from a command")),
    "created_at": moment("when"),
    "changed_at": moment("when it was changed last"),
}
FILE: Final = members(
    {
        "n": whole("number within the record", 1),
        "name": text(),
        "media_type": text("as it was given"),
        "size": whole("in bytes", 0),
        "sha256": text("of the bytes"),
        "has_content": truth("is it kept? of an import only name and digest are"),
        "added_by": or_null(text("email")),
        "added_at": moment("when"),
    },
    "A file of a record.",
)
EVENT: Final = members(
    {
        "at": moment("when"),
        "what": one_of(RECORD_EVENTS),
        "from_state": or_null(STATE),
        "to_state": or_null(STATE),
        "by": or_null(text("email")),
        "comment": or_null(text("why")),
        "changes": or_null({"type": "object", "description": "by field, what it was and what it is; of a file, which"}),
    }
)
RESTING: Final = members(
    {
        "edit_id": whole("", 0),
        "made_at": moment("when"),
        "comment": or_null(text("why")),
        "nature": one_of(NATURES),
        "author": or_null(text("email")),
    }
)
RECORD: Final = members(
    {
        **SUMMARY,
        "files": list_of(ref("RecordFile")),
        "events": list_of(EVENT, "what happened to it, oldest first"),
        "edits": list_of(RESTING, f"that rest on it, newest first, at most {MOST_EDITS}"),
        "has_more_edits": truth("are there more?"),
    },
    "A record.",
)
CITED: Final = members(
    {"id": whole("", 1), "type": one_of(RECORD_TYPES), "number": or_null(text("as the document is cited"))},
    "The record that an edit rests on.",
)
SCHEMAS: Final[dict[str, Json]] = {
    "Record": RECORD,
    "RecordSummary": members(SUMMARY, "A record as lists have it."),
    "RecordFile": FILE,
    "CitedRecord": CITED,
}
