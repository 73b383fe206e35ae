"""Statements of an edit, from its key to its receipt.

What it reads around it, and what it writes of boundaries and of its own row, is planned in functions (migrations 0020,
0026 and 0028), which EXPLAIN shows nothing of: tests/concurrency/test_false_aborts.py reads off its locks that they go
by the index of boundaries.
"""

from __future__ import annotations

from typing import Any, Final

from spatial_admin.services.database.named_queries import NamedQuery


def _edit(name: str, sentence: str, **more: Any) -> NamedQuery:
    return NamedQuery(name, sentence, is_edit=True, **more)


QUERIES: Final = (
    NamedQuery("edit_transaction.STORED_EDIT", "The edit that holds a key already."),
    _edit("read_parcels.PARCELS_BY_ID", "Current parcels by permanent id."),
    _edit("read_parcels.RETIRED_BY_ID", "Retired parcels by permanent id."),
    _edit("read_parcels.UNITS_OF", "Current units of ground parcels."),
    _edit("read_parcels.CURRENT_VERSIONS", "The versions that parcels have now."),
    _edit("read_parcels.PARCEL_AT_VERSION", "A parcel as it was at a version."),
    _edit("require_record.STATE_OF_RECORD", "The state of the record that an edit rests on."),
    _edit("write_parcels.UPDATE_ATTRIBUTES", "Attributes of parcels, by the rows' addresses."),
    _edit("write_parcels.RETIRE", "The end of parcels."),
    _edit("write_parcels.INSERT", "New parcels."),
    _edit("write_parcels.INSERT_LINEAGE", "What came out of what."),
    _edit("record_findings.UPSERT", "A finding that an edit opens, changes or opens again.",
          values={"assignee": None}),
    _edit("record_findings.INHERITED", "What the findings of the parents say."),
    _edit("record_findings.CLOSE", "Findings that an edit closes."),
    _edit("offer_fixes.MEASURES", "How large the findings are around a fix that is tried."),
    _edit("record_findings.NOTE", "What happened to findings."),
    _edit("follow_gaps.BESIDE", "Findings of gaps beside parcels that began or ended, or whose land an edit changed."),
    _edit("follow_gaps.HELD", "Findings that were fixed under the parcels that now come to a gap."),
    _edit("follow_gaps.MOVE", "The parcels that now come to a gap.", values={"record_id": None}),
    _edit("follow_gaps.ADD", "A finding of a gap that parts from another.", values={"record_id": None}),
    _edit("follow_gaps.END", "Findings of gaps that became one with others."),
    _edit("revert_edit.EDIT", "The edit that is undone."),
    _edit("revert_edit.IMAGES", "Parcels of an edit, as it left them and as they were before."),
    _edit("revert_edit.LINEAGE", "The lineage that an edit made."),
    _edit("revert_edit.CLOSED", "The findings that an edit closed."),
    NamedQuery("describe_conflict.WHO_AND_WHEN", "Who made a version of a parcel, and when."),
    NamedQuery("describe_conflict.SEEN", "Since when a version was current that somebody saw."),
    NamedQuery("describe_conflict.NEWEST", "The newest version of a parcel."),
)  # fmt: skip
