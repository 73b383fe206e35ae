"""Boundaries that somebody contests: marked with a reason and a record, listed, and ended when it is settled.

A mark says so and forbids nothing: who edits there is not refused. It stays where it was drawn; edits do not move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import shapely
from flask import current_app
from sqlalchemy.orm import Session

from spatial_admin.cadastre.boundary_path import boundaries_between
from spatial_admin.cadastre.coverage import Coverage, Parcel
from spatial_admin.cadastre.precision import Box, Point
from spatial_admin.errors import BadRequest, Json, LimitExceeded, NotAllowed, NotFound
from spatial_admin.models import STORAGE_SRID, Account
from spatial_admin.services.findings.load_rules import judging
from spatial_admin.services.parcels.describe_coverage import storage_box
from spatial_admin.services.parcels.read_parcels import parcels_in_boxes
from spatial_admin.services.records.require_record import require_record
from spatial_admin.services.shared.authorize import REVIEWER, has_role
from spatial_admin.services.shared.name_references import parcels_of
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.settings import Settings
from spatial_admin.transaction import serializable

MOST: Final = 200
BEFORE_ALL: Final = 2**63 - 1
INSERT: Final = """
INSERT INTO disputed_boundary (place, parcels, reason, record_id, marked_by)
VALUES (ST_GeomFromWKB(%(place)s, %(srid)s), %(parcels)s, %(reason)s, %(record)s, %(account)s) RETURNING id
"""
# The place of a finding as it is; without one there is nothing to mark.
INSERT_OF_FINDING: Final = """
INSERT INTO disputed_boundary (place, parcels, reason, record_id, marked_by)
SELECT place, parcels, %(reason)s, %(record)s, %(account)s FROM finding WHERE id = %(finding)s AND place IS NOT NULL
RETURNING id
"""
END: Final = """
UPDATE disputed_boundary SET ended_at = clock_timestamp(), ended_by = %(account)s, ended_reason = %(reason)s
WHERE id = %(dispute)s AND ended_at IS NULL RETURNING id
"""
SHOWN: Final = """
SELECT d.id, d.parcels, d.reason, d.marked_at, d.ended_at, d.ended_reason, m.email AS marked_by, e.email AS ended_by,
       ST_AsGeoJSON(ST_Transform(d.place, 4326), 9)::json AS place,
       CASE WHEN r.id IS NOT NULL THEN json_build_object('id', r.id, 'type', r.type, 'number', r.number) END AS record
FROM disputed_boundary AS d LEFT JOIN account AS m ON m.id = d.marked_by LEFT JOIN account AS e ON e.id = d.ended_by
LEFT JOIN record AS r ON r.id = d.record_id
WHERE {condition} AND d.id < %(before)s ORDER BY d.id DESC LIMIT %(limit)s
"""
IN_BOX: Final = "d.place && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)"
OF_PARCEL: Final = "d.parcels && ARRAY(SELECT id FROM parcel WHERE parcel_id = %(name)s)"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is contested: the place of a finding, or the boundary from `start` to `end` (storage coordinates), of
    `parcels` where there are several.
    """

    reason: str
    record_id: int | None = None
    finding_id: int | None = None
    start: Point = (0.0, 0.0)
    end: Point = (0.0, 0.0)
    parcels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Which:
    """Disputes to list: those that go on, or all; in a box (lon/lat); of a parcel; before a number."""

    with_ended: bool = False
    bbox: Box | None = None
    parcel: str | None = None
    limit: int = 50
    before: int = BEFORE_ALL


def mark_dispute(mark: Mark, account: Account) -> Json:
    """Mark a boundary as disputed; the dispute. Raises NotAllowed, BadRequest (no such boundary), NotFound (no such
    finding), UnknownRecord, RecordReturned.
    """
    _require_reviewer(account)
    settings: Settings = current_app.config["SETTINGS"]
    values = {"reason": mark.reason, "record": mark.record_id, "account": account.id, "finding": mark.finding_id}

    def work(session: Session) -> Json:
        if mark.record_id is not None:
            require_record(partial(run_sql, session), mark.record_id)
        if mark.finding_id is not None:
            rows = run_sql(session, INSERT_OF_FINDING, values)
            if not rows:
                raise NotFound("finding with a place", mark.finding_id)
        else:
            line, keys = _boundary(session, mark, settings)
            found = {"place": shapely.to_wkb(line), "srid": STORAGE_SRID, "parcels": keys}
            rows = run_sql(session, INSERT, {**values, **found})
        return show_dispute(session, rows[0].id)

    return serializable(work, statement_timeout_ms=settings.limits.web_timeout_ms)


