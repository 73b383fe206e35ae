"""GET /api/findings: what is wrong, where, how much, and what would fix it."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.rules import FOUND
from spatial_admin.models.finding import SEVERITIES, STATUSES
from spatial_admin.services.authorize import EDITOR, REVIEWER
from spatial_admin.services.list_findings import MOST, ORDERS
from spatial_admin.services.offer_fixes import MOST_OFFERED, NEEDS
from spatial_admin.services.parse_edit import NATURES
from spatial_admin.services.parse_record import LONGEST_EMAIL
from spatial_admin.services.parse_review import LONGEST_REASON
from spatial_admin.services.review_findings import MOST_AT_ONCE
from spatial_admin.services.show_finding import MOST_PARCELS, MOST_RECORDS
from spatial_admin.services.summarize_findings import DAYS
from spatial_admin.settings import Limits
from spatial_admin.web.api_findings import BIGGEST, LIMIT, NUMBER
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.schema import (
    fields,
    list_of,
    map_of,
    members,
    moment,
    name_text,
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
        "by_age": list_of(members({"label": text(), "count": whole("", 0)}), "open ones, the youngest first"),
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
OUTCOME: Final = members(
    {
        "done": list_of(whole("", 1), "findings that are as was asked for"),
        "left": list_of(members({"id": whole("", 1), "why": text("in words")}), "findings that were left"),
    }
)
FINDING_ID: Final = Parameter("finding_id", whole("", 0, BIGGEST), "its number", "path")
NARROWING: Final = (
    Parameter("status", one_of(STATUSES), "only those in this status"),
    Parameter("rule", text("", pattern="^[a-z_]+(,[a-z_]+)*$"), "only those of this rule, or of several: `gap,sliver`"),
    Parameter("severity", one_of(SEVERITIES), "only those of this severity"),
    Parameter("assignee", text("", LONGEST_EMAIL), "only those that `me`, `none` or an email has"),
    Parameter("batch", whole("", 1, BIGGEST), "only those that this import opened"),
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
    *_step("accept", "Accept", "As a lawful exception, for good or until a day.", ACCEPTANCE, RECORD_PROBLEMS,
           REVIEWER),
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
