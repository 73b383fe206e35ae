"""The way of a draft to approval: each step of the version that was seen, and the same again after a lost answer."""

from __future__ import annotations

from typing import Final

from spatial_admin.services.shared.authorize import REVIEWER
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route
from spatial_admin.web.openapi.schema import list_of, members, ref, whole

PATH: Final = "/api/drafts"
RULE: Final = "/api/drafts/<int(max=9223372036854775807):draft_id>"
DRAFT_ID: Final = Parameter("draft_id", whole("", 0, 2**63 - 1), "its id", "path")
APPROVED: Final[Json] = {
    "anyOf": [ref("Receipt"), members({"done": list_of(whole("", 1), "findings that are accepted")})]
}


def _steps() -> list[Route]:
    body, step, first = ref("DraftStep"), "draft_state", {"version": 1}
    of_edit = ["version_conflict", "version_required", "edit_rejected", "unknown_point", "invalid_operation"]
    of_edit += [
        "limit_exceeded",
        "record_required",
        "unknown_record",
        "record_returned",
        "contention",
        "findings_changed",
        "row_decided",
        "row_waits",
        "import_unfinished",
    ]
    return [
        Route(
            "post", f"{RULE}/submit", "Submit a draft for approval",
            "Rehearsed first: what POST /api/edits would refuse is refused here. From then on it stays as it is until "
            "it is withdrawn, returned or approved; `comment` is for whoever judges it.",
            [Answer(200, "It waits for approval.", ref("DraftSummary"))],
            [DRAFT_ID], body, ["bad_request", "not_allowed", "not_found", "draft_changed", step, *of_edit],
            [
                Example("submit_draft", "Somebody else shall look", f"{PATH}/1/submit", 200, first, "begin_draft"),
                Example("submit_no_draft", "One that there is not", f"{PATH}/999999/submit", 404, first),
            ],
        ),
        Route(
            "post", f"{RULE}/withdraw", "Take a submitted draft back", "It is open again: one goes on with it.",
            [Answer(200, "It is open.", ref("DraftSummary"))],
            [DRAFT_ID], body, ["bad_request", "not_found", "draft_changed", step],
            [
                Example("withdraw_draft", "Wait", f"{PATH}/1/withdraw", 200, {"version": 2}, "submit_draft"),
                Example("withdraw_open_draft", "It does not wait", f"{PATH}/1/withdraw", 409, first, "begin_draft"),
            ],
        ),
        Route(
            "post", f"{RULE}/approve", "Approve a draft",
            "By a reviewer who is not its owner (an administrator neither). It becomes exactly one edit of its "
            "owner's, under the draft's key, in one transaction with the approval: versions and rules are asked again. "
            "Where they are against it, it goes back to its owner with the reason. One that accepts findings becomes "
            "no edit: these are accepted, all of them.",
            [
                Answer(201, "The receipt of the edit; the findings that are accepted.", APPROVED),
                Answer(200, "It was approved by the same reviewer before: the same answer.", APPROVED),
            ],
            [DRAFT_ID], body,
            ["bad_request", "not_allowed", "not_found", "draft_changed", step, "draft_returned", "contention"],
            [Example("approve_own_draft", "One's own", f"{PATH}/1/approve", 403, {"version": 2}, "submit_draft")],
            REVIEWER,
        ),
        Route(
            "post", f"{RULE}/return", "Return a draft to its owner", "With a comment: its owner goes on by it.",
            [Answer(204, "Its owner has it back.")],
            [DRAFT_ID], body, ["bad_request", "not_allowed", "not_found", "draft_changed", step],
            [Example("return_own_draft", "One's own", f"{PATH}/1/return", 403, {"version": 2}, "submit_draft")],
            REVIEWER,
        ),
    ]  # fmt: skip


STEPS: Final = _steps()
