"""Beginning a draft, once, however often it is asked for under its key."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, KeyReused, LimitExceeded, NotFound, UnknownRecord
from spatial_admin.services.drafts.locate_draft import Places, locate_draft
from spatial_admin.services.drafts.parse_draft import DraftContent, DraftSteps
from spatial_admin.services.records.require_record import STATE_OF_RECORD
from spatial_admin.settings import Settings
from spatial_admin.transaction import short

# Enough for anybody's desk; a client that begins one for every step fills no disk.
MOST_DRAFTS: Final = 200
MOST_PARCELS: Final = 200  # that are told of an acceptance
COUNT: Final = "SELECT count(*) FROM draft WHERE owner_id = %(owner)s AND state <> 'approved'"
INSERT: Final = """
INSERT INTO draft (key, owner_id, record_id, title, comment, seen, operations, notes, operation_count, parcels,
                   footprint, nature, reverts, accept, admits_import, admits_row, findings, accepts, expires_at)
VALUES (%(key)s, %(owner)s, %(record_id)s, %(title)s, %(comment)s, %(seen)s, %(operations)s, %(notes)s, %(count)s,
        %(parcels)s::text[], %(footprint)s::geometry, %(nature)s, %(reverts)s, %(accept)s, %(admits_import)s,
        %(admits_row)s, %(findings)s::bigint[], %(accepts)s,
        clock_timestamp() + %(days)s * interval '1 day')
ON CONFLICT (key) DO NOTHING RETURNING id
"""
# The edit that is to be undone, with the parcels that it gave a version.
OF_EDIT: Final = """
SELECT DISTINCT v.parcel_id FROM edit AS e LEFT JOIN parcel_version AS v ON v.edit_id = e.id WHERE e.id = %(edit)s
ORDER BY v.parcel_id LIMIT 200
"""
# Those that are to be accepted, and their parcels.
OF_FINDINGS: Final = """
SELECT asked.id, f.id IS NULL AS is_missing,
  ARRAY(SELECT parcel_id FROM parcel WHERE id = ANY (f.parcels) ORDER BY id LIMIT 20) AS parcels
FROM unnest(%(findings)s::bigint[]) AS asked (id) LEFT JOIN finding AS f ON f.id = asked.id
"""
OF_KEY: Final = """
SELECT id, title, comment, record_id, seen, operations, notes, operation_count AS count, nature, reverts, accept,
  admits_import, admits_row, findings, accepts
FROM draft WHERE key = %(key)s AND owner_id = %(owner)s
"""


def create_draft(key: UUID, content: DraftContent, owner_id: int, settings: Settings) -> tuple[int, bool]:
    """Keep a draft; its id, and whether it is new: the same key with the same content is the same draft.

    Raises UnknownRecord, LimitExceeded (too many drafts of one person), or KeyReused where the key is another's.
    """
    steps = content.steps
    values: Json = {"key": str(key), "owner": owner_id, "days": settings.upkeep.keep_drafts_days, **asdict(steps)}
    with short(statement_timeout_ms=settings.limits.web_timeout_ms) as session:
        require_known(session, steps.record_id)
        connection = session.connection()
        held = connection.exec_driver_sql(OF_KEY, values).one_or_none()
        if held is None:
            count = connection.exec_driver_sql(COUNT, values).scalar_one()
            if count >= MOST_DRAFTS:
                advice = "Save or discard some: GET /api/drafts lists them."
                raise LimitExceeded("drafts of one person", MOST_DRAFTS, count + 1, advice)
            values |= located(session, content)
            made = connection.exec_driver_sql(INSERT, values).scalar_one_or_none()
            if made is not None:
                return int(made), True
            # Whoever holds the key has committed meanwhile: this statement sees it.
            held = connection.exec_driver_sql(OF_KEY, values).one_or_none()
        if held is None or not _is_same(held, steps):
            raise KeyReused("The key belongs to another draft, or to this one as it was changed since.")
        return int(held.id), False


def _is_same(held: Any, steps: DraftSteps) -> bool:
    """Does a draft hold what is sent? Submitted, an acceptance has seen of every finding, sent or not."""
    sent = asdict(steps)
    accepts = sent.pop("accepts")
    if any(getattr(held, name) != value for name, value in sent.items()):
        return False
    if accepts is None:
        return held.accepts is None
    now, then = json.loads(held.accepts), json.loads(accepts)
    return bool(now["until"] == then["until"] and then["seen"].items() <= now["seen"].items())


def located(session: Session, content: DraftContent) -> Json:
    """`parcels` and `footprint` of what is kept; raises NotFound where it undoes an edit, or accepts a finding, that
    there is not. What accepts findings has no footprint: it changes nothing on the map.
    """
    if content.steps.findings is not None:
        return {"parcels": _parcels_of(session, content.steps.findings), "footprint": None}
    places, reverts = content.places, content.steps.reverts
    if reverts is not None:
        rows = session.connection().exec_driver_sql(OF_EDIT, {"edit": reverts}).all()
        if not rows:
            raise NotFound("edit", reverts)
        places = Places([row.parcel_id for row in rows if row.parcel_id is not None], [], [])
    return {"parcels": places.parcels, "footprint": locate_draft(session, places)}


def _parcels_of(session: Session, findings: list[int]) -> list[str]:
    rows = session.connection().exec_driver_sql(OF_FINDINGS, {"findings": findings}).all()
    for row in rows:
        if row.is_missing:
            raise NotFound("finding", row.id)
    return sorted({name for row in rows for name in row.parcels})[:MOST_PARCELS]


def require_known(session: Session, record_id: int | None) -> None:
    """Raises UnknownRecord. A returned one will do: what may rest on it is asked when the edit is saved."""
    if record_id is None:
        return
    if session.connection().exec_driver_sql(STATE_OF_RECORD, {"record": record_id}).one_or_none() is None:
        raise UnknownRecord(record_id)
