"""Schemas of /api/imports: an import, its refused rows, and what may be made of them."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import PARCEL_KINDS
from spatial_admin.services.editing.decide_row import LONGEST_REASON
from spatial_admin.web.api_imports import DECISIONS
from spatial_admin.web.openapi.description import Json
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
    "waiting": or_null(
        members(
            {"draft_id": whole("", 1), "by": text("email"), "since": moment("when it was submitted")},
            "the draft that would admit it, and waits for a second person",
        )
    ),
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
            "is_in_terminal": truth(
                "was it begun in a terminal, and has not ended? While it admits rows, `resume` has a worker go on; "
                "where the terminal still runs they take turns."
            ),
            "source_crs": or_null(text("of the file's coordinates; null until it is opened")),
            "options": {**ANY, "description": "as they were chosen"},
            "author": or_null(text("email; null from the command line")),
            "begun_at": moment("when it was asked for"),
            "ended_at": or_null(moment("when it ended")),
            "features": whole("rows read; once it is done the sum of the next three", 0),
            "admitted": whole("rows that are parcels", 0),
            "quarantined": whole("rows that wait for a decision", 0),
            "rejected": whole("rows refused for good", 0),
            "proposed": whole("of those in quarantine: rows whose admission waits for a second person", 0),
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
