"""Schemas of /api/findings: a finding, what would fix it, and all of them in numbers."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.rules import FOUND
from spatial_admin.models.draft import ACCEPTANCE, KNOWN_GAP
from spatial_admin.models.finding import SEVERITIES, STATUSES
from spatial_admin.services.editing.offer_fixes import MOST_OFFERED, NEEDS
from spatial_admin.services.findings.list_findings import AGES
from spatial_admin.services.findings.show_finding import MOST_PARCELS, MOST_RECORDS
from spatial_admin.services.findings.summarize_findings import DAYS
from spatial_admin.settings import NATURES
from spatial_admin.web.openapi.description import Json
from spatial_admin.web.openapi.schema import (
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

RULE: Final = one_of(sorted(FOUND), "the rule that is broken")
FINDING: Final[dict[str, Json]] = {
    "id": whole("its number", 1),
    "rule": RULE,
    "title": text("the rule as people call it"),
    "severity": one_of(SEVERITIES),
    "status": one_of(STATUSES, "accepted: a lawful exception, with its reason"),
    "parcels": list_of(text(), "permanent ids of all concerned"),
    "numbers": list_of(text(), "of the same, what people call them: the number, else the id"),
    "place": or_null(ref("Geometry")),
    "bbox": or_null(list_of(number(), "of the place: west, south, east, north in degrees", 4, 4)),
    "measure": or_null(number("how much: m² for overlap, sliver and gap")),
    "measure_text": or_null(text("the same with its unit")),
    "opened_at": moment("when it was first found"),
    "changed_at": moment("when it last changed; send it back as `seen`"),
    "age_days": whole("whole days since it was first found", 0),
    "opened_by": or_null(whole("the edit that opened it", 0)),
    "closed_by": or_null(whole("the edit that closed it", 0)),
    "assignee": or_null(text("email of who has it")),
    "reason": or_null(text("why it was accepted")),
    "record": or_null(ref("CitedRecord")),
    "accepted_until": or_null(moment("when the acceptance ends")),
    "disputed": truth("does it lie on a boundary that is disputed?"),
    "waiting": or_null(
        members(
            {
                "draft_id": whole("", 1),
                "by": text("email"),
                "since": moment("when it was submitted"),
                "nature": one_of((ACCEPTANCE, KNOWN_GAP), "accept it, or declare its land open"),
            },
            "the draft that would do so, and waits for a second person",
        )
    ),
}
SCHEMAS: Final[dict[str, Json]] = {
    "StoredFinding": members(FINDING, "A stored validity error."),
    "FindingDetail": members(
        {
            **FINDING,
            "sentence": text("what is wrong, in one plain sentence"),
            "opened": or_null(
                members(
                    {
                        "words": text("where it came from, in words"),
                        "edit_id": or_null(whole("", 0)),
                        "import_id": or_null(whole("", 1)),
                    },
                    "what opened it last",
                )
            ),
            "parcels_detail": list_of(
                members(
                    {
                        "parcel_id": text(),
                        "number": or_null(text()),
                        "version": whole("", 1),
                        "level": text(),
                        "kind": text(),
                        "area_m2": number(),
                        "legal_area_m2": or_null(number("stated area")),
                        "legal_area_text": or_null(text("as it is stated")),
                        "is_retired": truth(""),
                        "records": list_of(
                            members({"id": whole("", 1), "type": text(), "number": or_null(text()), "title": text()}),
                            "that its versions rest on, the newest first",
                            most=MOST_RECORDS,
                        ),
                    }
                ),
                most=MOST_PARCELS,
            ),
            "history": list_of(
                members(
                    {
                        "at": moment("when"),
                        "what": one_of(("opened", "changed", "fixed", "reopened", "accepted", "assigned")),
                        "who": or_null(text("email of who did it; of an edit its author")),
                        "approved_by": or_null(text("email of the second person, where one was needed")),
                        "edit_id": or_null(whole("", 0)),
                        "import_id": or_null(whole("the import that the edit is of", 1)),
                        "assignee": or_null(text("email of who was given it")),
                        "reason": or_null(text("in their words")),
                        "record": or_null(ref("CitedRecord")),
                        "words": text("in one line"),
                    }
                ),
                "what happened to it, in order",
            ),
            "seen_again": members(
                {"scans": whole("", 0), "last": or_null(moment("when the last of them ended"))},
                "scans that saw it again since it was opened last",
            ),
        },
        "A finding with what helps to judge it.",
    ),
    "Fix": members(
        {
            "title": text("what it does, in plain words"),
            "needs": one_of(
                NEEDS, "what its author owes: `nothing` only where no point moves by more than points are accurate"
            ),
            "farthest_m": number("how far the farthest point of a boundary moves, in metres", minimum=0),
            "is_below_accuracy": truth("is that below the accuracy of the points?"),
            "parcels": list_of(ref("ChangedParcel"), "every parcel that it changes, with its area before and after"),
            "numbers": map_of(or_null(text()), "what people call these parcels, by parcel_id"),
            "closes": list_of(whole("", 1), "findings that it closes; it opens none"),
            "comment": text("a reason to begin with"),
            "nature": one_of(NATURES),
            "seen": map_of(whole("", 1, 2**31 - 1), "as POST /api/edits takes it"),
            "operations": list_of({"type": "object"}, "as POST /api/edits takes them", 1),
            "preview": members(
                {"come": or_null(ref("Geometry")), "gone": or_null(ref("Geometry"))},
                "boundaries that come and go: lines in degrees, for drawing",
            ),
        },
        "An edit that closes a finding, tried as a dry run: send it with a key of your own.",
    ),
}
PAGE: Final = members(
    {
        "findings": list_of(ref("StoredFinding")),
        "next_cursor": or_null(text("send it as `cursor`; null on the last page")),
    }
)
FIXES: Final = members(
    {
        "finding": members(
            {
                "id": whole("its number", 1),
                "rule": RULE,
                "status": one_of(STATUSES),
                "parcels": list_of(text(), "permanent ids of all concerned"),
            }
        ),
        "accuracy_m": number("how accurate points are taken to be, in metres", minimum=0),
        "fixes": list_of(ref("Fix"), "what moves least comes first; none is preselected", most=MOST_OFFERED),
        "why_none": or_null(text("why there is none, where there is none")),
    }
)
SUMMARY: Final = members(
    {
        "open": whole("", 0),
        "yours": whole("open ones that the caller has", 0),
        "accepted": whole("", 0),
        "fixed_this_week": whole("in the last seven days", 0),
        "by_rule": list_of(
            members({"rule": RULE, "title": text(), "count": whole("", 1)}), "open ones, the commonest rule first"
        ),
        "by_severity": list_of(members({"severity": one_of(SEVERITIES), "count": whole("", 0)}), "open ones"),
        "by_age": list_of(
            members({"age": one_of(tuple(AGES)), "label": text(), "count": whole("", 0)}),
            "open ones, the youngest first",
        ),
        "trend": list_of(
            members(
                {
                    "day": text("in UTC", format="date"),
                    "open": whole("at its end", 0),
                    "opened": whole("", 0),
                    "fixed": whole("", 0),
                }
            ),
            "the last day is today",
            DAYS,
            DAYS,
        ),
        "last_scan": or_null(
            members(
                {"id": whole("", 1), "ended_at": moment("when"), "parcels": whole("", 0), "seconds": number("it took")},
                "the last scan that came to its end",
            )
        ),
    }
)
PARTS: Final[dict[str, Json]] = {
    "done": list_of(whole("", 1), "findings that are as was asked for"),
    "left": list_of(members({"id": whole("", 1), "why": text("in words")}), "findings that were left"),
}
OUTCOME: Final = members(PARTS)
