"""Reading where a reference layer belongs, before the database is asked for anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spatial_admin.errors import BadRequest
from spatial_admin.services.editing.parse_edit import refuse_unknown

MOST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ReferencePlace:
    """To a draft, to its owner whatever becomes of drafts, or, with neither, to the next draft."""

    draft_id: int | None
    is_kept: bool


def parse_reference_place(body: object) -> ReferencePlace:
    """The body of PATCH /api/references/{id}; raises BadRequest."""
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    refuse_unknown(body, {"draft_id", "is_kept"})
    draft_id, is_kept = body.get("draft_id"), body.get("is_kept", False)
    if draft_id is not None and (
        isinstance(draft_id, bool) or not isinstance(draft_id, int) or not 0 < draft_id <= MOST_ID
    ):
        raise BadRequest("draft_id", "it takes the number of a draft of yours, or null")
    if not isinstance(is_kept, bool):
        raise BadRequest("is_kept", "it takes true or false")
    if is_kept and draft_id is not None:
        raise BadRequest("is_kept", "what you keep belongs to no draft: leave draft_id out")
    return ReferencePlace(draft_id, is_kept)
