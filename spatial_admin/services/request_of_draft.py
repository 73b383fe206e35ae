"""The edit that a draft is to become, under the draft's key: read by the parser of POST /api/edits."""

from __future__ import annotations

import json
from typing import Final

from spatial_admin.errors import NotFound
from spatial_admin.services.parse_edit import EditRequest, RevertRequest, parse_edit_request
from spatial_admin.services.revert_edit import request_to_revert
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

CONTENT: Final = """
SELECT id, key, owner_id, comment, record_id, nature, reverts, seen, operations FROM draft WHERE id = %(draft)s
"""


def request_of_draft(draft_id: int, limits: Limits) -> tuple[EditRequest, int]:
    """And the account of its owner, whose edit it is. Raises NotFound, and as the parser and request_to_revert."""
    with snapshot() as session:
        row = session.connection().exec_driver_sql(CONTENT, {"draft": draft_id}).one_or_none()
    if row is None:
        raise NotFound("draft", draft_id)
    if row.reverts is not None:
        given = RevertRequest(key=row.key, comment=row.comment, record_id=row.record_id)
        return request_to_revert(row.reverts, given, limits), int(row.owner_id)
    body = {
        "key": str(row.key),
        "comment": row.comment,
        "record_id": row.record_id,
        "nature": row.nature,
        "seen": json.loads(row.seen),
        "operations": json.loads(row.operations),
    }
    return parse_edit_request(body, limits), int(row.owner_id)
