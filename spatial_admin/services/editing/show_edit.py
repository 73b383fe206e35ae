"""One edit: who, when, why, on which record, its operations, and the versions it made."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound
from spatial_admin.services.records.cite_record import CITED, EFFECTIVE_FROM, JOIN_RECORD

EDIT: Final = f"""
SELECT e.id, e.key, e.comment, e.nature, e.operations, e.receipt, e.attempts, e.made_at, a.email AS author,
       e.approved_at, b.email AS approver, {CITED}, {EFFECTIVE_FROM}
FROM edit AS e LEFT JOIN account AS a ON a.id = e.author_id
  LEFT JOIN account AS b ON b.id = e.approved_by {JOIN_RECORD} WHERE e.id = %(edit)s
"""
VERSIONS: Final = (
    "SELECT parcel_id, version, change FROM parcel_version WHERE edit_id = %(edit)s ORDER BY parcel_id LIMIT %(limit)s"
)
MOST: Final = 1_000


def show_edit(session: Session, edit_id: int) -> Json:
    """The edit of a number; `parcels` lists at most 1,000 (an import makes more); raises NotFound."""
    connection = session.connection()
    row = connection.exec_driver_sql(EDIT, {"edit": edit_id}).one_or_none()
    if row is None:
        raise NotFound("edit", edit_id)
    versions = connection.exec_driver_sql(VERSIONS, {"edit": edit_id, "limit": MOST}).all()
    return {
        "edit_id": row.id,
        "key": str(row.key),
        "author": row.author,
        "approved_by": row.approver,
        "approved_at": row.approved_at.isoformat() if row.approved_at else None,
        "comment": row.comment,
        "nature": row.nature,
        "record": row.record,
        "effective_from": row.effective_from.isoformat(),
        "made_at": row.made_at.isoformat(),
        "operations": row.operations,
        "attempts": row.attempts,
        "receipt": row.receipt,
        "parcels": [dict(version._mapping) for version in versions],
    }
