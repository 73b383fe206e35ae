"""Requests about records, in the order of one record's way."""

from __future__ import annotations

from typing import Final

from spatial_admin.web.openapi.description import Example, Json

PATH: Final = "/api/records"
PLAT: Final[Json] = {
    "type": "plat",
    "number": "2024/17",
    "title": "Mill Lane, phase 2",
    "received": "2024-03-01",
    "effective_from": "2024-04-01",
}
FILE: Final[Json] = {"name": "note.txt", "media_type": "text/plain", "content": "Stones found, see sheet 3."}

ENTER: Final = (
    Example("enter_record", "Enter a plat", PATH, 201, PLAT),
    Example("record_of_no_day", "A day that there is not", PATH, 400, {**PLAT, "received": "2024-02-30"}),
)
LIST: Final = (Example("records", "Those that came in", f"{PATH}?state=received&q=mill", 200, after="enter_record"),)
READ: Final = (
    Example("read_record", "The plat", f"{PATH}/1", 200, after="attach"),
    Example("no_such_record", "One that there is not", f"{PATH}/999999", 404),
)
CHANGE: Final = (
    Example(
        "change_record", "Correct a date", f"{PATH}/1", 200,
        {"version": 1, "effective_from": "2024-05-01", "comment": "Misread"}, "enter_record",
    ),
    Example(
        "change_stale_record", "Somebody else was faster", f"{PATH}/1", 409,
        {"version": 1, "title": "Mill Lane"}, "change_record",
    ),
)  # fmt: skip
STEP: Final = (
    Example(
        "take_up", "Take it up", f"{PATH}/1/state", 200,
        {"state": "in_work", "expected_state": "received"}, "enter_record",
    ),
    Example(
        "approve_too_early", "A step that does not follow", f"{PATH}/1/state", 422,
        {"state": "approved", "expected_state": "received"}, "enter_record",
    ),
)  # fmt: skip
UPLOAD: Final = (
    Example("attach", "Add a file", f"{PATH}/1/files", 201, after="enter_record", file=FILE),
    Example("attach_again", "The same again", f"{PATH}/1/files", 200, after="attach", file=FILE),
)
DOWNLOAD: Final = (
    Example("download", "Fetch the file", f"{PATH}/1/files/1", 200, after="attach"),
    Example("no_such_file", "One that there is not", f"{PATH}/1/files/9", 404, after="attach"),
)
