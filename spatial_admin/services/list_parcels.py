"""Pages of parcels by their permanent id: a page begins after a key, so the last is as fast as the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from spatial_admin.models import Parcel

STATES: Final = ("current", "retired", "any")


@dataclass(frozen=True, slots=True)
class ParcelPage:
    """One page in the order of parcel_id, and whether there is one before and after it."""

    rows: Sequence[Parcel]
    has_previous: bool
    has_next: bool


def matching(words: str | None, state: str = "current", level: str = "", kind: str = "") -> list[ColumnElement[bool]]:
    """Conditions: every word in id, number or address (the trigram index on `search_text`), state, level and kind."""
    found: list[ColumnElement[bool]] = []
    searched = func.search_text(Parcel.parcel_id, Parcel.number, Parcel.address)
    for word in (words or "").lower().split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found.append(searched.like(f"%{escaped}%"))
    if state != "any":
        ended = Parcel.end_lifespan_version
        found.append(ended.is_(None) if state == "current" else ended.is_not(None))
    if level:
        found.append(Parcel.level == level)
    if kind:
        found.append(Parcel.kind == kind)
    return found


def list_parcels(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    *,
    size: int,
    after: str | None = None,
    before: str | None = None,
    is_last: bool = False,
) -> ParcelPage:
    """The page of at most `size` parcels after one id, before another, or the last; else the first."""
    statement: Select[Parcel] = select(Parcel).where(*conditions)
    if is_last or before is not None:
        backwards = statement if before is None else statement.where(Parcel.parcel_id < before)
        rows = list(session.scalars(backwards.order_by(Parcel.parcel_id.desc()).limit(size + 1)))
        return ParcelPage(rows[:size][::-1], has_previous=len(rows) > size, has_next=before is not None)
    if after is not None:
        statement = statement.where(Parcel.parcel_id > after)
    rows = list(session.scalars(statement.order_by(Parcel.parcel_id).limit(size + 1)))
    return ParcelPage(rows[:size], has_previous=after is not None, has_next=len(rows) > size)
