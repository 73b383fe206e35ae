"""GET /api/findings: what is wrong, where, how much, and what would fix it."""

from __future__ import annotations

from typing import Final

from spatial_admin.models.draft import ACCEPTANCE as ACCEPTANCE_NATURE
from spatial_admin.models.draft import KNOWN_GAP
from spatial_admin.models.finding import SEVERITIES, STATUSES
from spatial_admin.services.findings.list_findings import AGES, MOST, ORDERS
from spatial_admin.services.findings.parse_review import LONGEST_REASON
from spatial_admin.services.findings.review_findings import MOST_AT_ONCE
from spatial_admin.services.records.parse_record import LONGEST_EMAIL
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER
from spatial_admin.settings import Limits
from spatial_admin.web.api_findings import LIMIT, NUMBER
from spatial_admin.web.finding_arguments import BIGGEST, LONGEST_AREA
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.finding_schemas import FIXES, OUTCOME, PAGE, PARTS, SCHEMAS, SUMMARY
from spatial_admin.web.openapi.schema import (
    fields,
    list_of,
    map_of,
    members,
    moment,
    name_text,
    one_of,
    or_null,
    ref,
    text,
    whole,
)

CHOSEN: Final = {
    "ids": list_of(whole("", 1, BIGGEST), "findings", 1, MOST_AT_ONCE),
    "seen": map_of(moment(""), "`changed_at` as it was seen, by number: what changed since is left"),
}
SEEN: Final = {"seen": {"anyOf": [moment("`changed_at` as it was seen"), CHOSEN["seen"]]}}
ACCEPTANCE: Final = {
    "reason": name_text("why it is lawful", LONGEST_REASON),
    "record_id": or_null(whole("the record that says so", 1, BIGGEST)),
    "until": or_null(text("a date, or a moment with its offset: then it opens again")),
}
ASSIGNMENT: Final = {"assignee": or_null(text("email, `me`, or null for nobody", LONGEST_EMAIL))}
REOPENING: Final = {"reason": name_text("why", LONGEST_REASON)}
KEY: Final = text("a UUID made for this: sent again, it is the same draft", format="uuid")
NATURE: Final = one_of((ACCEPTANCE_NATURE, KNOWN_GAP), "acceptance where it is left out")
FINDING_ID: Final = Parameter("finding_id", whole("", 0, BIGGEST), "its number", "path")
NARROWING: Final = (
    Parameter("status", one_of(STATUSES), "only those in this status"),
    Parameter("rule", text("", pattern="^[a-z_]+(,[a-z_]+)*$"), "only those of this rule, or of several: `gap,sliver`"),
    Parameter("severity", one_of(SEVERITIES), "only those of this severity"),
    Parameter("assignee", text("", LONGEST_EMAIL), "only those that `me`, `none` or an email has"),
    Parameter("batch", whole("", 1, BIGGEST), "only those that this import opened"),
    Parameter("age", one_of(tuple(AGES)), "only those first found so many days ago"),
    Parameter(
        "area",
        text("", LONGEST_AREA, pattern="^(district|level):.+$"),
        "only those whose first parcel lies mostly in this zoning district, `district:CODE`; or in none, and is of "
        "this level, `level:CODE`",
    ),
    Parameter("disputed", one_of(("1",)), "only those on a boundary that is disputed"),
    Parameter("bbox", text(), "west,south,east,north in degrees: only those whose place meets it"),
)
STEP_PROBLEMS: Final = ["bad_request", "limit_exceeded", "contention", "too_slow"]
RECORD_PROBLEMS: Final = ["record_required", "unknown_record", "record_returned"]


def _step(name: str, what: str, about: str, asked: dict[str, Json], needs: list[str], role: str | None) -> list[Route]:
    """One finding, and many at once."""
    optional = {"seen", "record_id", "until"} & {"seen", *asked}
    one = Route(
        "post", f"/api/findings/{NUMBER}/{name}", f"{what} a finding", f"{about} Said again it changes nothing.",
        [Answer(200, "The finding as it is now.", ref("FindingDetail"))], [FINDING_ID],
        fields({**asked, **SEEN}, optional=optional),
        [*STEP_PROBLEMS, "not_found", "finding_changed", *needs], role=role,
    )  # fmt: skip
    many = Route(
        "post", f"/api/findings/{name}", f"{what} findings", f"{about} Each for itself: what cannot be done is left.",
        [Answer(200, "What was done, and what was left.", OUTCOME)], (),
        fields({**CHOSEN, **asked}, optional=optional), [*STEP_PROBLEMS, *needs],
        EXAMPLES.get(name, ()), role,
    )  # fmt: skip
    return [one, many]


