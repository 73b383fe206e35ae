"""/api/drafts: edits that are not saved yet."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import DRAFT_STATES
from spatial_admin.services.drafts.create_draft import MOST_DRAFTS
from spatial_admin.services.drafts.list_drafts import MOST
from spatial_admin.services.drafts.list_drafts_of_others import MOST_OF_OTHERS
from spatial_admin.services.shared.authorize import EDITOR
from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.draft_schemas import schemas_of
from spatial_admin.web.openapi.draft_steps import DRAFT_ID, PATH, RULE, STEPS
from spatial_admin.web.openapi.edit_examples import FAR_CORNER
from spatial_admin.web.openapi.schema import list_of, members, one_of, or_null, ref, text, truth, whole

OTHERS: Final = "/api/drafts/others"
LIST_PARAMETERS: Final = (
    Parameter("state", one_of(DRAFT_STATES), "only those in this state; without it all that are no edit yet"),
    Parameter(
        "waiting_for", one_of(("me",)), "submitted drafts of others that I may approve, oldest first; for reviewers"
    ),
    Parameter("limit", {**whole("", 1, MOST), "default": 50}, "how many at most"),
    Parameter("cursor", text(), "`next_cursor` of the page before"),
)
HELD: Final[Json] = {"comment": "Monument 14", "seen": {"A": 1}, "operations": FAR_CORNER}
ENTRY_EXAMPLE: Final[Json] = {"key": "0d9f2c1e-0000-4000-8000-0000000000d1", **HELD}
EMPTY: Final[Json] = {**ENTRY_EXAMPLE, "operations": []}
OF_NO_RECORD: Final[Json] = {**ENTRY_EXAMPLE, "record_id": 999999}
STALE: Final[Json] = {"version": 1, **HELD}
NAMED: Final[Json] = {"version": 1, "title": "Corner at Monument 14"}
CHANGED: Final[Json] = {"version": 1, **HELD, "comment": "Monument 14 re-measured"}


def describe(limits: Limits) -> Section:
    """Drafts of whoever asks."""
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
            f"Fields as of an edit, read by the same parser; nothing is tried. At most {MOST_DRAFTS} of one person. "
            "For editors; what accepts findings, for reviewers.",
            [
                Answer(201, "It is kept.", ref("DraftSummary"), headers={"Location": "the draft"}),
                Answer(200, "The key was used before, with the same content.", ref("DraftSummary")),
            ],
            body=ref("DraftEntry"),
            problems=[
                "bad_request", "not_allowed", "not_found", "invalid_operation", "limit_exceeded", "unknown_record",
                "key_reused",
            ],
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
        *STEPS,
    ]  # fmt: skip
    return Section(
        "Drafts",
        "Edits that are not saved yet; what each does is its owner's alone until it is submitted.",
        routes,
        schemas_of(limits),
    )
