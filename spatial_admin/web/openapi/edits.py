"""POST /api/edits and what belongs to it."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.rules import FOUND, SEVERITIES
from spatial_admin.models.parcel import CHANGES
from spatial_admin.services.editing.parse_edit import LONGEST_COMMENT, LONGEST_REASON, MOST_ACCEPTANCES
from spatial_admin.services.editing.show_edit import MOST
from spatial_admin.services.shared.authorize import EDITOR
from spatial_admin.settings import NATURES, Limits
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.edit_examples import EXAMPLES, REVERTS
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
    truth,
    whole,
)

VERSION: Final = whole("", 1, 2**31 - 1)
AREA: Final = or_null(number("in m²", minimum=0))
IDS: Final = list_of(whole("", 1))
RECEIPT: Final = members(
    {
        "edit_id": whole("number of the edit", 1),
        "key": text("the key it was given", format="uuid"),
        "parcels": list_of(ref("ChangedParcel"), "every parcel that gained a version"),
        "points": list_of(
            members(
                {"given": ref("Position"), "stored": list_of(number(), "where it is now, in storage coordinates", 2, 2)}
            ),
            "every new position, as it was given and as it is stored",
        ),
        "findings": members({"opened": IDS, "closed": IDS}, "ids of the findings that the edit opened and closed"),
        "attempts": whole("how often it was run until nobody interfered", 1),
        "rebased": truth("was it replayed on a newer version than was seen?"),
        "disputed": list_of(ref("MovedDispute"), "disputed boundaries that it moved; left out where there are none"),
    },
    "What an edit did.",
    {"disputed"},
)
MOVED_DISPUTE: Final = members(
    {
        "dispute_id": whole("its number", 1),
        "numbers": list_of(text(), "of the parcels whose boundary it is, what people call them"),
        "reason": text("who disputes what"),
        "marked_by": or_null(text("email of who marked it")),
        "marked_at": moment("since when"),
        "place": or_null(ref("Geometry")),
    },
    "A disputed boundary that an edit moves. It forbids nothing.",
)
CHANGED: Final = members(
    {
        "parcel_id": text(),
        "version": whole("the version it has now", 1),
        "change": one_of(CHANGES, "`noded`: it only received a point that lies on its boundary"),
        "area_m2_before": AREA,
        "area_m2_after": AREA,
    },
    "One parcel that gained a version.",
)
EDIT: Final = members(
    {
        "edit_id": whole("", 0),
        "key": text("", format="uuid"),
        "author": or_null(text("email; null where no account made it")),
        "approved_by": or_null(text("email of the second person; null where it needed none")),
        "approved_at": or_null(text("when they approved it", format="date-time")),
        "comment": or_null(text("why")),
        "nature": one_of(NATURES),
        "record": or_null(ref("CitedRecord")),
        "effective_from": text("the day from which it is law: its record's, or that of its making", format="date"),
        "made_at": moment("when"),
        "operations": or_null(list_of({"type": "object"}, "as they were sent")),
        "attempts": whole("", 0),
        "receipt": or_null({"type": "object", "description": "as it was answered; of an import, its counts"}),
        "parcels": list_of(
            members({"parcel_id": text(), "version": whole("", 1), "change": one_of(CHANGES)}),
            f"the versions it made, at most {MOST:,}",
        ),
    },
    "An edit that was made.",
)


REHEARSAL: Final = members(
    {
        "receipt": members(
            {**RECEIPT["properties"], "edit_id": {"type": "null"}},
            "as it would be; there is no edit and no finding",
            {"disputed"},
        ),
        "coverage": about(ref("Coverage"), "the parcels as they would be"),
        "findings": members(
            {
                "found": list_of(
                    members(
                        {
                            "rule": text(),
                            "parcels": list_of(text()),
                            "place": or_null({"type": "object", "description": "GeoJSON in storage coordinates"}),
                            "measure": or_null(number()),
                        }
                    )
                ),
                "gone": list_of(members({"rule": text(), "parcels": list_of(text())})),
            },
            "findings that would be opened or kept up to date, but for gaps that have theirs, and closed",
        ),
        "rules": map_of(
            members(
                {
                    "severity": one_of(SEVERITIES),
                    "is_on": truth("is it looked at?"),
                    "blocks": truth("does what it newly finds refuse an edit?"),
                    "numbers": map_of(number()),
                }
            ),
            "by name, as they were set when it judged; those that an editor can judge by itself",
        ),
    },
    "What an edit would do.",
)
COMMON: Final[dict[str, Json]] = {
    "key": text("a UUID made for this edit: sent again, nothing is done twice", format="uuid"),
    "comment": text("why", LONGEST_COMMENT, default=""),
    "if_stale": {
        **one_of(("reject", "rebase"), "what to do where a parcel changed since it was seen"),
        "default": "reject",
    },
    "record_id": or_null(whole("the record that it rests on", 1, 2**63 - 1)),
    "dry_run": {**truth("tell what would be done, and keep nothing"), "default": False},
}
REVERT: Final = fields(COMMON, "The undoing of an edit.", set(COMMON) - {"key"})
ACCEPTANCE: Final = fields(
    {
        "rule": one_of(sorted(FOUND)),
        "parcels": list_of(text("", 100), "of the finding", 1),
        "reason": text("why it is lawful", LONGEST_REASON, minLength=1, pattern=r"\S"),
    },
    "A finding that a reviewer accepts together with the edit that opens it.",
)
PREFER: Final = Parameter(
    "Prefer", text(), "`respond-async`: make it as a job, which may be larger; answered with 202", "header"
)


def _request(limits: Limits) -> Json:
    properties = {
        **COMMON,
        "nature": {**one_of(NATURES), "default": "correction"},
        "seen": map_of(
            VERSION,
            "the version of every parcel that the operations change, by parcel_id, as its author saw it; a neighbour "
            "that only receives a noded point need not be there",
        ),
        "operations": list_of(ref("Operation"), "run in order", 1, limits.operations_per_edit),
        "admits": fields(
            {"import": whole("", 1, 2**63 - 1), "row": whole("", 1, 2**31 - 1)},
            "the refused row of an import that the parcel drawn is; needs the role reviewer and a `comment`",
        ),
        "accept": list_of(ref("Acceptance"), "needs the role reviewer", most=MOST_ACCEPTANCES),
    }
    return fields(properties, "An edit as its author asks for it.", set(properties) - {"key", "operations"})


EITHER: Final[Json] = {"anyOf": [ref("Receipt"), ref("Rehearsal")]}
QUEUED_HEADERS: Final = {"Location": "the job", "Preference-Applied": "`respond-async`"}
REFUSALS: Final = (
    "bad_request", "version_conflict", "version_required", "edit_rejected", "unknown_point", "invalid_operation",
    "key_reused", "limit_exceeded", "contention", "outcome_unknown", "record_required", "unknown_record",
    "record_returned", "approval_required", "row_decided", "import_unfinished", "not_found",
)  # fmt: skip
REVERT_ROUTE: Final = Route(
    "post", "/api/edits/<int:edit_id>/revert", "Undo an edit",
    "A new edit. Each parcel whose current version is the edit's own gets its previous state back; others only with "
    "`if_stale: rebase`, where nobody touched since what it changed. An import is undone by a job, which an "
    "administrator asks for.",
    [
        Answer(201, "It is undone.", ref("Receipt")),
        Answer(200, "The key was used before, with the same content. Or a dry run.", EITHER),
        Answer(202, "A job undoes the import.", ref("QueuedEdit"), headers=QUEUED_HEADERS),
    ],
    [Parameter("edit_id", whole("", 0), "the edit to undo", "path")],
    body=ref("RevertRequest"),
    problems=REFUSALS,
    examples=REVERTS,
    role=EDITOR,
)  # fmt: skip


def describe(limits: Limits) -> Section:
    """Making an edit and reading one."""
    post = Route(
        "post", "/api/edits", "Make an edit",
        "One transaction, one answer: all of it, or nothing. Make one `key` for each edit and send the same again when "
        f"the connection was lost. At most {limits.parcels_per_edit} parcels and {limits.operations_per_edit:,} "
        f"operations; as a job {limits.parcels_per_job_edit:,} and {limits.operations_per_job_edit:,}.",
        [
            Answer(201, "The edit was made.", ref("Receipt")),
            Answer(
                200,
                "The key was used before, with the same content: the receipt it got then. Or a dry run.",
                EITHER,
            ),
            Answer(202, "A job was made of it.", ref("QueuedEdit"), headers=QUEUED_HEADERS),
        ],
        [PREFER],
        body=ref("EditRequest"),
        problems=REFUSALS,
        examples=EXAMPLES,
        role=EDITOR,
    )  # fmt: skip
    get = Route(
        "get", "/api/edits/<int:edit_id>", "One edit", "Who, when, why, its operations, and the versions it made.",
        [Answer(200, "The edit.", ref("Edit"))],
        [Parameter("edit_id", whole("", 0), "its number", "path")],
        problems=["bad_request", "not_found"],
        examples=[
            Example("read_edit", "The first edit", "/api/edits/1", 200),
            Example("no_such_edit", "One that there is not", "/api/edits/999999", 404),
        ],
    )  # fmt: skip
    schemas = {
        "EditRequest": _request(limits), "Acceptance": ACCEPTANCE, "RevertRequest": REVERT, "Receipt": RECEIPT,
        "ChangedParcel": CHANGED, "Rehearsal": REHEARSAL, "Edit": EDIT, "MovedDispute": MOVED_DISPUTE,
    }  # fmt: skip
    return Section("Edits", "Changing boundaries and properties.", [post, get, REVERT_ROUTE], schemas)
