"""Accepting findings, or declaring their land open, where a second person has to agree: it is kept as a draft, and
submitted at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from spatial_admin.errors import BadRequest, FindingsChanged, Json
from spatial_admin.models import Account
from spatial_admin.models.draft import ACCEPTANCE, KNOWN_GAP
from spatial_admin.services.drafts.submit_new_draft import submit_new_draft
from spatial_admin.services.editing.parse_edit import key_of
from spatial_admin.services.findings.parse_review import parse_acceptance, parse_declaration
from spatial_admin.services.findings.review_findings import Acceptance
from spatial_admin.settings import Settings


def propose_acceptance(body: object, owner: Account, settings: Settings) -> Json:
    """`{draft_id, done, left: [{id, why}]}`: as accept_findings, what cannot be accepted is left and the rest waits.

    `body` is `{key, ids, reason, nature?, record_id?, until?, seen?}`: the nature is `acceptance`, or `known_gap`,
    which has neither record nor until. The same again is the same draft. Raises as create_draft and submit_draft;
    FindingsChanged where nothing is left to propose.
    """
    given: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    key = key_of(given.get("key"))
    nature = given.get("nature", ACCEPTANCE)
    if nature not in (ACCEPTANCE, KNOWN_GAP):
        raise BadRequest("nature", f"it takes {ACCEPTANCE} or {KNOWN_GAP}")
    own = ("key", "nature")
    sent = {name: value for name, value in given.items() if name not in own} if isinstance(body, Mapping) else body
    if nature == KNOWN_GAP:
        chosen, reason = parse_declaration(sent)
        acceptance = Acceptance(reason)
    else:
        chosen, acceptance = parse_acceptance(sent)
    ids = sorted(set(chosen.ids))

    def submit(key: UUID, numbers: list[int]) -> int:
        seen = {str(number): chosen.seen[number].isoformat() for number in numbers if number in chosen.seen}
        until = acceptance.until.isoformat() if acceptance.until else None
        accepts = {"ids": numbers, "seen": seen, "until": until}
        draft = {
            "key": str(key),
            "nature": nature,
            "comment": acceptance.reason,
            "record_id": acceptance.record_id,
            "accepts": accepts,
        }
        return submit_new_draft(draft, owner, settings)

    try:
        return {"draft_id": submit(key, ids), "done": ids, "left": []}
    except FindingsChanged as error:
        left = error.left
        rest = [number for number in ids if number not in {one["id"] for one in left}]
        if not rest:
            raise
    # Under a key that follows from the first: asked again after a lost answer, it is the same draft.
    return {"draft_id": submit(uuid5(key, "rest"), rest), "done": rest, "left": left}
