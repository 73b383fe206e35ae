"""Statements of imports, and of undoing them. Those that look at a whole file find its rows by its batch."""

from __future__ import annotations

from typing import Any, Final

from spatial_admin.services.database.named_queries import NamedQuery
from spatial_admin.services.importing.import_zoning import DELETE_ZONING

FILE: Final = "looks at every row of one file, once an import"
ONE_IMPORT: Final = "counts what one import or its undoing made, once"


def _import(name: str, sentence: str, **more: Any) -> NamedQuery:
    return NamedQuery(name, sentence, is_edit=True, **more)


QUERIES: Final = (
    _import("admit_parcels.NEXT_ROWS", "The next staged rows of a file, in spatial order."),
    _import("admit_parcels.INSERT_PARCELS", "Staged rows as parcels."),
    _import("admit_parcels.MARK_ADMITTED", "Staged rows that became parcels."),
    _import("admit_parcels.REFUSE_TAKEN", "Staged rows whose id was taken meanwhile."),
    _import("admit_parcels.REFUSE_INVALID", "Staged rows that are invalid."),
    _import("admit_parcels.NEIGHBOURS", "Stored parcels that meet the new ones.", values={
        name: [0.0] for name in ("west", "south", "east", "north")}),
    _import("admit_parcels.OPEN_EDIT", "The edit of an import."),
    _import("admit_parcels.CLOSE_EDIT", "The receipt of an import.", whole=ONE_IMPORT),
    _import("choose_identity.IS_KEY", "Is a field an id of every row?", whole=FILE),
    _import("choose_identity.REFUSE_UNUSABLE", "Rows without a usable id.", whole=FILE),
    _import("choose_identity.REFUSE_REPEATED", "Rows that repeat an id of their file.", whole=FILE),
    _import("choose_identity.REFUSE_STORED", "Rows whose id is stored already.", whole=FILE),
    _import("import_parcels.REFUSED_BY_RULE", "Refused rows of a file by rule.", whole=FILE),
    _import("import_parcels.COUNT_FINDINGS", "Findings that an import opened."),
    _import("import_parcels.UNKNOWN_KINDS", "Rows of a file whose kind is unknown.", whole=FILE),
    _import("plan_import.COUNT_ROWS", "Rows of a file by what became of them.", whole=FILE),
    _import("reproject_parcels.ROWS", "Staged rows of a file with their boxes.", whole=FILE),
    _import("reproject_parcels.READ_WKB", "Raw geometry of staged rows."),
    _import("reproject_parcels.WRITE_GEOM", "Geometry of staged rows in storage coordinates."),
    _import("reproject_parcels.COUNT_POINTS", "Points that the coordinates of a file gained on the way."),
    _import("reproject_parcels.REFUSE", "A staged row that cannot be reprojected.", values={"id": 1}),
    NamedQuery("admit_row.RECORD", "The record that an import rests on."),
    NamedQuery("keep_uploads.ABANDONED", "Imports whose job ended without them.", small=1_000),
    NamedQuery("keep_uploads.AWAITED", "Uploaded files that a job waits for.", small=1_000),
    NamedQuery("show_import.SHOW", "An import with its job."),
    _import("decide_row.ADMIT", "A refused row that became a parcel.", values={"row": 1}),
    _import("decide_row.REJECT", "A refused row that is rejected.", values={"row": 1}),
    _import("decide_row.RETURN", "A row back in quarantine.", values={"row": 1}),
    _import("decide_row.PROPOSED", "The draft that would admit a row, and waits.", values={"row": 1}),
    _import("decide_row.STATE_OF_ROW", "What was decided about a row.", values={"row": 1}),
    _import("propose_row.ROW", "What an import would have stored of a row.", values={"row": 1}),
    _import("propose_row.TAKEN", "Ids that are used.", values={"names": ["a"]}),
    _import("read_quarantine.ROWS", "A page of refused rows.", values={
        "after": 0, "rule": None, "decision": "quarantined", "characters": 100}),
    _import("read_quarantine.ONE", "A refused row.", values={"row": 1, "characters": 100}),
    _import("read_quarantine.NEXT", "The next row that waits.", values={"row": 1}),
    _import("read_quarantine.PREVIOUS", "The one before.", values={"row": 1}),
    _import("revert_edit.ROW", "The row that an edit admitted."),
    _import("record_overlaps.INSERT_FINDINGS", "Overlaps that an import brings.", values={"parcels": ["{1,2}"]}),
    _import("record_overlaps.STACKS_OF", "Stacks that stored parcels form."),
    _import("record_overlaps.GROW_STACK", "A stack that grows.", values={"id": 1}),
    _import("record_overlaps.NOTE", "What happened to findings of an import."),
    _import("undo_import.OPEN_EDIT", "The edit that undoes an import."),
    _import("undo_import.NEXT_PARCELS", "Parcels that are as an import made them.", whole=FILE),
    _import("undo_import.RETIRE", "Their end."),
    _import("undo_import.SHRINK_STACKS", "Stacks of which a parcel is gone."),
    _import("undo_import.CLOSE_FINDINGS", "Findings of which a parcel is gone."),
    _import("undo_import.COUNT", "Parcels that an undoing retired, and those it left.", whole=ONE_IMPORT),
    _import("undo_import.COUNT_CLOSED", "Findings that an undoing closed."),
    _import("undo_import.RECEIPT", "The receipt of an import."),
    _import("undo_import.RECEIPT_OF_KEY", "The receipt under a key."),
    _import("import_zoning.DELETE_ZONING", "Everything of the zoning before.",
            build=lambda _session, _sample: DELETE_ZONING.split(";")[0], whole="replaces all zoning at once"),
    _import("import_zoning.NEXT_PARCELS", "The next current parcels by internal id."),
    _import("import_zoning.LOCK_PARCELS", "Parcels whose shares are computed."),
)  # fmt: skip