EXAMPLES: Final = {
    "assign": [
        Example("give_back", "One that there is not", "/api/findings/assign", 200, {"ids": [999999], "assignee": None})
    ]
}
ROUTES: Final = (
    Route(
        "get", "/api/findings", "Findings",
        "Newest first, or in another order. All parameters narrow; none counts the whole table.",
        [Answer(200, "A page of findings.", PAGE)],
        (
            *NARROWING,
            Parameter("sort", one_of(tuple(ORDERS)), "`worst`: by severity, then by measure; `newest` by default"),
            Parameter("limit", {**whole("", 1, MOST), "default": LIMIT}, "how many at most"),
            Parameter("cursor", text(), "`next_cursor` of the page before, in the same order"),
        ),
        problems=["bad_request"],
        examples=[
            Example("open_overlaps", "Open overlaps", "/api/findings?status=open&rule=overlap", 200),
            Example("worst_findings", "The worst", "/api/findings?status=open&sort=worst&limit=10", 200),
            Example("findings_in_a_box", "In a box", "/api/findings?bbox=2.305,48.685,2.315,48.695&limit=10", 200),
            Example("no_such_status", "A status that there is not", "/api/findings?status=closed", 400),
        ],
    ),
    Route(
        "get", "/api/findings/summary", "Findings in numbers", "Narrowed as the list is; the status is not looked at.",
        [Answer(200, "The numbers.", SUMMARY)], NARROWING, problems=["bad_request"],
        examples=[Example("findings_in_numbers", "All", "/api/findings/summary", 200)],
    ),
    Route(
        "get", f"/api/findings/{NUMBER}", "A finding", "With its history, its parcels and where it came from.",
        [Answer(200, "The finding.", ref("FindingDetail"))], [FINDING_ID], problems=["bad_request", "not_found"],
        examples=[Example("no_finding", "One that there is not", "/api/findings/999998", 404)],
    ),
    *_step("accept", "Accept", "As a lawful exception, for good or until a day.", ACCEPTANCE,
           [*RECORD_PROBLEMS, "approval_required"], REVIEWER),
    Route(
        "post", "/api/findings/propose", "Propose to accept findings",
        "Where a second person has to agree: the acceptance (or, with the nature `known_gap`, the declaration that "
        "their land is open, which has neither record nor until) is kept as a draft under its key and submitted at "
        "once. What cannot be accepted is left, the rest waits.",
        [Answer(201, "It waits for approval.", members({"draft_id": whole("", 1), **PARTS}))], (),
        fields(
            {"key": KEY, "nature": NATURE, **CHOSEN, **ACCEPTANCE},
            optional={"nature", "seen", "record_id", "until"},
        ),
        [*STEP_PROBLEMS, *RECORD_PROBLEMS, "not_found", "key_reused", "findings_changed"],
        [Example("propose_as_editor", "By who is no reviewer", "/api/findings/propose", 403,
                 {"key": "0d9f2c1e-0000-4000-8000-0000000000e1", "ids": [1], "reason": "Plat 12"})],
        REVIEWER,
    ),
    *_step("declare", "Declare the land open of", "Land that nobody owns, and lawfully so: of a gap only. It is fixed, "
           "and scans find no gap of which nine tenths lie there.", REOPENING, ["approval_required"], REVIEWER),
    *_step("assign", "Assign", "Editors take one for themselves or give it back, reviewers give it to anybody.",
           ASSIGNMENT, ["not_allowed"], None),
    *_step("reopen", "Reopen", "Take an acceptance back; what is fixed only a rule opens again.", REOPENING, [],
           REVIEWER),
    Route(
        "get", f"/api/findings/{NUMBER}/fixes", "Fixes of a finding",
        "Candidates for overlap, sliver, gap, missing point, spike and repeated point. Each was tried as a dry run: it "
        "closes the finding, opens none, and changes what it lists. It is sent like any edit; where somebody was "
        "faster, the answer is 409 as always.",
        [Answer(200, "The fixes.", FIXES)],
        [FINDING_ID],
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
