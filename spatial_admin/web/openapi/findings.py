"""GET /api/findings: what is wrong, where, how much, and what would fix it."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.rules import FOUND
from spatial_admin.models.finding import SEVERITIES, STATUSES
from spatial_admin.services.authorize import EDITOR
from spatial_admin.services.list_findings import MOST
from spatial_admin.services.offer_fixes import MOST_OFFERED, NEEDS
from spatial_admin.settings import NATURES, Limits
from spatial_admin.web.api_findings import BIGGEST, LIMIT, NUMBER
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
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
SCHEMAS: Final[dict[str, Json]] = {
    "StoredFinding": members(
        {
            "id": whole("its number", 1),
            "rule": RULE,
            "severity": one_of(SEVERITIES),
            "status": one_of(STATUSES, "accepted: a lawful exception, with its reason"),
            "parcels": list_of(text(), "permanent ids of all concerned"),
            "place": or_null(ref("Geometry")),
            "measure": or_null(number("how much: m² for overlap, sliver and gap")),
            "opened_at": moment("when it was first found"),
            "changed_at": moment("when it last changed"),
            "opened_by": or_null(whole("the edit that opened it", 0)),
            "closed_by": or_null(whole("the edit that closed it", 0)),
            "assignee": or_null(text("email of who has it")),
            "reason": or_null(text("why it was accepted")),
            "accepted_until": or_null(moment("when the acceptance ends")),
        },
        "A stored validity error.",
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
ROUTES: Final = (
    Route(
        "get", "/api/findings", "Findings",
        "Newest first. All parameters narrow; none counts the whole table.",
        [Answer(200, "A page of findings.", PAGE)],
        (
            Parameter("status", one_of(STATUSES), "only those in this status"),
            Parameter("rule", RULE, "only those of this rule"),
            Parameter("bbox", text(), "west,south,east,north in degrees: only those whose place meets it"),
            Parameter("limit", {**whole("", 1, MOST), "default": LIMIT}, "how many at most"),
            Parameter("cursor", text(), "`next_cursor` of the page before"),
        ),
        problems=["bad_request"],
        examples=[
            Example("open_overlaps", "Open overlaps", "/api/findings?status=open&rule=overlap", 200),
            Example("findings_in_a_box", "In a box", "/api/findings?bbox=2.305,48.685,2.315,48.695&limit=10", 200),
            Example("no_such_status", "A status that there is not", "/api/findings?status=closed", 400),
        ],
    ),
    Route(
        "get", f"/api/findings/{NUMBER}/fixes", "Fixes of a finding",
        "Candidates for overlap, sliver, gap, missing point, spike and repeated point. Each was tried as a dry run: it "
        "closes the finding, opens none, and changes what it lists. It is sent like any edit; where somebody was "
        "faster, the answer is 409 as always.",
        [Answer(200, "The fixes.", FIXES)],
        [Parameter("finding_id", whole("", 0, BIGGEST), "its number", "path")],
        problems=["bad_request", "not_found", "limit_exceeded", "contention", "too_slow"],
        examples=[Example("no_such_finding", "One that there is not", "/api/findings/999999/fixes", 404)],
        role=EDITOR,
    ),
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Findings to read."""
    return Section(
        "Findings", "What the rules found. Validation never edits: edits open and close findings.", ROUTES, SCHEMAS
    )
