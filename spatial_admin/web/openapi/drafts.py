"""/api/drafts: edits that are not saved yet."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import CHANGES, DRAFT_STATES
from spatial_admin.models.draft import DRAFT_EVENTS
from spatial_admin.services.authorize import EDITOR, REVIEWER
from spatial_admin.services.create_draft import MOST_DRAFTS
from spatial_admin.services.list_drafts import MOST
from spatial_admin.services.list_drafts_of_others import MOST_OF_OTHERS
from spatial_admin.services.parse_draft import LONGEST_NOTE, LONGEST_TITLE
from spatial_admin.services.parse_edit import LONGEST_COMMENT
from spatial_admin.settings import NATURES, Limits
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.edit_examples import FAR_CORNER
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

PATH: Final = "/api/drafts"
OTHERS: Final = "/api/drafts/others"
RULE: Final = "/api/drafts/<int(max=9223372036854775807):draft_id>"
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
    "nature": one_of(NATURES, "of the edit that it is to become"),
    "reverts": or_null(whole("the edit that it undoes, where it is an undoing", 1)),
    "operation_count": whole("how many operations it has", 1),
    "parcels": list_of(text(), "parcel_id of what it would change"),
    "created_at": moment("when it was begun"),
    "changed_at": moment("when it was last kept"),
    "expires_at": moment("after this maintenance may delete it; every change puts it off, and what waits, stays"),
    "edit_id": or_null(whole("the edit that it became")),
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
        "events": list_of(ref("DraftEvent"), "what happened to it, in order"),
        "dry_run": about(ref("DraftDryRun"), "only while it waits for approval"),
    },
    "A draft with what it holds.",
    {"dry_run"},
)
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
LIST_PARAMETERS: Final = (
    Parameter("state", one_of(DRAFT_STATES), "only those in this state; without it all that are no edit yet"),
    Parameter(
        "waiting_for", one_of(("me",)), "submitted drafts of others that I may approve, oldest first; for reviewers"
    ),
    Parameter("limit", {**whole("", 1, MOST), "default": 50}, "how many at most"),
    Parameter("cursor", text(), "`next_cursor` of the page before"),
)
DRAFT_ID: Final = Parameter("draft_id", whole("", 0, 2**63 - 1), "its id", "path")
STEPS: Final[Json] = {"comment": "Monument 14", "seen": {"A": 1}, "operations": FAR_CORNER}
ENTRY_EXAMPLE: Final[Json] = {"key": "0d9f2c1e-0000-4000-8000-0000000000d1", **STEPS}
EMPTY: Final[Json] = {**ENTRY_EXAMPLE, "operations": []}
OF_NO_RECORD: Final[Json] = {**ENTRY_EXAMPLE, "record_id": 999999}
STALE: Final[Json] = {"version": 1, **STEPS}
NAMED: Final[Json] = {"version": 1, "title": "Corner at Monument 14"}
CHANGED: Final[Json] = {"version": 1, **STEPS, "comment": "Monument 14 re-measured"}


def describe(limits: Limits) -> Section:
    """Drafts of whoever asks."""
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
    entry = {**held, "reverts": or_null(whole("in place of `operations`: the edit that is to be undone", 1, 2**63 - 1))}
    optional = set(entry)
    routes = [
        Route(
            "get", PATH, "One's own drafts, and those that wait for one's approval",
            "One's own newest first, without what they hold; with `waiting_for=me` what others have submitted.",
            [Answer(200, "A page of drafts.", members({
                "drafts": list_of(ref("DraftSummary")),
                "next_cursor": or_null(text("send it as `cursor`; null on the last page")),
            }))],
            LIST_PARAMETERS, problems=["bad_request", "not_allowed"],
            examples=[
                Example("drafts", "What I have not saved yet", PATH, 200, after="begin_draft"),
                Example("drafts_that_wait", "Those in no state", f"{PATH}?state=asleep", 400),
            ],
        ),
        Route(
            "post", PATH, "Begin a draft",
            f"Fields as of an edit, read by the same parser; nothing is tried. At most {MOST_DRAFTS} of one person.",
            [
                Answer(201, "It is kept.", ref("DraftSummary"), headers={"Location": "the draft"}),
                Answer(200, "The key was used before, with the same content.", ref("DraftSummary")),
            ],
            body=ref("DraftEntry"),
            problems=["bad_request", "invalid_operation", "limit_exceeded", "unknown_record", "key_reused"],
            examples=[
                Example("begin_draft", "A corner moved", PATH, 201, ENTRY_EXAMPLE),
                Example("begin_draft_again", "The answer was lost", PATH, 200, ENTRY_EXAMPLE, "begin_draft"),
                Example("draft_of_nothing", "There is no step to keep", PATH, 400, EMPTY),
                Example("draft_of_no_record", "A record that there is not", PATH, 422, OF_NO_RECORD),
            ],
            role=EDITOR,
        ),
        Route(
            "get", RULE, "One draft",
            "With `seen`, `operations` and `notes`. Somebody else's is not found, unless submitted (to reviewers) "
            "or approved. While it waits for approval, with `dry_run`.",
            [Answer(200, "The draft.", ref("Draft"))],
            [DRAFT_ID], problems=["bad_request", "not_found"],
            examples=[
                Example("read_draft", "To go on with it", f"{PATH}/1", 200, after="begin_draft"),
                Example("no_such_draft", "One that there is not", f"{PATH}/999999", 404),
            ],
        ),
        Route(
            "put", RULE, "Keep a draft as it has become",
            "What is left out is empty from now on. `version` is the one that was seen; where the draft holds the very "
            "same already, nothing changes.",
            [Answer(200, "It is kept.", ref("DraftSummary"))],
            [DRAFT_ID], ref("DraftChange"),
            [
                "bad_request", "not_found", "draft_changed", "draft_state", "invalid_operation", "limit_exceeded",
                "unknown_record",
            ],
            [
                Example("keep_draft", "Another reason", f"{PATH}/1", 200, CHANGED, "begin_draft"),
                Example("keep_old_draft", "From a tab left open", f"{PATH}/1", 409, STALE, "keep_draft"),
            ],
            EDITOR,
        ),
        Route(
            "patch", RULE, "Call a draft otherwise", "`version` is the one that was seen.",
            [Answer(200, "It is called so.", ref("DraftSummary"))],
            [DRAFT_ID], ref("DraftTitle"),
            ["bad_request", "not_found", "draft_changed", "draft_state", "limit_exceeded"],
            [
                Example("name_draft", "By its matter", f"{PATH}/1", 200, NAMED, "begin_draft"),
                Example("name_no_draft", "Without a name", f"{PATH}/1", 400, {"version": 1}, "begin_draft"),
            ],
            EDITOR,
        ),
        Route(
            "get", OTHERS, "Drafts of colleagues in a box",
            "Whose, since when, under which record, which parcels they would change and where they lie; never what "
            f"they do. Those changed last first, at most {MOST_OF_OTHERS}; `is_more` where there are others.",
            [Answer(200, "They are about to change something here.", members({
                "drafts": list_of(ref("DraftOfOthers")),
                "is_more": truth("there are more than are listed"),
            }))],
            [Parameter("bbox", text(), "west,south,east,north in degrees")], problems=["bad_request"],
            examples=[
                Example("drafts_of_others", "Around here", f"{OTHERS}?bbox=2.305,48.685,2.315,48.695", 200),
                Example("drafts_nowhere", "Without a box", OTHERS, 400),
            ],
            role=EDITOR,
        ),
        Route(
            "delete", RULE, "Discard a draft",
            "After its edit was saved, or because it is not wanted. The reference layers that belong to it go with it.",
            [Answer(204, "It is gone.")],
            [
                DRAFT_ID,
                Parameter("references", one_of(["keep"]), "`keep`: they wait for the next draft"),
            ], problems=["bad_request", "not_found", "draft_state"],
            examples=[Example("discard_draft", "Not wanted", f"{PATH}/1", 204, after="begin_draft")],
        ),
        *_steps(),
    ]  # fmt: skip
    schemas = {
        "DraftEntry": fields({"key": KEY, **entry}, "A draft to begin: `operations`, or `reverts`.", optional),
        "DraftChange": fields({"version": VERSION, **entry}, "What a draft holds from now on.", optional),
        "DraftStep": fields(
            {"version": VERSION, "comment": text("what is said with it", LONGEST_COMMENT, default="")},
            "A step of a draft to its edit.",
            {"comment"},
        ),
        "DraftEvent": EVENT,
        "DraftDryRun": DRY_RUN,
        "DraftTitle": fields(
            {"version": VERSION, "title": text("what to call it", LONGEST_TITLE)}, "What a draft is called from now on."
        ),
        "DraftOfOthers": OF_OTHERS,
        "DraftSummary": members(SUMMARY, "A draft without what it holds."),
        "Draft": DRAFT,
    }
    return Section(
        "Drafts",
        "Edits that are not saved yet; what each does is its owner's alone until it is submitted.",
        routes,
        schemas,
    )


def _steps() -> list[Route]:
    """The way to approval: each of the version that was seen, and the same again after a lost answer."""
    body, step, first = ref("DraftStep"), "draft_state", {"version": 1}
    of_edit = ["version_conflict", "version_required", "edit_rejected", "unknown_point", "invalid_operation"]
    of_edit += ["limit_exceeded", "record_required", "unknown_record", "record_returned", "contention"]
    return [
        Route(
            "post", f"{RULE}/submit", "Submit a draft for approval",
            "Rehearsed first: what POST /api/edits would refuse is refused here. From then on it stays as it is until "
            "it is withdrawn, returned or approved; `comment` is for whoever judges it.",
            [Answer(200, "It waits for approval.", ref("DraftSummary"))],
            [DRAFT_ID], body, ["bad_request", "not_found", "draft_changed", step, *of_edit],
            [
                Example("submit_draft", "Somebody else shall look", f"{PATH}/1/submit", 200, first, "begin_draft"),
                Example("submit_no_draft", "One that there is not", f"{PATH}/999999/submit", 404, first),
            ],
            EDITOR,
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
            "Where they are against it, it goes back to its owner with the reason.",
            [
                Answer(201, "The receipt of the edit.", ref("Receipt")),
                Answer(200, "It was approved by the same reviewer before: the same receipt.", ref("Receipt")),
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
