"""What needs a second person, from a form or a button: kept as a draft under its key, and submitted at once."""

from __future__ import annotations

from spatial_admin.errors import Json, SpatialAdminError
from spatial_admin.models import Account
from spatial_admin.services.drafts.create_draft import create_draft
from spatial_admin.services.drafts.discard_draft import discard_draft
from spatial_admin.services.drafts.parse_draft import parse_new_draft
from spatial_admin.services.drafts.step_draft import submit_draft
from spatial_admin.settings import Limits, Settings


def submit_new_draft(body: Json, owner: Account, settings: Settings, limits: Limits | None = None) -> int:
    """The draft's number; the same body again is the same draft. Raises as create_draft and submit_draft; what cannot
    be submitted is not kept: the form still has it. `limits` on what it holds, where they are not the usual.
    """
    key, content = parse_new_draft(body, limits or settings.limits)
    draft_id, is_new = create_draft(key, content, owner.id, settings)
    try:
        submit_draft(draft_id, 1, "", owner, settings.limits)
    except SpatialAdminError:
        if is_new:
            discard_draft(draft_id, owner.id, settings.limits)
        raise
    return draft_id
