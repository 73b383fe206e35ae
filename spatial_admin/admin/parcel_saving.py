"""What becomes of a parcel form that was sent: one edit, or a draft that waits for a second person."""

from __future__ import annotations

from typing import Any

from flask import current_app

from spatial_admin.models import db
from spatial_admin.services.drafts.discard_draft import discard_saved_draft
from spatial_admin.services.drafts.submit_new_draft import submit_new_draft
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.parcels.read_parcel import StoredParcel
from spatial_admin.services.shared.authorize import REVIEWER, current_account, has_role

Json = dict[str, Any]


def save_edit(form: Any, body: Json) -> Json:
    """Carry out what the form means, in the name of whoever sent it; its receipt.

    `body` holds operations and seen versions (`parcel_form.edit_body`). Raises what the service refuses;
    ApprovalRequired where a second person has to approve it.
    """
    account = current_account()
    limits = current_app.config["SETTINGS"].limits
    # The request's own transaction ends here: an edit holds one connection, and reads nothing from before it.
    db.session.close()
    author = Author(account.id, account.email, is_reviewer=has_role(account, REVIEWER))
    receipt = edit_boundaries(parse_edit_request({**_said(form), **body}, limits), author, limits).receipt
    discard_saved_draft(form.geom.draft_key, account.id, limits)
    return receipt


def submit_edit(parcel: StoredParcel, form: Any, body: Json) -> int:
    """The same edit as a draft that another person has to approve; its number. Raises what the service refuses."""
    account, settings = current_account(), current_app.config["SETTINGS"]
    title = f"Parcel {parcel.number or parcel.parcel_id}"
    draft_id = submit_new_draft({**_said(form), "title": title, **body}, account, settings)
    discard_saved_draft(form.geom.draft_key, account.id, settings.limits)
    return draft_id


def _said(form: Any) -> Json:
    """What the form says of the edit besides its operations."""
    return {"key": form.key.data, "comment": form.comment.data, "record_id": form.record_id.data}
