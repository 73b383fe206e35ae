"""Schemas of /api/drafts: what a draft holds, what happened to it, what it would do."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import CHANGES, DRAFT_STATES
from spatial_admin.models.draft import DRAFT_EVENTS
from spatial_admin.services.drafts.parse_draft import LONGEST_NOTE, LONGEST_TITLE
from spatial_admin.services.editing.parse_edit import LONGEST_COMMENT
from spatial_admin.services.findings.review_findings import MOST_AT_ONCE
from spatial_admin.settings import APPROVALS, NATURES, Limits
from spatial_admin.web.openapi.description import Json
from spatial_admin.web.openapi.schema import (
    about,
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
    whole,
)

SEEN: Final = map_of(whole("", 1, 2**31 - 1), "the version of parcels as their author saw them, by parcel_id")
SUMMARY: Final[dict[str, Json]] = {
    "id": whole("", 1),
    "key": text("the key it was given", format="uuid"),
    "state": one_of(DRAFT_STATES),
    "owner": text("email of whoever works on it"),
    "version": whole("one more with every change", 1),
    "title": text("what its owner calls it; empty where it was not said"),
    "comment": text("why, so far"),
    "record_id": or_null(whole("the record that the edit is to rest on", 1)),
    "nature": one_of(
        APPROVALS,
        "of the edit that it is to become; `acceptance` where it accepts findings, `known_gap` where land is open",
    ),
    "reverts": or_null(whole("the edit that it undoes, where it is an undoing", 1)),
    "operation_count": whole("how many operations it has, of an acceptance how many findings", 1),
    "parcels": list_of(text(), "parcel_id of what it would change"),
    "created_at": moment("when it was begun"),
    "changed_at": moment("when it was last kept"),
    "expires_at": moment("after this maintenance may delete it; every change puts it off, and what waits, stays"),
    "edit_id": or_null(whole("the edit that it became")),
    "admits": or_null(about(ref("AdmittedRow"), "the refused row of an import that it makes a parcel of")),
    "accepts": or_null(about(ref("AcceptedFindings"), "findings that are to be accepted, or whose land is open")),
    "event": or_null(
        about(ref("DraftEvent"), "the last that happened to it: since when it waits, why it was returned")
    ),
}
EVENT: Final = members(
    {
        "what": one_of(DRAFT_EVENTS, "`conflict`: returned because it could not be saved as it was"),
        "by": text("email of whoever did it"),
        "at": moment("when"),
        "comment": text("what they said with it"),
        "problem": or_null({"type": "object", "description": "of a conflict: as POST /api/edits would have answered"}),
    },
    "What happened to a draft on its way to approval.",
)
DRY_RUN: Final = members(
    {
        "parcels": list_of(members({
            "parcel_id": text(), "number": or_null(text("as people print it")), "change": one_of(CHANGES),
            "area_m2_before": or_null(number("square metres; null where it comes to be")),
            "area_m2_after": or_null(number("square metres; null where it ends")),
            "legal_area_m2": or_null(number("as a document states it, square metres")),
            "attributes": list_of(members({"name": text(), "before": {}, "after": {}}), "those that become others"),
        })),
        "findings": members({
            "found": list_of(members({
                "rule": text(), "parcels": list_of(text()), "place": or_null(ref("Geometry")),
                "measure": or_null(number("in the unit of the rule")),
            }), "those that would open"),
            "gone": list_of(members({"rule": text(), "parcels": list_of(text())}), "those that would close"),
        }),
        "disputed": list_of(ref("MovedDispute"), "disputed boundaries that it would move"),
        "preview": or_null(members({
            "come": or_null(ref("Geometry")), "gone": or_null(ref("Geometry")),
        }, "boundaries that come and that go, lines in lon/lat")),
        "problem": or_null({"type": "object", "description": "why it could not be saved now, as for POST /api/edits"}),
    },
    "What the draft would do if it were approved now.",
)  # fmt: skip
DRAFT: Final = members(
    {
        **SUMMARY,
        "seen": SEEN,
        "operations": list_of({"type": "object"}, "as they were sent"),
        "notes": list_of(text(), "what was decided when each operation was made"),
        "accept": list_of(ref("Acceptance"), "what its author accepts with the edit"),
        "events": list_of(ref("DraftEvent"), "what happened to it, in order"),
        "dry_run": about(ref("DraftDryRun"), "only while it waits for approval"),
    },
    "A draft with what it holds.",
    {"dry_run"},
)
ADMITS: Final = fields({"import": whole("", 1, 2**63 - 1), "row": whole("number in its file", 1, 2**31 - 1)})
FINDINGS: Final[dict[str, Json]] = {
    "ids": list_of(whole("", 1, 2**63 - 1), "findings", 1, MOST_AT_ONCE),
    "seen": map_of(moment(""), "`changed_at` as it was seen, by number; of the others, as it is when it is submitted"),
    "until": or_null(text("a date, or a moment with its offset: then they open again; null for good")),
}
OF_OTHERS: Final = members(
    {
        "id": whole("", 1),
        "owner": text("email of whoever works on it"),
        "state": one_of(("open", "submitted", "returned"), "`submitted`: it waits for approval"),
        "record": or_null(members({
            "id": whole("", 1), "type": text("type of the document"), "number": or_null(text("as it is cited")),
        }, "the record that it is to rest on")),
        "created_at": moment("when it was begun"),
        "changed_at": moment("when it was last kept"),
        "bbox": list_of({"type": "number"}, "west, south, east, north in degrees: where it lies", 4, 4),
        "parcels": list_of(members({
            "parcel_id": text("permanent id"), "number": or_null(text("as people print it")),
        }), "current parcels that it would change"),
    },
    "A draft of a colleague, as far as others may know.",
)  # fmt: skip
KEY: Final = text("a UUID made for this draft: sent again, it is the same draft", format="uuid")
VERSION: Final = whole("the version of the draft that was seen", 1, 2**31 - 1)


def schemas_of(limits: Limits) -> dict[str, Json]:
    """By name."""
    held: dict[str, Json] = {
        "title": text("what to call it", LONGEST_TITLE, default=""),
        "comment": text("why, so far", LONGEST_COMMENT, default=""),
        "record_id": or_null(whole("the record that the edit is to rest on", 1, 2**63 - 1)),
        "seen": SEEN,
        "operations": list_of(ref("Operation"), "run in order", 1, limits.operations_per_edit),
        "notes": list_of(
            text("", LONGEST_NOTE), "what was decided when each operation was made", 0, limits.operations_per_edit
        ),
    }
    held["nature"] = {**one_of(NATURES), "default": "correction"}
    held["accept"] = list_of(ref("Acceptance"), "what is accepted with the edit; for reviewers")
    held["admits"] = or_null(about(ref("AdmittedRow"), "the refused row that it makes a parcel of; for reviewers"))
    instead = "in place of `operations`: "
    entry = {
        **held,
        "reverts": or_null(whole(f"{instead}the edit that is to be undone", 1, 2**63 - 1)),
        "accepts": or_null(
            about(ref("FindingsToAccept"), f"{instead}findings to accept as lawful, for the reason in `comment`")
        ),
    }
    optional = set(entry)
    return {
        "DraftEntry": fields(
            {"key": KEY, **entry}, "A draft to begin: `operations`, `reverts` or `accepts`.", optional
        ),
        "DraftChange": fields({"version": VERSION, **entry}, "What a draft holds from now on.", optional),
        "DraftStep": fields(
            {"version": VERSION, "comment": text("what is said with it", LONGEST_COMMENT, default="")},
            "A step of a draft to its edit.",
            {"comment"},
        ),
        "AdmittedRow": ADMITS,
        "FindingsToAccept": fields(FINDINGS, "An acceptance.", {"seen", "until"}),
        "AcceptedFindings": members(FINDINGS, "An acceptance, as it is kept."),
        "DraftEvent": EVENT,
        "DraftDryRun": DRY_RUN,
        "DraftTitle": fields(
            {"version": VERSION, "title": text("what to call it", LONGEST_TITLE)}, "What a draft is called from now on."
        ),
        "DraftOfOthers": OF_OTHERS,
        "DraftSummary": members(SUMMARY, "A draft without what it holds."),
        "Draft": DRAFT,
    }
