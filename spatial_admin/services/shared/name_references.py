"""Names for the internal numbers that rows refer by: one query for all rows of a page."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from spatial_admin.models import Account, Parcel, Record


def emails_of(session: Session, account_ids: Iterable[int | None]) -> dict[int, str]:
    """Emails by account.id, of those that exist."""
    wanted = {number for number in account_ids if number is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Account.id, Account.email).where(Account.id.in_(wanted)))
    return {account.id: account.email for account in rows}


def records_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """Type and number of records (`plat 2024/17`) by record.id, of those that exist."""
    wanted = {number for number in ids if number is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Record.id, Record.type, Record.number).where(Record.id.in_(wanted)))
    return {record.id: f"{record.type} {record.number or record.id}" for record in rows}


def parcels_of(session: Session, ids: Iterable[int]) -> dict[int, tuple[str, str | None]]:
    """Permanent id and number by the internal parcel.id, of those that exist."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(select(Parcel.id, Parcel.parcel_id, Parcel.number).where(Parcel.id.in_(wanted)))
    return {number: (parcel_id, printed) for number, parcel_id, printed in rows}
