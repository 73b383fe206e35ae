"""GET /api/findings: what is wrong, where, how much."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.rules import FOUND
from spatial_admin.models.finding import SEVERITIES, STATUSES
from spatial_admin.services.list_findings import MOST
from spatial_admin.settings import Limits
from spatial_admin.web.api_findings import LIMIT
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.schema import list_of, members, moment, number, one_of, or_null, ref, text, whole

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
    )
}
PAGE: Final = members(
    {
        "findings": list_of(ref("StoredFinding")),
        "next_cursor": or_null(text("send it as `cursor`; null on the last page")),
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
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Findings to read."""
    return Section(
        "Findings", "What the rules found. Validation never edits: edits open and close findings.", ROUTES, SCHEMAS
    )
