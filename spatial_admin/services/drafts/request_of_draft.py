"""What a draft is to become, under its key: an edit, read by the parser of POST /api/edits, or a step of review."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from spatial_admin.errors import NotFound
from spatial_admin.services.editing.parse_edit import EditRequest, RevertRequest, parse_edit_request
from spatial_admin.services.editing.revert_edit import request_to_revert
from spatial_admin.services.findings.review_findings import Acceptance, Chosen
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

CONTENT: Final = """
SELECT id, key, owner_id, comment, record_id, nature, reverts, seen, operations, accept, admits_import, admits_row,
  findings, accepts
FROM draft WHERE id = %(draft)s
"""


def request_of_draft(draft_id: int, limits: Limits) -> tuple[EditRequest, int]:
    """And the account of its owner, whose edit it is. Raises NotFound, and as the parser and request_to_revert."""
    row = _row(draft_id)
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
        "accept": json.loads(row.accept),
    }
    if row.admits_import is not None:
        body["admits"] = {"import": row.admits_import, "row": row.admits_row}
        # An outline as its file has it was bounded when that was read; others were when the draft was kept.
        limits = replace(limits, vertices=max(limits.vertices, limits.import_vertices))
    return parse_edit_request(body, limits), int(row.owner_id)


def findings_of_draft(draft_id: int) -> tuple[str, Chosen, Acceptance]:
    """The nature of a draft that is about findings, which they are, and how they are accepted (of known gaps only the
    reason says anything). Raises NotFound, also where it is another.
    """
    row = _row(draft_id)
    if row.findings is None:
        raise NotFound("draft that is about findings", draft_id)
    how = json.loads(row.accepts)
    seen = {int(number): datetime.fromisoformat(moment) for number, moment in how["seen"].items()}
    until = datetime.fromisoformat(how["until"]) if how["until"] else None
    return row.nature, Chosen(row.findings, seen), Acceptance(row.comment, row.record_id, until)


def _row(draft_id: int) -> Any:
    with snapshot() as session:
        row = session.connection().exec_driver_sql(CONTENT, {"draft": draft_id}).one_or_none()
    if row is None:
        raise NotFound("draft", draft_id)
    return row