def end_dispute(dispute_id: int, reason: str, account: Account) -> Json:
    """Say how it was settled; the dispute. One that has ended stays as it was. Raises NotAllowed, NotFound."""
    _require_reviewer(account)

    def work(session: Session) -> Json:
        run_sql(session, END, {"dispute": dispute_id, "reason": reason, "account": account.id})
        return show_dispute(session, dispute_id)

    return serializable(work)


def list_disputes(session: Session, which: Which) -> Json:
    """`disputes`, newest first, and `next_cursor` (null at the end)."""
    limit = min(which.limit, MOST)
    values: Json = {"before": which.before, "limit": limit + 1, "srid": STORAGE_SRID, "name": which.parcel}
    wanted = [] if which.with_ended else ["d.ended_at IS NULL"]
    if which.bbox is not None:
        box = storage_box(session, which.bbox)
        values.update(zip(("west", "south", "east", "north"), box, strict=True))
        wanted.append(IN_BOX)
    if which.parcel is not None:
        wanted.append(OF_PARCEL)
    rows = run_sql(session, SHOWN.format(condition=" AND ".join(wanted) or "true"), values)
    cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return {"disputes": _described(session, rows[:limit]), "next_cursor": cursor}


def show_dispute(session: Session, dispute_id: int) -> Json:
    """One dispute; raises NotFound."""
    values = {"id": dispute_id, "before": BEFORE_ALL, "limit": 1}
    rows = run_sql(session, SHOWN.format(condition="d.id = %(id)s"), values)
    if not rows:
        raise NotFound("dispute", dispute_id)
    return _described(session, rows)[0]


def _require_reviewer(account: Account) -> None:
    if not has_role(account, REVIEWER):
        raise NotAllowed(f"To mark boundaries as disputed needs the role reviewer; {account.email} has not got it.")


def _boundary(session: Session, mark: Mark, settings: Settings) -> tuple[shapely.LineString, list[int]]:
    """The line from start to end that the same one or two parcels have, and these."""
    execute = partial(run_sql, session)

    def read(boxes: Sequence[Box], known: Sequence[int]) -> list[Parcel]:
        parcels = parcels_in_boxes(execute, boxes, known)
        if len(known) + len(parcels) > settings.limits.parcels_around_edit:
            raise LimitExceeded("parcels around one boundary", settings.limits.parcels_around_edit)
        return parcels

    coverage = Coverage(judging(execute).ground, read)
    coverage.widen([(*mark.start, *mark.start), (*mark.end, *mark.end)])
    found, _ = boundaries_between(coverage, mark.start, mark.end) if mark.start != mark.end else ([], [])
    fitting = [one for one in found if not mark.parcels or one.parcels == set(mark.parcels)]
    whose = sorted({" and ".join(sorted(one.parcels)) for one in fitting})
    if not fitting:
        raise BadRequest("from", "no one or two parcels have a boundary from there to `to`: name two of its points")
    if len(whose) > 1:
        raise BadRequest("parcels", f"several boundaries run there, of {'; of '.join(whose)}: say whose is meant")
    # Round a parcel that nobody else touches there are two ways; the shorter one is meant.
    line = min((shapely.LineString(one.path) for one in fitting), key=shapely.length)
    keys = {parcel.parcel_id: parcel.key for parcel in coverage.before.values()}
    return line, sorted(keys[name] for name in fitting[0].parcels)


def _described(session: Session, rows: Sequence[Any]) -> list[Json]:
    names = parcels_of(session, {number for row in rows for number in row.parcels})
    found = []
    for row in rows:
        known = [names[number] for number in row.parcels if number in names]
        found.append(
            {
                **row._mapping,
                "marked_at": row.marked_at.isoformat(),
                "ended_at": row.ended_at.isoformat() if row.ended_at else None,
                "parcels": [name for name, _ in known],
                "numbers": [number or name for name, number in known],
            }
        )
    return found
