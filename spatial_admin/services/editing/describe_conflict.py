"""What a conflict is about: what the author saw, what is current, and who changed it when; read after the rollback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound, StaleParcel
from spatial_admin.services.parcels.describe_coverage import coverage_at_version
from spatial_admin.services.parcels.show_parcel import parcel_feature
from spatial_admin.services.records.cite_record import CITED, JOIN_RECORD
from spatial_admin.transaction import snapshot

# Who made a version, when, and on which record.
WHO_AND_WHEN: Final = f"""
SELECT v.edit_id, lower(v.period) AS at, v.change, coalesce(a.email, e.comment) AS who, e.comment, {CITED}
FROM parcel_version AS v JOIN edit AS e ON e.id = v.edit_id LEFT JOIN account AS a ON a.id = e.author_id {JOIN_RECORD}
WHERE v.parcel_id = %(name)s AND v.version = %(version)s
"""
# The version that the author saw: since when, and on which record it rests.
SEEN: Final = f"""
SELECT lower(v.period) AS at, {CITED}
FROM parcel_version AS v JOIN edit AS e ON e.id = v.edit_id {JOIN_RECORD}
WHERE v.parcel_id = %(name)s AND v.version = %(version)s
"""
NEWEST: Final = "SELECT version FROM parcel WHERE parcel_id = %(name)s"


def describe_conflict(stale: Sequence[StaleParcel]) -> list[Json]:
    """The members of `conflicts` in a 409 body; everything of one moment."""
    described = []
    with snapshot() as session:
        for entry in stale:
            connection = session.connection()
            version = connection.exec_driver_sql(NEWEST, {"name": entry.parcel_id}).scalar_one()
            values = {"name": entry.parcel_id, "version": version}
            change = connection.exec_driver_sql(WHO_AND_WHEN, values).one()
            seen = connection.exec_driver_sql(SEEN, {**values, "version": entry.seen}).one_or_none()
            described.append(
                {
                    "parcel_id": entry.parcel_id,
                    "seen": entry.seen,
                    "current_version": version,
                    "changed_by": change.who,
                    "changed_at": change.at.isoformat(),
                    "edit_id": change.edit_id,
                    "comment": change.comment,
                    "record": change.record,
                    "base_at": seen.at.isoformat() if seen else None,
                    "base_record": seen.record if seen else None,
                    "can_rebase": entry.can_rebase,
                    "base": _base(session, entry),
                    "current": coverage_at_version(session, entry.parcel_id, version),
                    "current_feature": parcel_feature(session, entry.parcel_id),
                }
            )
    return described


def _base(session: Session, entry: StaleParcel) -> Json | None:
    """What the author says to have seen; nothing where there never was such a version."""
    try:
        return coverage_at_version(session, entry.parcel_id, entry.seen)
    except NotFound:
        return None
