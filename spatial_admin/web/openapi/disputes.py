"""/api/disputes: boundaries that somebody contests."""

from __future__ import annotations

from typing import Final

from spatial_admin.services.findings.dispute_boundary import BEFORE_ALL, MOST
from spatial_admin.services.findings.parse_review import LONGEST_REASON
from spatial_admin.services.shared.authorize import REVIEWER
from spatial_admin.settings import Limits
from spatial_admin.web.api_disputes import LIMIT, LONGEST_ID, NUMBER
from spatial_admin.web.openapi.description import Answer, Example, Parameter, Route, Section
from spatial_admin.web.openapi.schema import (
    fields,
    list_of,
    members,
    moment,
    name_text,
    number,
    one_of,
    or_null,
    ref,
    text,
    whole,
)

PATH: Final = "/api/disputes"
DISPUTE: Final = members(
    {
        "id": whole("", 1),
        "place": ref("Geometry"),
        "parcels": list_of(text(), "permanent ids of whose boundary it is"),
        "numbers": list_of(text(), "of the same, what people call them"),
        "reason": text("who disputes what"),
        "record": or_null(ref("CitedRecord")),
        "marked_by": or_null(text("email")),
        "marked_at": moment("since when"),
        "ended_by": or_null(text("email")),
        "ended_at": or_null(moment("until when; null: it goes on")),
        "ended_reason": or_null(text("how it was settled")),
    },
    "A boundary that somebody contests.",
)
POINT: Final = list_of(number(), "a point as it is stored", 2, 2)
MARK: Final = fields(
    {
        "reason": name_text("who disputes what", LONGEST_REASON),
        "record_id": or_null(whole("the record that says so", 1, BEFORE_ALL)),
        "from": POINT,
        "to": POINT,
        "parcels": list_of(text("", LONGEST_ID), "whose boundary is meant, where several run there", 1, 2),
        "finding": whole("instead of `from` and `to`: the place of this finding", 1, BEFORE_ALL),
    },
    optional={"record_id", "from", "to", "parcels", "finding"},
)
DISPUTE_ID: Final = Parameter("dispute_id", whole("", 0, BEFORE_ALL), "its number", "path")
ROUTES: Final = (
    Route(
        "get", PATH, "Disputes", "Those that go on, newest first.",
        [
            Answer(
                200,
                "A page of disputes.",
                members(
                    {
                        "disputes": list_of(ref("Dispute")),
                        "next_cursor": or_null(text("send it as `cursor`; null on the last page")),
                    }
                ),
            )
        ],
        (
            Parameter("bbox", text(), "west,south,east,north in degrees: only those that meet it"),
            Parameter("parcel", text(), "only those of this parcel"),
            Parameter("ended", one_of(("1",)), "also those that have ended"),
            Parameter("limit", {**whole("", 1, MOST), "default": LIMIT}, "how many at most"),
            Parameter("cursor", text(), "`next_cursor` of the page before"),
        ),
        problems=["bad_request"],
        examples=[Example("disputes", "Those that go on", PATH, 200)],
    ),
    Route(
        "post", PATH, "Mark a boundary as disputed",
        "From one point to another, both exact, along the boundary that the same one or two parcels have; or the place "
        "of a finding. It says so and forbids nothing: who edits there is not refused, and the mark stays where it is.",
        [Answer(201, "The dispute.", ref("Dispute"))],
        body=MARK,
        problems=["bad_request", "not_found", "limit_exceeded", "unknown_record", "record_returned", "contention",
                  "too_slow"],
        role=REVIEWER,
    ),
    Route(
        "get", f"{PATH}/{NUMBER}", "A dispute", "Also one that has ended.",
        [Answer(200, "The dispute.", ref("Dispute"))], [DISPUTE_ID], problems=["bad_request", "not_found"],
        examples=[Example("no_dispute", "One that there is not", f"{PATH}/999999", 404)],
    ),
    Route(
        "post", f"{PATH}/{NUMBER}/end", "End a dispute", "Said again it changes nothing.",
        [Answer(200, "The dispute.", ref("Dispute"))], [DISPUTE_ID],
        body=fields({"reason": name_text("how it was settled", LONGEST_REASON)}),
        problems=["bad_request", "not_found", "limit_exceeded", "contention", "too_slow"],
        role=REVIEWER,
    ),
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Disputes to read, to mark and to end."""
    return Section("Disputes", "Boundaries that somebody contests.", ROUTES, {"Dispute": DISPUTE})
