"""Keeping a draft as it has become: by whoever saw its newest version, so that no tab overwrites another's steps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import DraftChanged, Json, NotFound
from spatial_admin.services.drafts.create_draft import located, require_known
from spatial_admin.services.drafts.parse_draft import DraftContent
from spatial_admin.services.drafts.show_draft import draft_summary
from spatial_admin.services.drafts.state_of_draft import MAY_CHANGE, refused_state
from spatial_admin.settings import Settings
from spatial_admin.transaction import short

LOCKED: Final = """
SELECT id, state, edit_id, version, title, comment, record_id, seen, operations, notes, operation_count AS count,
  nature, reverts, accept, admits_import, admits_row, findings, accepts
FROM draft WHERE id = %(draft)s AND owner_id = %(owner)s FOR NO KEY UPDATE
"""
UPDATE: Final = """
UPDATE draft SET title = %(title)s, comment = %(comment)s, record_id = %(record_id)s, seen = %(seen)s,
  operations = %(operations)s, notes = %(notes)s, operation_count = %(count)s, parcels = %(parcels)s::text[],
  footprint = %(footprint)s::geometry, nature = %(nature)s, reverts = %(reverts)s,
  accept = %(accept)s, admits_import = %(admits_import)s, admits_row = %(admits_row)s,
  findings = %(findings)s::bigint[], accepts = %(accepts)s,
  version = version + 1, changed_at = clock_timestamp(),
  expires_at = clock_timestamp() + %(days)s * interval '1 day'
WHERE id = %(draft)s AND owner_id = %(owner)s
"""
RENAME: Final = """
UPDATE draft SET title = %(title)s, version = version + 1 WHERE id = %(draft)s AND owner_id = %(owner)s
"""


def change_draft(draft_id: int, version: int, content: DraftContent, owner_id: int, settings: Settings) -> None:
    """Replace what the draft holds, one version more. Sent again after a lost answer it changes nothing more.

    Raises NotFound (also where it is somebody else's, was saved or discarded), DraftChanged, DraftStateRefused (it
    waits for approval, or was approved) or UnknownRecord.
    """
    steps = asdict(content.steps)
    values: Json = {"draft": draft_id, "owner": owner_id, "days": settings.upkeep.keep_drafts_days, **steps}
    with short(statement_timeout_ms=settings.limits.web_timeout_ms) as session:
        if not _is_due(session, values, version, steps):
            return
        require_known(session, content.steps.record_id)
        values |= located(session, content)
        session.connection().exec_driver_sql(UPDATE, values)


def rename_draft(draft_id: int, version: int, title: str, owner_id: int, settings: Settings) -> None:
    """Call the draft otherwise, one version more; raises as change_draft does."""
    values: Json = {"draft": draft_id, "owner": owner_id, "title": title}
    with short(statement_timeout_ms=settings.limits.web_timeout_ms) as session:
        if _is_due(session, values, version, {"title": title}):
            session.connection().exec_driver_sql(RENAME, values)


def _is_due(session: Session, values: Json, version: int, wanted: Json) -> bool:
    """Hold the draft; is it as it was seen, and not yet as it is wanted?

    Raises NotFound, DraftChanged, DraftStateRefused.
    """
    held = session.connection().exec_driver_sql(LOCKED, values).one_or_none()
    if held is None:
        raise NotFound("draft of yours", values["draft"])
    is_same = all(getattr(held, name) == value for name, value in wanted.items())
    if is_same and held.version in (version, version + 1):
        return False
    if held.version != version:
        raise DraftChanged(draft_summary(session, values["draft"], values["owner"]))
    if held.state not in MAY_CHANGE:
        raise refused_state(held)
    return True
