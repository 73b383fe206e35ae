"""Parcels as they were: as stored at a moment (system time), as in force on a day (legal date), or both.

Each version of a parcel has the period in which it was the newest, and the edit that made it has the day from which it
is law. *As stored at T* is the version whose period holds T. *As in force on D* is the newest version among those whose
edits are effective on or before D and, where a moment T is given besides, among those that were stored by then.
docs/history.md says why the newest, and what that means where edits became law in another order than they were made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest, Json, NotFound
from spatial_admin.services.parcels.show_parcel import feature_of_row

# Was the parcel there at a version? The newest retirement or return up to it decides: direct SQL can change the row of
# a retired parcel, which makes a version whose own `change` does not say that the parcel is gone.
IS_THERE: Final = """
coalesce((SELECT s.change FROM parcel_version AS s
          WHERE s.parcel = v.parcel AND s.version <= v.version AND s.begun <= v.begun
            AND s.change IN ('retired', 'restored')
          ORDER BY s.version DESC LIMIT 1), 'created') <> 'retired'
"""
# Conditions on `begun` say nothing that periods and versions do not say, but which partitions need no look.
STORED_AT: Final = "v.period @> %(at)s::timestamptz AND v.begun <= %(at)s::timestamptz"
STORED_BY: Final = "AND {image}.begun <= %(at)s::timestamptz"
# The newest of the versions that are in force.
IN_FORCE_ON: Final = """
(SELECT d.effective_from FROM edit_effective_date AS d WHERE d.edit_id = v.edit_id) <= %(legal_at)s::date
AND NOT EXISTS (SELECT FROM parcel_version AS w JOIN edit_effective_date AS d ON d.edit_id = w.edit_id
                WHERE w.parcel = v.parcel AND w.version > v.version AND w.begun > v.begun
                  AND d.effective_from <= %(legal_at)s::date {known})
"""
# An image as a row that `feature_of_row` reads; `id` is the parcel's, by which pages go on.
IMAGE: Final = """
v.parcel AS id, v.parcel_id, v.number, v.level, v.kind, v.part_of, v.legal_area_m2, v.legal_area_text, v.land_use,
v.address, v.attributes, v.version, v.area_m2, v.edit_id, v.change, lower(v.period) AS begin_lifespan_version,
upper(v.period) AS ended_at, NULL AS end_lifespan_version, '[]'::json AS zoning,
ST_AsGeoJSON(ST_Transform(v.geom, 4326), 9)::json AS geometry, ground_perimeter_m(v.geom) AS perimeter_m
"""
# One parcel as it was; with it the versions before it that its image contains although they were law only later.
RECALLED: Final = f"""
SELECT {IMAGE}, (SELECT d.effective_from FROM edit_effective_date AS d WHERE d.edit_id = v.edit_id) AS effective_from,
       (SELECT coalesce(json_agg(w.version ORDER BY w.version), '[]')
        FROM parcel_version AS w JOIN edit_effective_date AS d ON d.edit_id = w.edit_id
        WHERE w.parcel = v.parcel AND w.version < v.version AND w.begun < v.begun
          AND d.effective_from > %(legal_at)s::date) AS ahead_of
FROM parcel_version AS v WHERE v.parcel_id = %(name)s AND {{condition}}
"""
IS_PAST: Final = "SELECT %(at)s::timestamptz <= clock_timestamp()"


@dataclass(frozen=True, slots=True)
class AsOf:
    """What is asked for: the state stored at `at`, that in force on `legal_at`, or this as it was known at that."""

    at: datetime | None = None
    legal_at: date | None = None

    def __str__(self) -> str:
        stored = f"as stored at {self.at.isoformat()}" if self.at else ""
        in_force = f"as in force on {self.legal_at.isoformat()}" if self.legal_at else ""
        return " and ".join(filter(None, (in_force, stored)))

    @property
    def given(self) -> Json:
        """The two times as an answer repeats them."""
        return {
            "at": self.at.isoformat() if self.at else None,
            "legal_at": self.legal_at.isoformat() if self.legal_at else None,
        }


@dataclass(frozen=True, slots=True)
class Source:
    """Where states of parcels are read: a table named `v`, the condition that leaves one state a parcel, its values."""

    table: str
    condition: str
    values: Json = field(default_factory=dict)


NOW: Final = Source("parcel AS v", "v.end_lifespan_version IS NULL")


def source_of(session: Session, as_of: AsOf | None) -> Source:
    """The current parcels, or those as of a time; raises BadRequest where it has not come yet.

    A day of law may lie ahead (what is recorded already and not in force yet); a moment may not: what will be stored by
    then nobody knows, and the answer of today would be another one tomorrow.
    """
    if as_of is None:
        return NOW
    require_past(session, as_of)
    if as_of.legal_at is None:
        condition = STORED_AT
    elif as_of.at is None:
        condition = IN_FORCE_ON.format(known="")
    else:
        condition = IN_FORCE_ON.format(known=STORED_BY.format(image="w")) + STORED_BY.format(image="v")
    return Source("parcel_version AS v", f"{condition} AND {IS_THERE}", {"at": as_of.at, "legal_at": as_of.legal_at})


def require_past(session: Session, as_of: AsOf) -> None:
    """Refuse a moment that has not come yet, by the clock that stamps the versions."""
    if as_of.at and not session.connection().exec_driver_sql(IS_PAST, {"at": as_of.at}).scalar():
        raise BadRequest("at", f"{as_of.at.isoformat()} lies in the future; leave it out for what is stored now")


def recalled_feature(session: Session, name: str, as_of: AsOf) -> Json:
    """A parcel as it was, as a feature; raises NotFound where it was not there."""
    source = source_of(session, as_of)
    statement = RECALLED.format(condition=source.condition)
    row = session.connection().exec_driver_sql(statement, {"name": name, **source.values}).one_or_none()
    if row is None:
        raise NotFound("parcel", f"{name} {as_of}")
    feature = feature_of_row(row)
    feature["properties"].update(
        change=row.change,
        ended_at=row.ended_at.isoformat() if row.ended_at else None,
        effective_from=row.effective_from.isoformat() if row.effective_from else None,
        ahead_of=row.ahead_of,
    )
    return {**feature, "as_of": as_of.given}
