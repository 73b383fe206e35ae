"""Keeping a draft as it has become: by whoever saw its newest version, so that no tab overwrites another's steps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from spatial_admin.errors import DraftChanged, NotFound
from spatial_admin.services.create_draft import require_known
from spatial_admin.services.parse_draft import DraftSteps
from spatial_admin.services.show_draft import draft_summary
from spatial_admin.settings import Settings
from spatial_admin.transaction import short

LOCKED: Final = """
SELECT version, comment, record_id, seen, operations, operation_count AS count
FROM draft WHERE id = %(draft)s AND owner_id = %(owner)s FOR NO KEY UPDATE
"""
UPDATE: Final = """
UPDATE draft SET comment = %(comment)s, record_id = %(record_id)s, seen = %(seen)s, operations = %(operations)s,
  operation_count = %(count)s, version = version + 1, changed_at = clock_timestamp(),
  expires_at = clock_timestamp() + %(days)s * interval '1 day'
WHERE id = %(draft)s AND owner_id = %(owner)s
"""


def change_draft(draft_id: int, version: int, steps: DraftSteps, owner_id: int, settings: Settings) -> None:
    """Replace what the draft holds, one version more. Sent again after a lost answer it changes nothing more.

    Raises NotFound (also where it is somebody else's, was saved or discarded), DraftChanged or UnknownRecord.
    """
    values = {"draft": draft_id, "owner": owner_id, "days": settings.upkeep.keep_drafts_days, **asdict(steps)}
    with short(statement_timeout_ms=settings.limits.web_timeout_ms) as session:
        connection = session.connection()
        held = connection.exec_driver_sql(LOCKED, values).one_or_none()
        if held is None:
            raise NotFound("draft of yours", draft_id)
        is_same = all(getattr(held, name) == value for name, value in asdict(steps).items())
        if is_same and held.version in (version, version + 1):
            return
        if held.version != version:
            raise DraftChanged(draft_summary(session, draft_id, owner_id))
        require_known(session, steps.record_id)
        connection.exec_driver_sql(UPDATE, values)
